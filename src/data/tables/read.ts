/** @module Reads any table file by its ending. */

import { extname } from "node:path";

import { DataError } from "../../errors.js";
import { readCsv } from "./csv.js";
import { readJsonl } from "./jsonl.js";
import { readParquet } from "./parquet.js";
import type { ReadOptions, Row } from "./row.js";
import { readXlsx } from "./xlsx.js";

const READERS: Readonly<Record<string, (path: string, options: ReadOptions) => Promise<Row[]>>> = {
  ".jsonl": readJsonl,
  ".ndjson": readJsonl,
  ".csv": readCsv,
  ".tsv": readCsv,
  ".parquet": readParquet,
  ".xlsx": readXlsx,
};

/** File endings of tables that can be read. */
export const TABLE_ENDINGS: readonly string[] = Object.keys(READERS);

/** Whether a path looks like a table by its ending. */
export const isTable = (path: string): boolean =>
  TABLE_ENDINGS.includes(extname(path).toLowerCase());

/**
 * Reads all rows of a table file.
 *
 * @throws {DataError} naming file and line, for a missing, malformed or empty file.
 */
export async function readRows(path: string, options: ReadOptions): Promise<Row[]> {
  const reader = READERS[extname(path).toLowerCase()];
  if (!reader) throw new DataError(`${path}: not a table; these are: ${TABLE_ENDINGS.join(", ")}.`);
  const rows = await reader(path, options);
  if (rows.length === 0) {
    const [first] = options.issues.issues.filter(({ outcome }) => outcome === "sample-skipped");
    throw new DataError(
      `${path}: the table has no ${first ? "usable " : ""}rows.`,
      first && `The first: ${first.where}: ${first.message}.`,
    );
  }
  return rows;
}
