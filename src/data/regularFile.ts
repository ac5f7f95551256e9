/** @module Files of the user's are looked at before they are opened: reading a pipe or a device may never end. */

import { type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";

import { DataError } from "../errors.js";

const CAUSES: ReadonlyMap<string | undefined, string> = new Map([
  ["ENOENT", "no such file"],
  ["ENOTDIR", "no such file: a part of the path is not a folder"],
  ["EACCES", "no permission to read it"],
  ["EPERM", "no permission to read it"],
  ["EISDIR", "a folder, not a file"],
  ["ELOOP", "a symbolic link that leads to itself"],
  ["ENAMETOOLONG", "the name is too long"],
  ["ERR_INVALID_ARG_VALUE", "no such file: the path has a NUL character"],
]);

/** What a file that cannot be opened or read is called; `error` is the system's. */
export function fileError(path: string, error: unknown): DataError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new DataError(`${path}: ${CAUSES.get(code) ?? message}.`);
}

/** What something is that is not a regular file. */
function kindOf(info: Stats): string {
  if (info.isDirectory()) return "a folder";
  if (info.isFIFO()) return "a named pipe";
  if (info.isSocket()) return "a socket";
  return "a device";
}

function checked(path: string, info: Stats): Stats {
  if (info.isFile()) return info;
  const hint = info.isDirectory() ? undefined : "Write its contents into a file and give that.";
  throw new DataError(`${path}: ${kindOf(info)}, not a file.`, hint);
}

/**
 * Size and times of a file, links followed.
 *
 * @throws {DataError} where there is no file, or a folder, named pipe, socket or device.
 */
export async function regularFile(path: string): Promise<Stats> {
  const info = await stat(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  return checked(path, info);
}

/** {@link regularFile} for callers that cannot wait. */
export function regularFileSync(path: string): Stats {
  let info: Stats;
  try {
    info = statSync(path);
  } catch (error) {
    throw fileError(path, error);
  }
  return checked(path, info);
}
