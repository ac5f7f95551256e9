/** @module From an encoder's output to one vector per sample. */

import { UserError } from "../../errors.js";
import type { HostTensor } from "../../runtime/session.js";
import type { PretrainedEncoder } from "../pretrained/encoder.js";

/** Means over the first positions of each sample, `[batch, positions, size]` to `[batch, size]`. */
function meanOfPositions(
  data: Float32Array,
  positions: number,
  size: number,
  lengths: readonly number[],
): Float32Array {
  const means = new Float32Array(lengths.length * size);
  lengths.forEach((length, sample) => {
    for (let position = 0; position < length; position++) {
      const from = (sample * positions + position) * size;
      for (let at = 0; at < size; at++) means[sample * size + at]! += data[from + at]! / length;
    }
  });
  return means;
}

/** Means over pixels, `[batch, size, height, width]` to `[batch, size]`. */
function meanOfPixels(data: Float32Array, pixels: number): Float32Array {
  const means = new Float32Array(data.length / pixels);
  for (let at = 0; at < data.length; at++) means[Math.floor(at / pixels)]! += data[at]! / pixels;
  return means;
}

/**
 * One vector per sample.
 *
 * @param output - `[batch, size]`, `[batch, positions, size]`, or maps `[batch, size, height, width]`.
 * @param lengths - Number of tokens of each sample; `null` for pictures, whose positions all count.
 * @returns `[batch, size]`.
 * @throws {UserError} where the output has another shape than the encoder's pooling and size say.
 */
export function pooled(
  { shape, data }: HostTensor,
  { name, pooling, size }: PretrainedEncoder,
  lengths: readonly number[] | null,
): Float32Array {
  const [batch = 0, positions = 0] = shape;
  if (data instanceof Float32Array) {
    if (pooling.kind === "none" && data.length === batch * size) return data;
    if (shape.length === 3 && shape[2] === size) {
      const counts =
        pooling.kind === "cls"
          ? new Array<number>(batch).fill(1)
          : (lengths ?? new Array<number>(batch).fill(positions));
      if (pooling.kind !== "none") return meanOfPositions(data, positions, size, counts);
    }
    if (shape.length === 4 && pooling.kind === "mean" && shape[1] === size) {
      return meanOfPixels(data, shape[2]! * shape[3]!);
    }
  }
  throw new UserError(
    `${name}: the output "${pooling.output}" has the shape [${shape.join(", ")}], which pooling "${pooling.kind}" does not turn into vectors of ${size} numbers.`,
    "Choose another output or pooling.",
  );
}
