/** @module Labels in a column per class, as pandas' `get_dummies` and challenges write them. */

import type { OnBad } from "../dataset.js";
import type { IssueLog } from "../issues.js";
import type { Row } from "../tables/row.js";
import { labelCell } from "./cell.js";
import { bitOf } from "./vectors.js";

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
  ["yes", true],
  ["no", false],
]);

/** What a cell says of its class; `null` where it is empty, `undefined` where it says neither. */
function cellBit(row: Row, column: string): boolean | null | undefined {
  const cell = labelCell(row, column);
  if (cell.kind === "none" || cell.kind === "empty") return null;
  if (cell.kind !== "one") return undefined;
  const { value } = cell;
  const word = typeof value === "string" ? WORDS.get(value.trim().toLowerCase()) : undefined;
  return word ?? bitOf(value);
}

/** Whether the filled cells of a column say yes or no throughout, and there are some. */
export function isOneHot(rows: readonly Row[], column: string): boolean {
  const bits = rows.map((row) => cellBit(row, column));
  return bits.some((bit) => bit !== null) && !bits.includes(undefined);
}

/**
 * A row's classes by its columns; `null` where all cells are empty, `undefined` where a cell says neither yes
 * nor no, which is recorded.
 *
 * @throws {DataError} at such a cell where the user chose to stop.
 */
export function oneHotLabels(
  row: Row,
  columns: readonly string[],
  issues: IssueLog,
  onBad: OnBad,
): readonly string[] | null | undefined {
  const bits = columns.map((column) => cellBit(row, column));
  const odd = bits.indexOf(undefined);
  if (odd >= 0) {
    const column = columns[odd]!;
    const value = String(row.cells.get(column)).slice(0, 40);
    const message = `the column "${column}" holds "${value}", which is neither 0 nor 1`;
    issues.broken("label-unusable", row.where, message, onBad);
    return undefined;
  }
  if (bits.every((bit) => bit === null)) return null;
  return columns.filter((_, at) => bits[at]);
}
