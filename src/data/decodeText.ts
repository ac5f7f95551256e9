/** @module A whole text file's bytes as text, whatever its encoding. */

import {
  decodeAs,
  type EncodingLabel,
  encodingNamed,
  legacyEncoding,
  type LegacyGuess,
  markOf,
  strictly,
  unmarkedUtf16,
} from "./encodings.js";

/** A decoded text. */
export interface DecodedText {
  readonly text: string;
  /** WHATWG label of the encoding, `windows-1252` for example. */
  readonly encoding: EncodingLabel;
  /** `false` where the encoding is a guess, or bytes were no characters of it. */
  readonly certain: boolean;
}

const NEWLINE = 10;

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);

/** Cuts bytes behind each newline. */
function linesIn(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start);
    const next = end < 0 ? bytes.length : end + 1;
    lines.push(bytes.subarray(start, next));
    start = next;
  }
  return lines;
}

/** How to read the lines of a file that is not all UTF-8. */
export interface Fallback extends LegacyGuess {
  /** Whether all lines have that encoding, those included that happen to be UTF-8. */
  readonly whole: boolean;
}

/**
 * Judges what encoding the lines have that are no UTF-8, `null` where all are.
 *
 * @param bytes - A part of the file that starts with a line.
 */
export function fallbackOf(bytes: Uint8Array): Fallback | null {
  if (strictly("utf-8", bytes) !== null) return null;
  const lines = linesIn(bytes).filter((line) => !isAscii(line));
  const others = lines.filter((line) => strictly("utf-8", line) === null);
  const guess = legacyEncoding(Buffer.concat(others));
  // A line of a Western text is never UTF-8 by chance; one of two Chinese characters may be.
  const whole = guess.label !== "windows-1252" && others.length > lines.length / 2;
  return { ...guess, whole };
}

/** One line by the judgement on its file. */
export function decodeLine(bytes: Uint8Array, { label, whole }: Fallback): string {
  return (whole ? null : strictly("utf-8", bytes)) ?? decodeAs(label, bytes);
}

/**
 * Decodes a text file: by its byte-order mark, as UTF-16 without one, as UTF-8, and what is none of
 * them line by line as the encoding that it looks like.
 *
 * @param encoding - The encoding where the user gives it, by any of its names.
 */
export function decodeText(bytes: Uint8Array, encoding?: EncodingLabel): DecodedText {
  const known = (encoding === undefined ? null : encodingNamed(encoding)) ?? markOf(bytes);
  const label = known ?? unmarkedUtf16(bytes.subarray(0, 2 ** 16)) ?? "utf-8";
  const strict = strictly(label, bytes);
  const fallback =
    strict === null && known === null && label === "utf-8" ? fallbackOf(bytes) : null;
  const text = fallback
    ? linesIn(bytes)
        .map((line) => decodeLine(line, fallback))
        .join("")
    : (strict ?? decodeAs(label, bytes));
  return {
    text: text.replace(/^\uFEFF/, ""),
    encoding: fallback?.label ?? label,
    certain: strict !== null && (known !== null || label === "utf-8"),
  };
}
