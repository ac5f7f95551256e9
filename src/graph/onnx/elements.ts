/** @module Values of tensors in ONNX files, whatever their element type and place, as ours. */

import { DataError } from "../../errors.js";
import type { DType, TensorData } from "../dtype.js";
import { formatShape } from "../shape.js";
import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType } from "./onnx_pb.js";

/** A tensor of an ONNX file. Floating-point types of any width are float32 here. */
export interface OnnxTensor {
  readonly dtype: DType;
  /** The file's own element type in lower case, e.g. `float16` or `int8`. */
  readonly stored: string;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Reads a file of external data by its location, relative to the model's folder. */
export type ExternalData = (location: string) => Uint8Array;

// Plain numbers: the generated messages hold the type as one.
const types: Readonly<Record<keyof typeof TensorProto_DataType, number>> = TensorProto_DataType;

/** Our element type for ONNX's number of one; narrow integers are int32, floats float32. */
export function elementType(code: number): DType | undefined {
  switch (code) {
    case types.FLOAT:
    case types.FLOAT16:
    case types.BFLOAT16:
    case types.DOUBLE:
      return "float32";
    case types.INT8:
    case types.INT16:
    case types.UINT16:
    case types.INT32:
      return "int32";
    case types.INT64:
    case types.UINT32:
    case types.UINT64:
      return "int64";
    case types.UINT8:
      return "uint8";
    case types.BOOL:
      return "bool";
    default:
      return undefined;
  }
}

/** Name of ONNX's element type, for messages. */
export const elementName = (code: number): string =>
  TensorProto_DataType[code]?.toLowerCase() ?? `number ${code}`;

/** Value of half-precision bits. */
export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** float32 of 16-bit patterns, each translated once. */
function widen(bits: Uint16Array, code: number): Float32Array {
  if (code === types.BFLOAT16) {
    return new Float32Array(Uint32Array.from(bits, (value) => value << 16).buffer);
  }
  const table = new Float32Array(1 << 16);
  for (let pattern = 0; pattern < table.length; pattern++) table[pattern] = float16(pattern);
  return Float32Array.from(bits, (value) => table[value]!);
}

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): TypedArray;
}

type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

const ARRAYS: Readonly<Record<number, ArrayType>> = {
  [types.FLOAT]: Float32Array,
  [types.DOUBLE]: Float64Array,
  [types.FLOAT16]: Uint16Array,
  [types.BFLOAT16]: Uint16Array,
  [types.INT8]: Int8Array,
  [types.UINT8]: Uint8Array,
  [types.BOOL]: Uint8Array,
  [types.INT16]: Int16Array,
  [types.UINT16]: Uint16Array,
  [types.INT32]: Int32Array,
  [types.UINT32]: Uint32Array,
  [types.INT64]: BigInt64Array,
  [types.UINT64]: BigUint64Array,
};

/** Elements as stored, from raw bytes; copied only where they are not aligned. */
function rawElements(bytes: Uint8Array, code: number): TypedArray {
  const Type = ARRAYS[code]!;
  // Node's Buffer overrides slice() with a view: only a new array is aligned.
  const aligned = bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  const count = Math.floor(bytes.length / Type.BYTES_PER_ELEMENT);
  return new Type(aligned.buffer, aligned.byteOffset, count);
}

/** Elements as stored, from the typed fields of a tensor. */
function fieldElements(proto: TensorProto, code: number): TypedArray {
  switch (code) {
    case types.FLOAT:
      return Float32Array.from(proto.floatData);
    case types.DOUBLE:
      return Float64Array.from(proto.doubleData);
    case types.INT64:
      return BigInt64Array.from(proto.int64Data);
    case types.UINT32:
      return Uint32Array.from(proto.uint64Data, Number);
    case types.UINT64:
      return BigUint64Array.from(proto.uint64Data);
    case types.FLOAT16:
    case types.BFLOAT16:
      return Uint16Array.from(proto.int32Data);
    default:
      return Int32Array.from(proto.int32Data);
  }
}

function externalBytes(proto: TensorProto, external: ExternalData | undefined): Uint8Array {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location");
  if (!location || !external) {
    throw new DataError(
      `The ONNX file keeps tensor "${proto.name}" in ${location ? `the file "${location}"` : "an unnamed file"}, which was not given.`,
      "Put the external data files next to the model.",
    );
  }
  const bytes = external(location);
  const offset = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? bytes.length - offset);
  if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) {
    throw new DataError(
      `External data "${location}": tensor "${proto.name}" needs bytes ${offset} to ${offset + length}, the file has ${bytes.length}.`,
      "Download the file again; it seems to be cut off.",
    );
  }
  return bytes.subarray(offset, offset + length);
}

function converted(elements: TypedArray, code: number): TensorData {
  switch (code) {
    case types.FLOAT16:
    case types.BFLOAT16:
      return widen(elements as Uint16Array, code);
    case types.DOUBLE:
      return Float32Array.from(elements as Float64Array);
    case types.UINT8:
    case types.BOOL:
      return Uint8Array.from(elements as Uint8Array);
    case types.INT8:
    case types.INT16:
    case types.UINT16:
      return Int32Array.from(elements as Int32Array);
    case types.UINT32:
      return BigInt64Array.from(Array.from(elements as Uint32Array, BigInt));
    case types.UINT64:
      return BigInt64Array.from(elements as BigUint64Array);
    default:
      return elements as TensorData;
  }
}

/**
 * Values of a tensor in an ONNX file.
 *
 * @throws {DataError} when the element type is unknown, or values are missing.
 */
export function readTensor(proto: TensorProto, external?: ExternalData): OnnxTensor {
  const code = proto.dataType;
  const dtype = elementType(code);
  const stored = elementName(code);
  const shape = proto.dims.map(Number);
  if (!dtype) {
    throw new DataError(
      `The ONNX file's tensor "${proto.name}" has element type ${stored}, which is not supported.`,
      "Use a model with float32 or float16 weights.",
    );
  }
  const raw =
    proto.dataLocation === TensorProto_DataLocation.EXTERNAL
      ? externalBytes(proto, external)
      : proto.rawData;
  const elements = raw.length > 0 ? rawElements(raw, code) : fieldElements(proto, code);
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (elements.length !== size) {
    throw new DataError(
      `The ONNX file's tensor "${proto.name}" of shape ${formatShape(shape)} needs ${size} values, it has ${elements.length}.`,
      "Download the file again; it seems to be damaged.",
    );
  }
  return { dtype, stored, shape, data: converted(elements, code) };
}
