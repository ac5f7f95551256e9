/** @module One row of a table, whatever file it came from. */

import type { ImageSource, OnBad } from "../dataset.js";
import type { IssueLog } from "../issues.js";

/** One row of a table. */
export interface Row {
  /** File and line, or the row's number in files without lines. */
  readonly where: string;
  /** Values by column; a map, since a column may be called `constructor` or `__proto__`. */
  readonly cells: ReadonlyMap<string, unknown>;
}

/** A cell that holds an encoded picture itself, as Parquet files do. */
export class PictureCell {
  constructor(readonly source: ImageSource) {}
}

/** How to read a table. */
export interface ReadOptions {
  readonly issues: IssueLog;
  /** What to do with a row that cannot be read; `missing` leaves it out too. */
  readonly onBad: OnBad;
  /** Names of the columns of a file without a header. */
  readonly header?: readonly string[];
}

/** A cell as text, trimmed; empty cells, nulls and not-a-numbers are absent. */
export function cellText({ cells }: Row, column: string | undefined): string | null {
  const value = column === undefined ? undefined : cells.get(column);
  if (typeof value === "number") return Number.isNaN(value) ? null : String(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "string") return null;
  const text = value.trim();
  return text === "" || text === "NaN" || text === "nan" ? null : text;
}
