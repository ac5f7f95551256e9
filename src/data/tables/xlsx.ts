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

/** Rows of the first sheet. The library's errors have no common class. */
async function sheetOf(path: string): Promise<readonly (readonly unknown[])[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  const archive = unpackedArchive(path, bytes, MAX_UNPACKED_BYTES);
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
