/** @module Files of feature vectors: `.npy`, `.safetensors`, and tables with a column of lists. */

import { closeSync, openSync, readSync, statSync } from "node:fs";
import { extname } from "node:path";

import { DataError } from "../../errors.js";
import { npyMatrix } from "../../tensors/npy.js";
import { ELEMENT_BYTES, type ElementType } from "../../tensors/rows.js";
import {
  headerEnd,
  readSafetensorsHeader,
  type SafetensorsHeader,
} from "../../tensors/safetensors.js";
import type { Modality } from "../dataset.js";
import { IssueLog } from "../issues.js";
import { regularFile } from "../regularFile.js";
import { parseExact } from "../tables/exactJson.js";
import { readRows } from "../tables/read.js";
import { cellText, type Row } from "../tables/row.js";
import { columnVectors, matrixVectors, type Vectors } from "./vectors.js";

const IDS = ["id", "ids", "uid", "key"];

/** Names that features go by, the clearest first. */
const namesOf = (side: Modality): readonly string[] => [
  `${side}_features`,
  `${side}_embedding`,
  `${side}_embeddings`,
  side,
  "features",
  "embedding",
  "embeddings",
];

/** The column or tensor of the features: by a common name, or the only one. */
function chosen(path: string, side: Modality, candidates: readonly string[]): string {
  const found = namesOf(side).find((name) => candidates.includes(name));
  if (found !== undefined) return found;
  if (candidates.length === 1) return candidates[0]!;
  const list = candidates.length === 0 ? "none" : candidates.join(", ");
  throw new DataError(
    `${path}: which are the ${side} features? There are: ${list}.`,
    `Name them ${side}_features.`,
  );
}

const TYPES: Readonly<Record<string, ElementType>> = {
  F16: "float16",
  BF16: "bfloat16",
  F32: "float32",
  F64: "float64",
};

// The format's own limit.
const LONGEST_HEADER = 100_000_000;

/** Some bytes of a file. */
function bytesAt(path: string, start: number, length: number): Uint8Array<ArrayBuffer> {
  if (start + length > statSync(path).size) throw new RangeError("the file is cut off");
  const bytes = new Uint8Array(length);
  const file = openSync(path, "r");
  try {
    const read = readSync(file, bytes, 0, length, start);
    if (read < length) throw new RangeError("the file is cut off");
    return bytes;
  } finally {
    closeSync(file);
  }
}

function safetensorsHeader(path: string): SafetensorsHeader {
  const end = headerEnd(bytesAt(path, 0, 8));
  if (end > LONGEST_HEADER) throw new RangeError("the header is too long");
  return readSafetensorsHeader(bytesAt(path, 0, end));
}

/** Samples' names: a JSON list in the metadata, or a tensor of whole numbers. */
function safetensorsIds(path: string, { places, metadata }: SafetensorsHeader): string[] | null {
  if (metadata.ids !== undefined) {
    const ids = parseExact(metadata.ids);
    if (Array.isArray(ids)) return ids.map(String);
  }
  const place = IDS.map((one) => places.get(one)).find((one) => one !== undefined);
  if (!place) return null;
  const { buffer } = bytesAt(path, place.start, place.end - place.start);
  if (place.dtype === "I64") return Array.from(new BigInt64Array(buffer), String);
  if (place.dtype === "I32") return Array.from(new Int32Array(buffer), String);
  throw new RangeError(`the ids have the type ${place.dtype}, not I64 or I32`);
}

function safetensorsVectors(path: string, side: Modality): Vectors {
  const header = safetensorsHeader(path);
  const { places } = header;
  const name = chosen(
    path,
    side,
    [...places.keys()].filter((one) => !IDS.includes(one)),
  );
  const { dtype, shape, start, end } = places.get(name)!;
  const type = Object.hasOwn(TYPES, dtype) ? TYPES[dtype] : undefined;
  const [rows, size] = shape;
  if (!type) throw new DataError(`${path}: the tensor "${name}" has the type ${dtype}, no float.`);
  if (shape.length !== 2 || rows === undefined || size === undefined || size === 0) {
    throw new DataError(
      `${path}: the tensor "${name}" has the shape [${shape.join(", ")}], not [rows, length].`,
    );
  }
  if (end > statSync(path).size) throw new DataError(`${path}: the file is cut off.`);
  if (end - start !== rows * size * ELEMENT_BYTES[type]) {
    throw new DataError(`${path}: the tensor "${name}" does not fill its shape.`);
  }
  return matrixVectors({ path, offset: start, rows, size, type }, safetensorsIds(path, header));
}

const isVector = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && typeof value[0] === "number";

/** Ids of a table's rows, where it has a column of them. */
function tableIds(table: readonly Row[]): string[] | null {
  const column = IDS.find((name) => table[0]!.cells.get(name) !== undefined);
  return column === undefined ? null : table.map((row) => cellText(row, column) ?? "");
}

async function tableVectors(path: string, side: Modality): Promise<Vectors> {
  const table = await readRows(path, { issues: new IssueLog(), onBad: "stop" });
  const names = [...new Set(table.flatMap(({ cells }) => [...cells.keys()]))];
  const lists = names.filter((name) => table.some(({ cells }) => isVector(cells.get(name))));
  return columnVectors(table, chosen(path, side, lists), tableIds(table));
}

const ENDINGS = [".npy", ".safetensors", ".parquet", ".jsonl", ".ndjson"];

/** Whether a setting names a file of features, and not a column of the table. */
export const isFeatureFile = (given: string): boolean =>
  ENDINGS.includes(extname(given).toLowerCase());

/**
 * Reads feature vectors from a file.
 *
 * @throws {DataError} naming the file, for what cannot be used.
 */
export async function fileVectors(path: string, side: Modality): Promise<Vectors> {
  await regularFile(path);
  switch (extname(path).toLowerCase()) {
    case ".npy":
      return matrixVectors(npyMatrix(path), null);
    case ".safetensors":
      try {
        return safetensorsVectors(path, side);
      } catch (error) {
        if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
        throw new DataError(`${path}: not a safetensors file that can be read: ${error.message}.`);
      }
    default:
      return tableVectors(path, side);
  }
}
