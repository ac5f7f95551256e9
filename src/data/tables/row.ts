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

/** Columns of one name. */
export interface RepeatedColumn {
  /** Their places, counted from 1. */
  readonly places: readonly number[];
  /** What they are called to tell them apart, in the same order. */
  readonly names: readonly string[];
}

/** How to read a table. */
export interface ReadOptions {
  readonly issues: IssueLog;
  /** What to do with a row that cannot be read; `missing` leaves it out too. */
  readonly onBad: OnBad;
  /** Names of the columns of a file without a header. */
  readonly header?: readonly string[];
  /** Encoding of text files where the user gives it, as a label that `TextDecoder` knows. */
  readonly encoding?: string | undefined;
  /** What separates the columns of CSV files where the user gives it. */
  readonly separator?: string | undefined;
  /** Whether a table without rows is one; default: no. */
  readonly mayBeEmpty?: boolean;
  /** Collects the names that several columns have. */
  readonly repeated?: Map<string, RepeatedColumn>;
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
