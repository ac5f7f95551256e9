/** @module Precomputed features beside a table: which vector is which row's. */

import { stat } from "node:fs/promises";

import { DataError } from "../../errors.js";
import { count } from "../../text.js";
import type { DataConfig } from "../config.js";
import type { FeatureSource, Modality, SampleFeatures } from "../dataset.js";
import type { IssueLog } from "../issues.js";
import type { Columns } from "../tables/columns.js";
import { cellText, type Row } from "../tables/row.js";
import { fileVectors, isFeatureFile } from "./files.js";
import { columnVectors, type Vectors } from "./vectors.js";

/** A table whose rows features belong to. */
export interface FeatureTable {
  readonly path: string;
  readonly rows: readonly Row[];
  readonly columns: Columns;
}

/** Features of one modality of some tables. */
interface SideVectors {
  readonly size: number;
  /** The vector of a row, `null` where the modality is missing. */
  readonly find: (row: Row) => FeatureSource | null;
}

/** What to do with a vector that is not all numbers. */
const notFinite = "the features hold values that are no numbers";

function sourceOf(
  { rows, states }: Vectors,
  at: number,
  identity: string,
  where: string,
  side: Modality,
  issues: IssueLog,
): FeatureSource | null {
  if (states[at] === "sound") return { identity: `${identity}#${at}`, row: () => rows.row(at) };
  if (states[at] === "not-finite") {
    issues.add(`${side}-features-not-finite`, where, notFinite, "modality-missing");
  }
  return null;
}

/** Places of vectors by the names of their samples. */
function placesById(path: string, ids: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map(ids.map((id, at) => [id, at]));
  if (places.size === ids.length) return places;
  const twice = ids.find((id, at) => places.get(id) !== at)!;
  throw new DataError(`${path}: the id "${twice}" occurs more than once.`);
}

/** Places of all rows in the table's order. */
function placesByOrder(
  path: string,
  vectors: Vectors,
  tables: readonly FeatureTable[],
): ReadonlyMap<Row, number> {
  const [table, another] = tables;
  if (another) {
    throw new DataError(
      `${path}: with several tables it is not clear which vector is which row's.`,
      "Give the features ids and the tables an id column, or put all rows into one table.",
    );
  }
  const { rows } = table!;
  if (vectors.rows.rows !== rows.length) {
    throw new DataError(
      `${path}: ${count(vectors.rows.rows, "vector")} for the ${count(rows.length, "usable row")} of ${table!.path}.`,
      "There must be one vector per row, or ids in both files.",
    );
  }
  return new Map(rows.map((row, at) => [row, at]));
}

async function vectorsOfFile(
  path: string,
  side: Modality,
  tables: readonly FeatureTable[],
  issues: IssueLog,
): Promise<SideVectors> {
  const vectors = await fileVectors(path, side);
  const info = await stat(path);
  const identity = `${path}#${info.size}#${info.mtimeMs}`;
  const { size } = vectors.rows;
  const at = (row: Row, place: number): FeatureSource | null =>
    sourceOf(vectors, place, identity, row.where, side, issues);
  const idColumns = new Map(
    tables.flatMap(({ rows, columns }) => rows.map((row) => [row, columns.id] as const)),
  );
  if (vectors.ids === null || tables.every(({ columns }) => columns.id === undefined)) {
    const places = placesByOrder(path, vectors, tables);
    return { size, find: (row) => at(row, places.get(row)!) };
  }
  const places = placesById(path, vectors.ids);
  return {
    size,
    find: (row) => {
      const id = cellText(row, idColumns.get(row));
      const place = id === null ? undefined : places.get(id);
      if (place !== undefined) return at(row, place);
      const message = `no ${side} features for the id "${id ?? ""}" in ${path}`;
      issues.add(`${side}-features-missing`, row.where, message, "modality-missing");
      return null;
    },
  };
}

function vectorsOfColumn(
  column: string,
  side: Modality,
  tables: readonly FeatureTable[],
  issues: IssueLog,
): SideVectors {
  const rows = tables.flatMap((table) => table.rows);
  if (!rows.some(({ cells }) => cells.has(column))) {
    throw new DataError(
      `${tables[0]!.path}: there is no column "${column}" for the ${side} features.`,
      "Give a .npy, .safetensors, .parquet or .jsonl file, or a column of lists.",
    );
  }
  const vectors = columnVectors(rows, column, null);
  const places = new Map(rows.map((row, at) => [row, at]));
  return {
    size: vectors.rows.size,
    find: (row) => sourceOf(vectors, places.get(row)!, column, row.where, side, issues),
  };
}

/** Precomputed features of some tables. */
export interface OwnFeatures {
  /** Lengths, for the modalities that have features. */
  readonly sizes: { readonly image?: number; readonly text?: number };
  /** A row's features. */
  readonly of: (row: Row) => SampleFeatures;
}

/**
 * Opens the features that the settings name, `null` where they name none. Vectors belong to rows by id
 * where both have ids, else by order.
 *
 * @throws {DataError} naming the file, for what cannot be used or does not fit the tables.
 */
export async function openOwnFeatures(
  { image, text }: DataConfig["features"],
  tables: readonly FeatureTable[],
  issues: IssueLog,
): Promise<OwnFeatures | null> {
  if (image === undefined && text === undefined) return null;
  const open = async (given: string | undefined, side: Modality) => {
    if (given === undefined) return null;
    return isFeatureFile(given)
      ? vectorsOfFile(given, side, tables, issues)
      : vectorsOfColumn(given, side, tables, issues);
  };
  const [images, texts] = [await open(image, "image"), await open(text, "text")];
  return {
    sizes: { ...(images && { image: images.size }), ...(texts && { text: texts.size }) },
    of: (row) => ({
      ...(images && { image: images.find(row) }),
      ...(texts && { text: texts.find(row) }),
    }),
  };
}
