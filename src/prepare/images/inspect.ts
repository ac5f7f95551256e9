/** @module A look at a picture file before any decoder opens it. */

import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from "node:fs";
import type { Stats } from "node:fs";

import type { ImageSource } from "../../data/dataset.js";
import {
  describeKind,
  type FileKind,
  isPictureFormat,
  type PictureFormat,
  SIGNATURE_BYTES,
  signatureOf,
} from "../../data/signature.js";
import { DataError } from "../../errors.js";

/** Why the system gives no file, by its code. */
const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: "the image file does not exist",
  ENOTDIR: "the image file does not exist",
  EACCES: "the image file may not be read (permission denied)",
  EPERM: "the image file may not be read (permission denied)",
  ELOOP: "the image file is a link that leads back to itself",
  ENAMETOOLONG: "the image path is too long",
  ERR_INVALID_ARG_VALUE: "the image path has a null character in it",
};

function cause(error: unknown, path: string): DataError {
  const { code = "unknown error" } = error as NodeJS.ErrnoException;
  const isLink = code === "ENOENT" && lstatSync(path, { throwIfNoEntry: false });
  if (isLink) return new DataError("the image file is a link to a file that does not exist");
  return new DataError(CAUSES[code] ?? `the image file cannot be read (${code})`);
}

function assertFile(info: Stats): void {
  if (info.isDirectory()) throw new DataError("the image path is a folder, not a file");
  if (!info.isFile()) {
    throw new DataError("the image path is a pipe, socket or device, which is not read");
  }
}

/** The start of a file; what is no file is never opened, as that alone can wait for ever. */
function headOf(path: string): Buffer {
  try {
    assertFile(statSync(path));
    // It may have become a pipe since: that opens at once like this, and is looked at again.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      assertFile(fstatSync(file));
      const head = Buffer.alloc(SIGNATURE_BYTES);
      return head.subarray(0, readSync(file, head, 0, SIGNATURE_BYTES, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw cause(error, path);
  }
}

/** What kind of file a picture's bytes are; gzip may be an SVG. */
function kindOf(head: Uint8Array): FileKind {
  const kind = signatureOf(head);
  return kind === "gzip" ? "svg" : kind;
}

/**
 * The format of an encoded picture, by its first bytes.
 *
 * @throws {DataError} where there is no file, or it holds no picture that can be read; every cause has
 *   its own sentence.
 */
export function pictureFormat(
  source: Extract<ImageSource, { kind: "file" | "bytes" }>,
): PictureFormat {
  const isFile = source.kind === "file";
  const kind = kindOf(isFile ? headOf(source.path) : source.bytes);
  if (isPictureFormat(kind)) return kind;
  if (kind === "empty") throw new DataError(`the image ${isFile ? "file " : ""}is empty`);
  throw new DataError(`the ${isFile ? "file" : "image cell"} holds ${describeKind(kind)}`);
}
