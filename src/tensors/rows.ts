/** @module Rows of a matrix of floats: in memory, or read from a file one by one. */

import { closeSync, openSync, readSync } from "node:fs";

import { DataError } from "../errors.js";
import { fromBrain, fromHalf } from "./half.js";

/** Element types that rows are read from; they come out as 32-bit floats. */
export type ElementType = "float16" | "bfloat16" | "float32" | "float64";

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
};

/** Where a matrix lies in a file: row by row, little-endian. */
export interface MatrixPlace {
  readonly path: string;
  /** First byte. */
  readonly offset: number;
  readonly rows: number;
  /** Length of one row. */
  readonly size: number;
  readonly type: ElementType;
}

/** Rows of a matrix. */
export interface FloatRows {
  readonly rows: number;
  /** Length of one row. */
  readonly size: number;
  /** One row, `[size]`; nobody may write to it. */
  readonly row: (at: number) => Float32Array;
  /** Bytes that are held in memory. */
  readonly resident: number;
}

/** Rows in memory, one after the other. */
export function rowsInMemory(size: number, data: Float32Array): FloatRows {
  return {
    rows: size === 0 ? 0 : data.length / size,
    size,
    row: (at) => data.subarray(at * size, (at + 1) * size),
    resident: data.byteLength,
  };
}

function widen(bytes: Uint8Array<ArrayBuffer>, type: ElementType): Float32Array {
  switch (type) {
    case "float16":
      return fromHalf(new Uint16Array(bytes.buffer));
    case "bfloat16":
      return fromBrain(new Uint16Array(bytes.buffer));
    case "float32":
      return new Float32Array(bytes.buffer);
    case "float64":
      return Float32Array.from(new Float64Array(bytes.buffer));
  }
}

/** Some rows of a matrix, one after the other. */
function readRowsAt(file: number, place: MatrixPlace, start: number, count: number): Float32Array {
  const { path, offset, size, type } = place;
  const width = size * ELEMENT_BYTES[type];
  const bytes = new Uint8Array(count * width);
  if (readSync(file, bytes, 0, bytes.length, offset + start * width) < bytes.length) {
    throw new DataError(`${path}: the file is shorter than it was, or cut off.`);
  }
  return widen(bytes, type);
}

/** Rows that are read from the file each time. */
export function rowsInFile(place: MatrixPlace): FloatRows {
  const row = (at: number): Float32Array => {
    const file = openSync(place.path, "r");
    try {
      return readRowsAt(file, place, at, 1);
    } finally {
      closeSync(file);
    }
  };
  return { rows: place.rows, size: place.size, row, resident: 0 };
}

/** Matrices up to this size stay in memory. */
const RESIDENT_BYTES = 256 * 2 ** 20;
const BLOCK_BYTES = 2 ** 20;

/**
 * Reads a matrix through once; it stays in memory where it is not too large.
 *
 * @param look - Is shown every row.
 * @throws {DataError} where the file is cut off.
 */
export function scanRows(
  place: MatrixPlace,
  look: (values: Float32Array, at: number) => void,
): FloatRows {
  const { path, rows, size } = place;
  const keep = 4 * rows * size <= RESIDENT_BYTES;
  const all = new Float32Array(keep ? rows * size : 0);
  const block = Math.max(1, Math.floor(BLOCK_BYTES / (4 * Math.max(1, size))));
  const file = openSync(path, "r");
  try {
    for (let start = 0; start < rows; start += block) {
      const count = Math.min(block, rows - start);
      const values = readRowsAt(file, place, start, count);
      for (let at = 0; at < count; at++) {
        look(values.subarray(at * size, (at + 1) * size), start + at);
      }
      if (keep) all.set(values, start * size);
    }
  } finally {
    closeSync(file);
  }
  return keep ? rowsInMemory(size, all) : rowsInFile(place);
}
