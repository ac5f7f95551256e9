/** @module Element types of tensors. */

/** Element types that graphs use; names follow NumPy. */
export type DType = "float32" | "float64" | "int32" | "int64" | "uint8" | "bool";

/** Host data of a tensor: booleans and bytes share `Uint8Array`. */
export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** Whether cotangents flow through tensors of this type. */
export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** Packs numbers into the array type of `dtype`. */
export function packData(dtype: DType, values: ArrayLike<number>): TensorData {
  switch (dtype) {
    case "float32":
      return Float32Array.from(values);
    case "float64":
      return Float64Array.from(values);
    case "int32":
      return Int32Array.from(values);
    case "int64":
      return BigInt64Array.from(Array.from(values, BigInt));
    case "uint8":
    case "bool":
      return Uint8Array.from(values);
  }
}
