/** @module Reads any table file by its ending. */

import { extname } from "node:path";

import { DataError } from "../../errors.js";
import { say, setting } from "../../message.js";
import { readCsv } from "./csv.js";
import { readJson } from "./json.js";
import { readJsonl } from "./jsonl.js";
import type { ReadOptions, RepeatedColumn, Row } from "./row.js";

/** A file format; text formats have an encoding, delimited ones a separator. */
interface Format {
  readonly read: (path: string, options: ReadOptions) => Promise<Row[]>;
  readonly obeys: readonly ("encoding" | "separator")[];
}

const CSV: Format = { read: readCsv, obeys: ["encoding", "separator"] };
const JSONL: Format = { read: readJsonl, obeys: ["encoding"] };

// What reads these takes longer to load than most commands take to begin, so it is loaded when it is asked for.
const PARQUET: Format = {
  read: async (path) => (await import("./parquet.js")).readParquet(path),
  obeys: [],
};
const ARROW: Format = {
  read: async (path) => (await import("./arrow.js")).readArrow(path),
  obeys: [],
};
const XLSX: Format = {
  read: async (...given) => (await import("./xlsx.js")).readXlsx(...given),
  obeys: [],
};

/** Formats whose files are tables wherever they lie. */
const TABLES: ReadonlyMap<string, Format> = new Map([
  [".jsonl", JSONL],
  [".ndjson", JSONL],
  [".csv", CSV],
  [".tsv", CSV],
  [".parquet", PARQUET],
  [".arrow", ARROW],
  [".xlsx", XLSX],
]);

/** Formats of files that are tables where the user says so, and mostly something else in folders. */
const OTHERS: ReadonlyMap<string, Format> = new Map([
  [".json", { read: readJson, obeys: ["encoding"] }],
  [".txt", CSV],
]);

/** File endings of tables that can be read. */
export const TABLE_ENDINGS: readonly string[] = [...TABLES.keys(), ...OTHERS.keys()];

const endingOf = (path: string): string => extname(path).toLowerCase();

/** Whether a file is a table by its ending, wherever it lies. */
export const isTable = (path: string): boolean => TABLES.has(endingOf(path));

/** Whether a file can be read as a table where the user names it. */
export const canBeTable = (path: string): boolean => TABLE_ENDINGS.includes(endingOf(path));

/** Refuses settings that a format has no use for. */
function assertObeyed(path: string, { obeys }: Format, options: ReadOptions): void {
  for (const name of ["encoding", "separator"] as const) {
    if (options[name] === undefined || obeys.includes(name)) continue;
    throw new DataError(
      `${path}: a ${endingOf(path)} file has no ${name} to choose.`,
      say`Leave out ${setting(`data.${name}`)}.`,
    );
  }
}

/**
 * Reads all rows of a table file.
 *
 * @throws {DataError} naming file and line, for a missing, malformed or empty file.
 */
export async function readRows(path: string, options: ReadOptions): Promise<Row[]> {
  const format = TABLES.get(endingOf(path)) ?? OTHERS.get(endingOf(path));
  if (!format) throw new DataError(`${path}: not a table; these are: ${TABLE_ENDINGS.join(", ")}.`);
  assertObeyed(path, format, options);
  const rows = await format.read(path, options);
  if (rows.length === 0) {
    const [first] = options.issues.issues.filter(({ outcome }) => outcome === "sample-skipped");
    if (options.mayBeEmpty && !first) return rows;
    throw new DataError(
      `${path}: the table has no ${first ? "usable " : ""}rows.`,
      first && say`The first: ${first.where}: ${first.message}.`,
    );
  }
  return rows;
}

/** A table's rows, and the names that several of its columns have. */
export interface TableContents {
  readonly rows: readonly Row[];
  readonly repeated: ReadonlyMap<string, RepeatedColumn>;
}

/**
 * {@link readRows} with the names that several columns have.
 *
 * @throws {DataError} as it does.
 */
export async function readContents(
  path: string,
  options: Omit<ReadOptions, "repeated">,
): Promise<TableContents> {
  const repeated = new Map<string, RepeatedColumn>();
  return { rows: await readRows(path, { ...options, repeated }), repeated };
}
