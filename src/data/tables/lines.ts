/** @module Lines of a text file of any size and encoding, with bounded memory. */

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

import { DataError } from "../../errors.js";
import { say, setting, type Text } from "../../message.js";
import { decodeLine, type Fallback, fallbackOf } from "../decodeText.js";
import {
  decodeAs,
  type EncodingLabel,
  encodingNamed,
  markOf,
  strictly,
  unmarkedUtf16,
} from "../encodings.js";
import { fileError, regularFile } from "../regularFile.js";

/** A line with its terminator. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
  /** What was odd about the encoding, for an issue. */
  readonly note?: Text;
}

/** Longest line that is read; a longer one is no row of a table. */
export const MAX_LINE_BYTES = 16 * 2 ** 20;

// What an encoding is judged by.
const PART_BYTES = 4 * 2 ** 20;

const [NEWLINE, RETURN, QUOTE] = [10, 13, 34];

/** The byte that ends lines: files of old Macs have carriage returns alone. */
function terminatorOf(start: Uint8Array): number {
  let quoted = false;
  for (const [at, byte] of start.entries()) {
    if (byte === QUOTE) quoted = !quoted;
    if (quoted) continue;
    if (byte === NEWLINE) return NEWLINE;
    if (byte === RETURN) return start[at + 1] === NEWLINE ? NEWLINE : RETURN;
  }
  return start.includes(RETURN) && !start.includes(NEWLINE) ? RETURN : NEWLINE;
}

/** Bytes of a file cut behind each terminator. */
async function* byteLines(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  terminator: number,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(terminator, start);
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

const bytesOf = (path: string): AsyncIterable<Uint8Array> =>
  createReadStream(path) as AsyncIterable<Uint8Array>;

/** UTF-16 as UTF-8, whose lines are found by one byte. */
async function* transcoded(path: string, label: EncodingLabel): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(label);
  for await (const chunk of bytesOf(path)) {
    yield Buffer.from(decoder.decode(chunk, { stream: true }));
  }
  yield Buffer.from(decoder.decode());
}

/** Part of a file from a place on. */
async function partAt(path: string, start: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const part = new Uint8Array(PART_BYTES);
    const { bytesRead } = await file.read(part, 0, PART_BYTES, start);
    return part.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Up to the last whole line, where that is not all. */
const wholeLines = (part: Uint8Array, terminator: number): Uint8Array =>
  part.length < PART_BYTES ? part : part.subarray(0, part.lastIndexOf(terminator) + 1);

/** An encoding's label as people write it. */
const nameOf = (label: EncodingLabel): string => label.toUpperCase().replace("WINDOWS", "Windows");

const ASK = say`give ${setting("data.encoding")} if that is wrong`;

function fallbackNote({ label, plausible, whole }: Fallback): Text {
  const what = whole ? "the file is not UTF-8" : "not UTF-8";
  if (label === "windows-1252") {
    const doubt = plausible ? "" : say`, which is unlikely: ${ASK}`;
    return say`${what}; read as ${nameOf(label)}${doubt}`;
  }
  return say`${what}; read as ${nameOf(label)} by its looks: ${ASK}`;
}

/** Lines that are UTF-8, or else what they look like. */
async function* guessedLines(path: string, start: Uint8Array): AsyncGenerator<Line> {
  const terminator = terminatorOf(start);
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const first = fallbackOf(wholeLines(start, terminator));
  let fallback = first;
  let [number, offset] = [0, 0];
  if (first?.whole) {
    for await (const bytes of byteLines(path, bytesOf(path), terminator)) {
      const note = ++number === 1 ? { note: fallbackNote(first) } : {};
      yield { number, text: decodeLine(bytes, first), ...note };
    }
    return;
  }
  for await (const bytes of byteLines(path, bytesOf(path), terminator)) {
    number++;
    let line: Line;
    try {
      line = { number, text: strict.decode(bytes) };
    } catch {
      // All was UTF-8 so far, so the rest is judged by itself.
      fallback ??= fallbackOf(wholeLines(await partAt(path, offset), terminator));
      const found = { ...(fallback ?? { label: "utf-8", plausible: true }), whole: false };
      line = { number, text: decodeAs(found.label, bytes), note: fallbackNote(found) };
    }
    offset += bytes.length;
    yield line;
  }
}

/** Lines in an encoding that is known. */
async function* knownLines(
  path: string,
  label: EncodingLabel,
  start: Uint8Array,
): AsyncGenerator<Line> {
  const isWide = label.startsWith("utf-16");
  const chunks = isWide ? transcoded(path, label) : bytesOf(path);
  const sample = isWide ? Buffer.from(new TextDecoder(label).decode(start)) : start;
  const inner = isWide ? "utf-8" : label;
  let number = 0;
  for await (const bytes of byteLines(path, chunks, terminatorOf(sample))) {
    number++;
    const text = strictly(inner, bytes) ?? decodeAs(inner, bytes);
    const isOdd = text.includes("\uFFFD");
    const note = `bytes that are no ${nameOf(label)}, shown as U+FFFD`;
    yield { number, text, ...(isOdd && { note }) };
  }
}

/**
 * Lines of a file: UTF-8 with or without a byte-order mark, UTF-16 with or without one. Lines that are no
 * UTF-8 are read as what they look like (Chinese, Japanese, Korean, Cyrillic, else Windows-1252); a note
 * says so, on the first line where it is about the whole file.
 *
 * @param encoding - The encoding where the user gives it, by any of its names.
 * @throws {DataError} for a missing file, what is no regular file, or a line longer than
 *   {@link MAX_LINE_BYTES}.
 */
export async function* linesOf(path: string, encoding?: EncodingLabel): AsyncGenerator<Line> {
  await regularFile(path);
  try {
    const start = await partAt(path, 0);
    const mark = markOf(start);
    const wide = mark?.startsWith("utf-16") ? mark : null;
    const guess = mark === null ? unmarkedUtf16(start.subarray(0, 2 ** 16)) : null;
    const given = encoding === undefined ? null : encodingNamed(encoding);
    const known = given ?? wide ?? guess;
    const lines = known ? knownLines(path, known, start) : guessedLines(path, start);
    for await (const line of lines) {
      if (line.number > 1) {
        yield line;
        continue;
      }
      const isGuess = given === null && wide === null && guess !== null;
      const note = isGuess ? say`no byte-order mark; read as ${nameOf(guess)}: ${ASK}` : line.note;
      yield {
        ...line,
        text: line.text.replace(/^\uFEFF/, ""),
        ...(note !== undefined && { note }),
      };
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw fileError(path, error);
  }
}
