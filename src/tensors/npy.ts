/** @module NumPy's `.npy` files of floats. */

import { closeSync, openSync, readSync, statSync } from "node:fs";

import { DataError } from "../errors.js";
import { ELEMENT_BYTES, type ElementType, type MatrixPlace } from "./rows.js";

const MAGIC = "\x93NUMPY";
// Longer headers describe structures, which are none of our arrays.
const LONGEST_HEADER = 65_536;

const TYPES: Readonly<Record<string, ElementType>> = {
  "<f2": "float16",
  "<f4": "float32",
  "<f8": "float64",
};

const SAVE = 'Save it with numpy.save(path, numpy.ascontiguousarray(x, dtype="<f4")).';

const ALIGNMENT = 64;

/** Header of a `.npy` file of 32-bit floats, format 1.0; the rows follow it. */
export function npyHeader(rows: number, size: number): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${size}), }`;
  const begin = 10;
  const length = Math.ceil((begin + text.length + 1) / ALIGNMENT) * ALIGNMENT - begin;
  const header = Buffer.alloc(begin, MAGIC, "latin1");
  header.set([1, 0], 6);
  header.writeUInt16LE(length, 8);
  return Buffer.concat([header, Buffer.from(`${text.padEnd(length - 1)}\n`)]);
}

/** The header's dictionary and where the values begin. */
function readHeader(path: string): { text: string; end: number } {
  const file = openSync(path, "r");
  try {
    const start = Buffer.alloc(12);
    readSync(file, start, 0, 12, 0);
    const version = start[6]!;
    if (start.toString("latin1", 0, 6) !== MAGIC || version < 1 || version > 3) {
      throw new DataError(`${path}: not a .npy file of version 1, 2 or 3.`, SAVE);
    }
    // Version 1 has two bytes for the length, later ones four.
    const begin = version === 1 ? 10 : 12;
    const length = version === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8);
    if (length > LONGEST_HEADER) throw new DataError(`${path}: the header is too long.`, SAVE);
    const header = Buffer.alloc(length);
    if (readSync(file, header, 0, length, begin) < length) {
      throw new DataError(`${path}: the file is cut off in its header.`);
    }
    return { text: header.toString("utf8"), end: begin + length };
  } finally {
    closeSync(file);
  }
}

/**
 * Finds the matrix of a `.npy` file, format 1.0 to 3.0.
 *
 * @throws {DataError} for other files, object arrays, Fortran order, other types and shapes, and files
 *   that are cut off.
 */
export function npyMatrix(path: string): MatrixPlace {
  const { text, end } = readHeader(path);
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (order === undefined || shape === undefined) {
    throw new DataError(`${path}: the header is not one of NumPy's.`, SAVE);
  }
  if (descr?.startsWith("|O")) {
    throw new DataError(`${path}: an array of Python objects, not of numbers.`, SAVE);
  }
  const type = Object.hasOwn(TYPES, descr ?? "") ? TYPES[descr ?? ""] : undefined;
  if (!type) {
    const found = descr === undefined ? "structures" : `"${descr}"`;
    throw new DataError(`${path}: the values are ${found}, not little-endian floats.`, SAVE);
  }
  if (order === "True") {
    throw new DataError(`${path}: the array is in Fortran order, column after column.`, SAVE);
  }
  const dims = [...shape.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  const [rows, size] = dims;
  if (dims.length !== 2 || rows === undefined || size === undefined || size === 0) {
    throw new DataError(
      `${path}: the shape is (${dims.join(", ")}), not (rows, length of a vector).`,
    );
  }
  const place: MatrixPlace = { path, offset: end, rows, size, type };
  const bytes = rows * size * ELEMENT_BYTES[type];
  if (statSync(path).size - end < bytes) {
    throw new DataError(`${path}: the file is cut off: it should hold ${bytes} bytes of values.`);
  }
  return place;
}
