/** @module Novelty: how far inputs lie from the training samples, and whether image and text belong together. */

import type { EncodedSplit } from "../encode/encoded.js";
import { div, log, maximum, mul, sqrt, square, sub } from "../graph/functions/elementwise.js";
import { matmul } from "../graph/functions/linear.js";
import { sum } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";
import type { ModelConfig, ModelTask } from "../model/config.js";
import { bySide, type Side, type Sides } from "../model/network.js";
import { randomStream } from "../random.js";
import type { Runtime } from "../runtime/session.js";
import type { TrainingState } from "../train/step.js";
import { canonicalSpace } from "./canonical.js";
import { representationsOf } from "./representations.js";
import { centred, coordinates, principalSubspace, type Rows, samplesIn } from "./subspace.js";

/** Signals of each sample, `[batch]`. */
export const SIGNALS = ["imageNovelty", "textNovelty", "similarity"] as const;

/** One of {@link SIGNALS}. */
export type Signal = (typeof SIGNALS)[number];

/** Where the training samples of one modality lie. */
export interface Familiar {
  /** `[size]`. */
  readonly mean: Float32Array;
  /** Orthonormal directions of the largest variance, `[size, dimensions]`. */
  readonly basis: Float32Array;
  /** Map into the space that both modalities share, `[size, shared]`. */
  readonly shared: Float32Array;
}

/** Where the training samples lie; travels with the model. */
export type Novelty = Readonly<Record<Side, Familiar>>;

const DIMENSIONS = 64;
/** Training samples that are looked at; more tell no more. */
const MOST_SAMPLES = 4096;
// Far below any length of real features; only guards the logarithm and the cosine.
const TINY = 1e-9;
/** Share of the squared length below which a residual is rounding, which differs between machines. */
const ROUNDING = 1e-5;

/**
 * Signals about inputs, `[batch]` each.
 *
 * - `imageNovelty`, `textNovelty`: logarithm of the squared distance from the training samples' principal
 *   subspace, at least 1e-5 of that from their mean. Noisy and foreign inputs lie further away.
 * - `similarity`: cosine of image and text in the space of their canonical correlations, `-1..1`.
 *
 * @param features - What the embedding layers get, `[batch, size]` each.
 */
export function noveltySignals(features: Sides, novelty: Novelty): Record<Signal, Tensor> {
  const sides = bySide((side) => {
    const { mean, basis, shared } = novelty[side];
    const { graph } = features[side];
    const size = mean.length;
    const map = (values: Float32Array): Tensor =>
      graph.constant("float32", [size, values.length / size], values);
    const x = sub(features[side], graph.constant("float32", [1, size], mean));
    const squares = (tensor: Tensor): Tensor => sum(square(tensor), { axes: [1] });
    const length = squares(x);
    const residual = sub(length, squares(matmul(x, map(basis))));
    const least = maximum(mul(length, ROUNDING), TINY);
    const z = matmul(x, map(shared));
    return { novelty: log(maximum(residual, least)), z, length: sqrt(squares(z)) };
  });
  const { image, text } = sides;
  const product = sum(mul(image.z, text.z), { axes: [1] });
  return {
    imageNovelty: image.novelty,
    textNovelty: text.novelty,
    similarity: div(product, maximum(mul(image.length, text.length), TINY)),
  };
}

/** Samples that have both modalities, drawn by seed where there are more than are needed. */
function rowsOf({ size, imagePresent, textPresent }: EncodedSplit): number[] {
  const whole = [...Array(size).keys()].filter((row) => imagePresent[row] && textPresent[row]);
  if (whole.length <= MOST_SAMPLES) return whole;
  return randomStream(0, "novelty").shuffle(whole).slice(0, MOST_SAMPLES);
}

/** Directions that so many samples of features of a length can support. */
const dimensionsOf = (rows: Rows): number =>
  Math.max(1, Math.min(DIMENSIONS, Math.floor(samplesIn(rows) / 4), Math.floor(rows.size / 2)));

/** `[size, dimensions] @ [dimensions, shared]`. */
function composed(basis: Float32Array, size: number, map: number[][]): Float32Array {
  const [dimensions, shared] = [map.length, map[0]!.length];
  return Float32Array.from({ length: size * shared }, (_, at) => {
    const [i, k] = [Math.floor(at / shared), at % shared];
    let total = 0;
    for (let d = 0; d < dimensions; d++) total += basis[i * dimensions + d]! * map[d]![k]!;
    return total;
  });
}

/**
 * Learns where the training samples lie, from those that have both modalities.
 *
 * @param state - The model's parameters: the space is that of its encoders.
 * @returns `null` where fewer than eight samples have both modalities.
 */
export async function fitNovelty(
  runtime: Runtime,
  train: EncodedSplit,
  model: ModelConfig,
  task: ModelTask,
  state: TrainingState,
): Promise<Novelty | null> {
  const rows = rowsOf(train);
  if (rows.length < 8 || model.modalities !== "both") return null;
  const features = await representationsOf(runtime, model, task, state, train, rows);
  const learn = async (side: Side) => {
    const subspace = await principalSubspace(runtime, features[side], dimensionsOf(features[side]));
    return { subspace, points: coordinates(centred(features[side], subspace.mean), subspace) };
  };
  const sides = { image: await learn("image"), text: await learn("text") };
  const maps = canonicalSpace(sides.image.points, sides.text.points);
  return bySide((side) => {
    const { mean, basis } = sides[side].subspace;
    return { mean, basis, shared: composed(basis, mean.length, maps[side].to2DArray()) };
  });
}
