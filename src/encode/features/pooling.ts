/** @module From an encoder's output to one vector per sample. */

import { UserError } from "../../errors.js";
import type { HostTensor } from "../../graph/hostTensor.js";
import {
  kindsOf,
  type PoolingKind,
  type PretrainedEncoder,
  type TextEncoder,
  type VectorStep,
} from "../pretrained/encoder.js";

/** What of an encoder pooling depends on. */
type PooledEncoder = Pick<PretrainedEncoder, "name" | "modality" | "pooling" | "size" | "steps"> &
  Pick<TextEncoder, "paddingSide">;

/** A text's own positions, or all of a picture's: from the first to before the last. */
type Range = readonly [first: number, end: number];

/** Share that each own position has in a vector; `null` where no sum gives it. */
function sharesOf(kind: PoolingKind, count: number): ((at: number) => number) | null {
  switch (kind) {
    case "cls":
      return (at) => (at === 0 ? 1 : 0);
    case "lasttoken":
      return (at) => (at === count - 1 ? 1 : 0);
    case "mean":
      return () => 1 / count;
    case "mean_sqrt_len_tokens":
      return () => 1 / Math.sqrt(count);
    case "weightedmean":
      return (at) => (2 * (at + 1)) / (count * (count + 1));
    case "max":
      return null;
  }
}

/** One vector of the own positions of one sample. */
function poolPositions(
  data: Float32Array,
  width: number,
  [first, end]: Range,
  kind: PoolingKind,
  target: Float32Array,
): void {
  const share = sharesOf(kind, end - first);
  if (!share) target.fill(first < end ? -Infinity : 0);
  for (let position = first; position < end; position++) {
    const from = position * width;
    const weight = share?.(position - first) ?? 0;
    if (share && weight === 0) continue;
    for (let at = 0; at < width; at++) {
      const value = data[from + at]!;
      target[at] = share ? target[at]! + weight * value : Math.max(target[at]!, value);
    }
  }
}

/** Means over pixels, `[batch, size, height, width]` to `[batch, size]`. */
function meanOfPixels(data: Float32Array, pixels: number): Float32Array {
  const means = new Float32Array(data.length / pixels);
  for (let at = 0; at < data.length; at++) means[Math.floor(at / pixels)]! += data[at]! / pixels;
  return means;
}

type Dense = Extract<VectorStep, { readonly type: "dense" }>;

const ACTIVATED: Readonly<Record<Dense["activation"], (x: number) => number>> = {
  Identity: (x) => x,
  Tanh: Math.tanh,
  ReLU: (x) => Math.max(0, x),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

function dense(
  x: Float32Array,
  { weight, bias, inputs, outputs, activation }: Dense,
): Float32Array {
  const activated = ACTIVATED[activation];
  return Float32Array.from({ length: outputs }, (_, output) => {
    let sum = bias[output]!;
    for (let at = 0; at < inputs; at++) sum += weight[output * inputs + at]! * x[at]!;
    return activated(sum);
  });
}

/** Smallest length that a vector is divided by, as in PyTorch. */
const SHORTEST = 1e-12;

function normalized(x: Float32Array): Float32Array {
  const length = Math.max(SHORTEST, Math.sqrt(x.reduce((sum, value) => sum + value * value, 0)));
  return x.map((value) => value / length);
}

/** Vectors after the steps that follow pooling. */
function afterSteps(
  vectors: Float32Array,
  batch: number,
  steps: readonly VectorStep[],
): Float32Array {
  if (steps.length === 0) return vectors;
  const size = vectors.length / batch;
  const rows = Array.from({ length: batch }, (_, sample) =>
    steps.reduce<Float32Array>(
      (x, step) => (step.type === "dense" ? dense(x, step) : normalized(x)),
      vectors.subarray(sample * size, (sample + 1) * size),
    ),
  );
  const result = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  rows.forEach((row, sample) => {
    result.set(row, sample * row.length);
  });
  return result;
}

/** Pools an output; `null` where it has not the shape for that. */
function pool(
  { shape, data }: HostTensor,
  encoder: PooledEncoder,
  lengths: readonly number[] | null,
): Float32Array | null {
  const { pooling } = encoder;
  const [batch = 0, positions = 0, width = 0] = shape;
  if (!(data instanceof Float32Array)) return null;
  const kinds = kindsOf(pooling);
  if (kinds.length === 0) return data;
  if (shape.length === 4 && pooling.kind === "mean") {
    return meanOfPixels(data, shape[2]! * shape[3]!);
  }
  if (shape.length !== 3) return null;
  const isLeft = encoder.modality === "text" && encoder.paddingSide === "left";
  const vectors = new Float32Array(batch * kinds.length * width);
  for (let sample = 0; sample < batch; sample++) {
    const own = data.subarray(sample * positions * width, (sample + 1) * positions * width);
    const length = lengths?.[sample] ?? positions;
    const range: Range = isLeft ? [positions - length, positions] : [0, length];
    kinds.forEach((kind, at) => {
      const start = (sample * kinds.length + at) * width;
      poolPositions(own, width, range, kind, vectors.subarray(start, start + width));
    });
  }
  return vectors;
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
  output: HostTensor,
  encoder: PooledEncoder,
  lengths: readonly number[] | null,
): Float32Array {
  const { name, pooling, size, steps = [] } = encoder;
  const { shape, dtype } = output;
  const [batch = 0] = shape;
  const vectors = pool(output, encoder, lengths);
  const result = vectors && afterSteps(vectors, batch, steps);
  if (result?.length === batch * size) return result;
  throw new UserError(
    `${name}: the output "${pooling.output}" has the shape [${shape.join(", ")}] (${dtype}), which pooling "${String(pooling.kind)}" does not turn into vectors of ${size} numbers.`,
    "Choose another output or pooling.",
  );
}
