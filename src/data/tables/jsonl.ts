/** @module JSON Lines files. */

import { parseExact, repeatedKey } from "./exactJson.js";
import { linesOf } from "./lines.js";
import type { ReadOptions, Row } from "./row.js";
import { isObject } from "../../files/json.js";

/**
 * Reads a file with one JSON object per line. Whole numbers beyond 2^53 are strings of their digits.
 *
 * @throws {DataError} for a missing file, or at the first broken line where the user chose to stop.
 */
export async function readJsonl(path: string, options: ReadOptions): Promise<Row[]> {
  const { issues, onBad, encoding } = options;
  const rows: Row[] = [];
  for await (const { number, text, note } of linesOf(path, encoding)) {
    const where = `${path}:${number}`;
    if (note !== undefined) issues.add("encoding", where, note, "kept");
    if (text.trim() === "") continue;
    try {
      const cells = parseExact(text);
      if (!isObject(cells)) {
        issues.broken("row-broken", where, `no JSON object: ${text.slice(0, 40).trim()}`, onBad);
        continue;
      }
      const twice = repeatedKey(text, cells);
      if (twice === undefined) rows.push({ where, cells: new Map(Object.entries(cells)) });
      else issues.broken("row-broken", where, `the key "${twice}" occurs twice`, onBad);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      issues.broken("row-broken", where, `not valid JSON: ${error.message}`, onBad);
    }
  }
  return rows;
}
