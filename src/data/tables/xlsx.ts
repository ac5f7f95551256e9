/** @module Excel workbooks: the first sheet. */

import { DataError } from "../../errors.js";
import { regularFile } from "../regularFile.js";
import type { Row } from "./row.js";

// A sheet is read whole; a larger file is no table of labels.
const MAX_BYTES = 100 * 2 ** 20;

/**
 * Reads the first sheet of an Excel workbook; its first row names the columns.
 *
 * @throws {DataError} for a missing file, one that is too large, or no workbook.
 */
export async function readXlsx(path: string): Promise<Row[]> {
  const info = await regularFile(path);
  if (info.size > MAX_BYTES) {
    throw new DataError(`${path}: the workbook is larger than ${MAX_BYTES / 2 ** 20} MB.`);
  }
  const { readSheet } = await import("read-excel-file/node");
  const [header = [], ...body] = await readSheet(path).catch((error: unknown) => {
    throw new DataError(`${path}: not an Excel workbook (${(error as Error).message}).`);
  });
  const names = header.map((name, at) => (name === null ? `column ${at + 1}` : String(name)));
  return body.map((values, at) => ({
    where: `${path}:${at + 2}`,
    cells: new Map(names.map((name, column) => [name, values[column] ?? null])),
  }));
}
