/** @module Precomputed feature vectors, from files or columns: which can be used, which are missing. */

import { DataError } from "../../errors.js";
import { type FloatRows, type MatrixPlace, rowsInMemory, scanRows } from "../../tensors/rows.js";
import type { Row } from "../tables/row.js";

/** What is known about one vector; one of nothing but NaN stands for a missing modality. */
export type VectorState = "sound" | "missing" | "not-finite";

/** Vectors and what they belong to. */
export interface Vectors {
  readonly rows: FloatRows;
  readonly states: readonly VectorState[];
  /** Samples' names, where the file has them; else rows are in the table's order. */
  readonly ids: readonly string[] | null;
}

function stateOf(values: Float32Array): VectorState {
  if (values.every((value) => Number.isFinite(value))) return "sound";
  return values.every((value) => Number.isNaN(value)) ? "missing" : "not-finite";
}

/** Reads a matrix through and judges its rows. */
export function matrixVectors(place: MatrixPlace, ids: readonly string[] | null): Vectors {
  const states: VectorState[] = [];
  const rows = scanRows(place, (values) => states.push(stateOf(values)));
  return { rows, states, ids };
}

/** A cell's vector, `null` where it is empty. */
function cellVector({ cells, where }: Row, column: string): readonly number[] | null {
  const value = cells.get(column);
  if (value === null || value === undefined) return null;
  if (Array.isArray(value) && value.every((one) => one === null || typeof one === "number")) {
    return value.map((one: number | null) => one ?? NaN);
  }
  throw new DataError(
    `${where}: the column "${column}" holds no list of numbers.`,
    "Vectors are lists in JSONL and Parquet; CSV has none: keep them in a .npy file.",
  );
}

/**
 * Vectors of a column of lists.
 *
 * @throws {DataError} at a cell that is no list of numbers, or of another length than those before.
 */
export function columnVectors(
  table: readonly Row[],
  column: string,
  ids: readonly string[] | null,
): Vectors {
  const cells = table.map((row) => cellVector(row, column));
  const size = cells.find((cell) => cell !== null)?.length ?? 0;
  if (size === 0) throw new DataError(`${table[0]!.where}: "${column}" holds no vectors.`);
  const data = new Float32Array(table.length * size).fill(NaN);
  cells.forEach((cell, at) => {
    if (cell && cell.length !== size) {
      throw new DataError(
        `${table[at]!.where}: the vector in "${column}" has ${cell.length} numbers, those before it ${size}.`,
      );
    }
    if (cell) data.set(cell, at * size);
  });
  const rows = rowsInMemory(size, data);
  return { rows, states: table.map((_, at) => stateOf(rows.row(at))), ids };
}
