/** @module Rows of a table file, with the line that each came from. */

import { readFile } from "node:fs/promises";
import { extname } from "node:path";

import { CsvError, parse } from "csv-parse/sync";

import { DataError } from "../errors.js";

/** One row of a table. */
export interface Row {
  /** Line in the file, counted from 1. */
  readonly line: number;
  readonly cells: Readonly<Record<string, unknown>>;
}

/** File endings of tables that can be read. */
export const TABLE_ENDINGS = [".jsonl", ".ndjson", ".csv", ".tsv"] as const;

/** Whether a path looks like a table by its ending. */
export function isTable(path: string): boolean {
  return (TABLE_ENDINGS as readonly string[]).includes(extname(path).toLowerCase());
}

/**
 * Reads all rows of a CSV, TSV or JSONL file; a byte-order mark and CRLF are accepted.
 *
 * @throws {DataError} naming file and line, for a missing or malformed file.
 */
export async function readRows(path: string): Promise<Row[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DataError(`${path}: ${code === "ENOENT" ? "no such file" : message}.`);
  }
  const ending = extname(path).toLowerCase();
  const rows = ending === ".csv" || ending === ".tsv" ? csvRows(path, text) : jsonRows(path, text);
  if (rows.length === 0) throw new DataError(`${path}: the table has no rows.`);
  return rows;
}

function csvRows(path: string, text: string): Row[] {
  try {
    const records: { record: Record<string, string>; info: { lines: number } }[] = parse(text, {
      bom: true,
      columns: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
      delimiter: path.toLowerCase().endsWith(".tsv") ? "\t" : ",",
    });
    return records.map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new DataError(
      `${path}: malformed table: ${error.message}.`,
      "Every row needs as many fields as the header; quote fields that contain separators.",
    );
  }
}

function jsonRows(path: string, text: string): Row[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  return lines.flatMap((content, index) => {
    if (content.trim() === "") return [];
    const line = index + 1;
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch (error) {
      throw new DataError(
        `${path}:${line}: not valid JSON: ${(error as Error).message}.`,
        "A JSONL file has one JSON object per line.",
      );
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new DataError(`${path}:${line}: expected a JSON object, got ${content.slice(0, 40)}.`);
    }
    return [{ line, cells: value as Record<string, unknown> }];
  });
}
