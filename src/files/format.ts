/** @module Formats of files of ours: numbers that are raised when another version would misread a file. */

import { say, type Text } from "../message.js";

const newer = (format: number, own: number): boolean => format > own;

/**
 * Why this version does not read a format.
 *
 * @param format - What the file states.
 * @param own - The format that this version writes.
 */
export const otherFormat = (format: number, own: number): string =>
  `written by ${newer(format, own) ? "a newer" : "an older"} version of balgrad ` +
  `(the file has format ${format}, this version writes ${own})`;

/**
 * What to do about a file of another format.
 *
 * @param otherwise - What else can be done about one of an older version.
 */
export const otherFormatHint = (format: number, own: number, otherwise: Text): Text =>
  newer(format, own)
    ? "Update balgrad to the version that wrote the file."
    : say`Use the version of balgrad that wrote the file. ${otherwise}`;
