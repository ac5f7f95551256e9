/** @module JSON Lines files. */

import { linesOf } from "./lines.js";
import type { ReadOptions, Row } from "./row.js";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads a file with one JSON object per line.
 *
 * @throws {DataError} for a missing file, or at the first broken line where the user chose to stop.
 */
export async function readJsonl(
  path: string,
  { issues, onBad, encoding }: ReadOptions,
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { number, text, note } of linesOf(path, encoding)) {
    const where = `${path}:${number}`;
    if (text.trim() === "") continue;
    if (note !== undefined) issues.add("encoding", where, note, "kept");
    try {
      const cells: unknown = JSON.parse(text);
      if (isObject(cells)) rows.push({ where, cells: new Map(Object.entries(cells)) });
      else issues.broken("row-broken", where, `no JSON object: ${text.slice(0, 40).trim()}`, onBad);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      issues.broken("row-broken", where, `not valid JSON: ${error.message}`, onBad);
    }
  }
  return rows;
}
