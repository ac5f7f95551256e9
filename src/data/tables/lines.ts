/** @module Lines of a text file of any size and encoding, with bounded memory. */

import { createReadStream } from "node:fs";

import { DataError } from "../../errors.js";
import { fileError, regularFile } from "../regularFile.js";

/** A line with its terminator. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
  /** Whether the line was no UTF-8 and was read as Windows-1252, which is nearly Latin-1. */
  readonly fallback: boolean;
}

/** Longest line that is read; a longer one is no row of a table. */
export const MAX_LINE_BYTES = 16 * 2 ** 20;

const NEWLINE = 10;

/** Bytes of a file cut behind each newline. */
async function* byteLines(path: string): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      const piece = chunk.subarray(start, end < 0 ? undefined : end + 1);
      length += piece.length;
      if (length > MAX_LINE_BYTES) {
        throw new DataError(
          `${path}:${number}: the line is longer than ${MAX_LINE_BYTES / 2 ** 20} MB.`,
          "A table has one row per line; is this another kind of file?",
        );
      }
      parts.push(piece);
      if (end < 0) break;
      yield parts.length === 1 ? piece : Buffer.concat(parts);
      parts = [];
      length = 0;
      number++;
      start = end + 1;
    }
  }
  if (length > 0) yield Buffer.concat(parts);
}

/** UTF-16 has a byte-order mark; its lines are found after decoding. */
async function* utf16Lines(path: string, encoding: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder(encoding);
  let rest = "";
  let number = 1;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true });
    if (rest.length > MAX_LINE_BYTES && !rest.includes("\n")) {
      throw new DataError(`${path}:${number}: the line is too long for a table.`);
    }
    const lines = rest.split(/(?<=\n)/);
    rest = lines.pop() ?? "";
    for (const text of lines) yield { number: number++, text, fallback: false };
  }
  if (rest !== "") yield { number, text: rest, fallback: false };
}

async function markOf(path: string): Promise<string | null> {
  for await (const chunk of createReadStream(path, { end: 1 }) as AsyncIterable<Uint8Array>) {
    if (chunk[0] === 0xff && chunk[1] === 0xfe) return "utf-16le";
    if (chunk[0] === 0xfe && chunk[1] === 0xff) return "utf-16be";
  }
  return null;
}

/**
 * Lines of a file: UTF-8 with or without a byte-order mark, UTF-16 with one. A line that is no UTF-8
 * is read as Windows-1252 and says so.
 *
 * @throws {DataError} for a missing file or a line longer than {@link MAX_LINE_BYTES}.
 */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  await regularFile(path);
  try {
    const utf16 = await markOf(path);
    if (utf16 !== null) {
      yield* utf16Lines(path, utf16);
      return;
    }
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const windows = new TextDecoder("windows-1252");
    let number = 1;
    for await (const bytes of byteLines(path)) {
      let text: string;
      let fallback = false;
      try {
        text = strict.decode(bytes);
      } catch {
        text = windows.decode(bytes);
        fallback = true;
      }
      if (number === 1) text = text.replace(/^\uFEFF/, "");
      yield { number: number++, text, fallback };
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw fileError(path, error);
  }
}
