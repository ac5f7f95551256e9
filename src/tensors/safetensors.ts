/** @module The safetensors format: named tensors with a JSON header, readable by PyTorch and others. */

import { createHash } from "node:crypto";

import { z } from "zod";

import type { DType, TensorData } from "../graph/dtype.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { wholeNumber } from "../files/schema.js";

const NAMES: Readonly<Record<DType, string>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  int64: "I64",
  uint8: "U8",
  bool: "BOOL",
};

const entrySchema = z.looseObject({
  dtype: z.string(),
  shape: z.array(wholeNumber),
  data_offsets: z.tuple([wholeNumber, wholeNumber]),
});

const metadataSchema = z.record(z.string(), z.string());

const HEADER_LENGTH_BYTES = 8;

/** Stands for the digest of a file while it is taken. */
const UNSEALED = "0".repeat(64);

/**
 * Serialises tensors and text metadata.
 *
 * Format: 8 bytes little-endian header length, JSON header, tensor bytes; tensors are ordered by
 * element size so that each stays aligned.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const ordered = [...tensors].sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  );
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: metadata };
  for (const [name, { dtype, shape, data }] of ordered) {
    const end = offset + data.byteLength;
    header[name] = { dtype: NAMES[dtype], shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // The header is padded with spaces so that the data start on a multiple of 8.
  const length = Math.ceil(json.length / HEADER_LENGTH_BYTES) * HEADER_LENGTH_BYTES;
  const bytes = new Uint8Array(HEADER_LENGTH_BYTES + length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, HEADER_LENGTH_BYTES, HEADER_LENGTH_BYTES + length);
  bytes.set(json, HEADER_LENGTH_BYTES);
  let position = HEADER_LENGTH_BYTES + length;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/** Contents of a safetensors file. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where a tensor lies in its file. */
export interface TensorPlace {
  /** Type by the format's name, for example `F32`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte, counted from the file's start. */
  readonly start: number;
  readonly end: number;
}

/** What a safetensors file says about its contents. */
export interface SafetensorsHeader {
  readonly places: ReadonlyMap<string, TensorPlace>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Serialises tensors and metadata as {@link writeSafetensors}, with a digest of all bytes of the file as
 * its first metadata, `sha256`: it is taken with zeros in its own place.
 */
export function writeSealedSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const bytes = writeSafetensors(tensors, { sha256: UNSEALED, ...metadata });
  const place = digestPlace(bytes, UNSEALED);
  bytes.set(Buffer.from(createHash("sha256").update(bytes).digest("hex")), place);
  return bytes;
}

/** Where the digest of a file stands: its first occurrence in the header. */
const digestPlace = (bytes: Uint8Array, digest: string): number =>
  Buffer.from(bytes.buffer, bytes.byteOffset, headerEnd(bytes)).indexOf(digest);

/**
 * Parses a file of {@link writeSealedSafetensors}; tensors are copies.
 *
 * @param bytes - Stay as they are.
 * @throws {RangeError} saying what is wrong, also when the bytes do not match their digest.
 */
export function readSealedSafetensors(bytes: Uint8Array): Safetensors {
  const contents = readSafetensors(bytes);
  const { sha256 = "" } = contents.metadata;
  const place = digestPlace(bytes, sha256);
  const digest = createHash("sha256")
    .update(bytes.subarray(0, Math.max(0, place)))
    .update(UNSEALED)
    .update(bytes.subarray(place + sha256.length))
    .digest("hex");
  if (place < 0 || digest !== sha256) {
    throw new RangeError("the file does not match its digest: it is damaged");
  }
  return contents;
}

/**
 * Parses a safetensors file; tensors are copies.
 *
 * @throws {RangeError} saying what is wrong, when the bytes are truncated or are no such file.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { places, metadata } = readSafetensorsHeader(bytes);
  const tensors = new Map<string, HostTensor>();
  for (const [name, place] of places) tensors.set(name, readTensor(name, place, bytes));
  return { tensors, metadata };
}

/** Length of the part of a file that {@link readSafetensorsHeader} needs, by its first 8 bytes. */
export const headerEnd = (bytes: Uint8Array): number =>
  HEADER_LENGTH_BYTES +
  Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true));

/**
 * Parses the header of a safetensors file.
 *
 * @param bytes - The file, or as much of it as {@link headerEnd} says.
 * @throws {RangeError} saying what is wrong, when the bytes are truncated or are no such file.
 */
export function readSafetensorsHeader(bytes: Uint8Array): SafetensorsHeader {
  if (bytes.length < HEADER_LENGTH_BYTES) throw new RangeError("the file is too short");
  const end = headerEnd(bytes);
  if (end > bytes.length) throw new RangeError("the header is cut off or not a safetensors header");
  const { __metadata__: noted = {}, ...entries } = headerJson(bytes, end);
  const metadata = metadataSchema.safeParse(noted);
  if (!metadata.success) throw new RangeError("the header's metadata are not texts");
  const places = new Map<string, TensorPlace>();
  for (const [name, value] of Object.entries(entries)) {
    const entry = entrySchema.safeParse(value);
    if (!entry.success) throw new RangeError(`the header does not describe tensor "${name}"`);
    const { dtype, shape, data_offsets } = entry.data;
    const [from, to] = data_offsets;
    if (to < from) throw new RangeError(`tensor "${name}" ends before it begins`);
    places.set(name, { dtype, shape, start: end + from, end: end + to });
  }
  return { places, metadata: metadata.data };
}

function headerJson(bytes: Uint8Array, end: number): Record<string, unknown> {
  let header: unknown;
  try {
    const text = new TextDecoder().decode(bytes.subarray(HEADER_LENGTH_BYTES, end));
    header = JSON.parse(text);
  } catch {
    throw new RangeError("the header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw new RangeError("the header is no JSON object");
  }
  return header as Record<string, unknown>;
}

function readTensor(name: string, place: TensorPlace, bytes: Uint8Array): HostTensor {
  const { start, end, shape } = place;
  if (end > bytes.length) throw new RangeError(`tensor "${name}" is cut off`);
  const dtype = (Object.keys(NAMES) as DType[]).find((key) => NAMES[key] === place.dtype);
  if (!dtype) throw new RangeError(`tensor "${name}" has the unknown type ${place.dtype}`);
  // A copy, not slice(): Node's Buffer overrides it with a view of shared memory.
  const { buffer } = new Uint8Array(bytes.subarray(start, end));
  const data = typedArray(dtype, buffer);
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (data.length !== size) throw new RangeError(`tensor "${name}" does not fill its shape`);
  return { dtype, shape, data };
}

function typedArray(dtype: DType, buffer: ArrayBuffer): TensorData {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer);
  }
}
