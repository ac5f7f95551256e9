/** @module Excel workbooks: the first sheet. */

import { readFile } from "node:fs/promises";

import { DataError } from "../../errors.js";
import { fileError, regularFile } from "../regularFile.js";
import { columnNames } from "./header.js";
import type { ReadOptions, Row } from "./row.js";
import { unpackedArchive } from "./unpacked.js";

// A sheet is read whole; a larger file is no table of labels.
const MAX_BYTES = 100 * 2 ** 20;
const MAX_UNPACKED_BYTES = 200 * 2 ** 20;

// Doubles are shown with 15 digits: 0.1 + 0.2 is 0.3.
const SHOWN_DIGITS = 15;

/** A number as Excel shows it; whole ones beyond 2^53 as their digits. */
function numberOf(text: string): number | string {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  return /^-?\d+$/.test(text) ? text : Number(number.toPrecision(SHOWN_DIGITS));
}

const MIDNIGHT = "T00:00:00.000Z";

/** A date as text, without a time where it has none. */
const shown = (value: unknown): unknown =>
  value instanceof Date ? value.toISOString().replace(MIDNIGHT, "") : (value ?? null);

// The library makes all cells up to the last row and column, also those that a sheet leaves out.
const MAX_CELLS = 50_000_000;
const PLACES = /<(?:\w+:)?(row|c)\s(?:[^>]*?\s)?r=["']([^"']*)["']/g;
const LETTERS = 26;

/** Number of a column by its letters: 1 for `A`, 27 for `AA`. */
const columnNumber = (letters: string): number =>
  Array.from(letters).reduce((number, letter) => LETTERS * number + letter.charCodeAt(0) - 64, 0);

/** @throws {DataError} where a sheet says that it reaches further than any table of samples. */
function checkExtent(path: string, archive: Buffer): void {
  let [rows, columns] = [1, 1];
  for (const [, tag, place = ""] of archive.toString("latin1").matchAll(PLACES)) {
    const [, letters = "", digits = ""] = /^([A-Z]*)(\d+)$/.exec(place) ?? [];
    if (digits === "" || (tag === "row") !== (letters === "")) {
      throw new DataError(`${path}: not an Excel workbook: there is no row or cell "${place}".`);
    }
    rows = Math.max(rows, Number(digits));
    columns = Math.max(columns, columnNumber(letters));
  }
  if (rows * columns > MAX_CELLS) {
    throw new DataError(
      `${path}: a sheet reaches to row ${rows} and column ${columns}, which is too large.`,
      "Delete the cells outside the table, or save it as CSV.",
    );
  }
}

/** Rows of the first sheet. The library's errors have no common class. */
async function sheetOf(path: string): Promise<readonly (readonly unknown[])[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  const archive = unpackedArchive(path, bytes, MAX_UNPACKED_BYTES);
  checkExtent(path, archive);
  const { readSheet } = await import("read-excel-file/node");
  try {
    return await readSheet(archive, { parseNumber: numberOf });
  } catch (error) {
    throw new DataError(`${path}: not an Excel workbook: ${(error as Error).message}.`);
  }
}

/**
 * Reads the first sheet of an Excel workbook; its first row names the columns. Whole numbers beyond 2^53
 * are strings of their digits, others have the 15 digits that Excel shows; dates are ISO dates.
 *
 * @throws {DataError} for a missing file, one that is too large or unpacks to too much, or no workbook.
 */
export async function readXlsx(path: string, options: ReadOptions): Promise<Row[]> {
  const info = await regularFile(path);
  if (info.size > MAX_BYTES) {
    throw new DataError(`${path}: the workbook is larger than ${MAX_BYTES / 2 ** 20} MB.`);
  }
  const [header = [], ...body] = await sheetOf(path);
  const given = header.map((name) => (name === null ? null : String(shown(name))));
  const names = columnNames(given, `${path}:1`, options);
  return body.map((values, at) => ({
    where: `${path}:${at + 2}`,
    cells: new Map(names.map((name, column) => [name, shown(values[column])])),
  }));
}
