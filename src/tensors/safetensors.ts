/** @module The safetensors format: named tensors with a JSON header, readable by PyTorch and others. */

import type { DType, TensorData } from "../graph/dtype.js";
import type { HostTensor } from "../runtime/session.js";

const NAMES: Readonly<Record<DType, string>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  int64: "I64",
  uint8: "U8",
  bool: "BOOL",
};

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const HEADER_LENGTH_BYTES = 8;

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

/**
 * Parses a safetensors file; tensors are copies.
 *
 * @throws {RangeError} saying what is wrong, when the bytes are truncated or are no such file.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const header = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header.json;
  const tensors = new Map<string, HostTensor>();
  for (const [name, value] of Object.entries(entries)) {
    tensors.set(name, readTensor(name, value as Entry, bytes, header.end));
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

function readHeader(bytes: Uint8Array): { json: Record<string, unknown>; end: number } {
  if (bytes.length < HEADER_LENGTH_BYTES) throw new RangeError("the file is too short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = HEADER_LENGTH_BYTES + Number(view.getBigUint64(0, true));
  if (end > bytes.length) throw new RangeError("the header is cut off or not a safetensors header");
  try {
    const text = new TextDecoder().decode(bytes.subarray(HEADER_LENGTH_BYTES, end));
    return { json: JSON.parse(text) as Record<string, unknown>, end };
  } catch {
    throw new RangeError("the header is not JSON");
  }
}

function readTensor(name: string, entry: Entry, bytes: Uint8Array, start: number): HostTensor {
  const [from, to] = entry.data_offsets;
  if (start + to > bytes.length) throw new RangeError(`tensor "${name}" is cut off`);
  const dtype = (Object.keys(NAMES) as DType[]).find((key) => NAMES[key] === entry.dtype);
  if (!dtype) throw new RangeError(`tensor "${name}" has the unknown type ${entry.dtype}`);
  // A copy, not slice(): Node's Buffer overrides it with a view of shared memory.
  const { buffer } = new Uint8Array(bytes.subarray(start + from, start + to));
  const data = typedArray(dtype, buffer);
  const size = entry.shape.reduce((product, dim) => product * dim, 1);
  if (data.length !== size) throw new RangeError(`tensor "${name}" does not fill its shape`);
  return { dtype, shape: entry.shape, data };
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
