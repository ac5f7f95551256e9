/** @module Novelty: how far inputs lie from the training samples, and whether image and text belong together. */

import type { PreparedSplit } from "../prepare/prepared.js";
import {
  cast,
  div,
  equal,
  log,
  maximum,
  mul,
  sqrt,
  square,
  sub,
} from "../graph/functions/elementwise.js";
import { gemm, matmul } from "../graph/functions/linear.js";
import { max, sum } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";
import type { ModelConfig, LabelSpace } from "../model/config.js";
import { bySide, type Sides } from "../model/network.js";
import { randomStream } from "../random.js";
import type { Runtime } from "../runtime/session.js";
import { representationsOf } from "../train/representations.js";
import type { TrainingState } from "../train/step.js";
import { canonicalSpace } from "./canonical.js";
import { centred, coordinates, principalSubspace, type Rows, samplesIn } from "./subspace.js";
import type { Modality } from "../data/dataset.js";

/** Signals of each sample, `[batch]`. */
export const SIGNALS = [
  "imageNovelty",
  "textNovelty",
  "similarity",
  "imageTypical",
  "textTypical",
  "imageOfText",
  "textOfImage",
] as const;

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
  /** Inverse deviation of the coordinates in the subspace, `[dimensions]`. */
  readonly spread: Float32Array;
  /** Direction of each class's mean in coordinates of equal deviation, of length 1 or 0, `[classes, dimensions]`. */
  readonly prototypes: Float32Array;
}

/** Where the training samples lie; travels with the model. */
export type Novelty = Readonly<Record<Modality, Familiar>>;

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
 * - `imageTypical`, `textTypical`: cosine of an input with the prototype of the class that its own head answers.
 * - `imageOfText`, `textOfImage`: how much more typical the image is of the class that the text's head answers, and
 *   the text of the image's.
 *
 * @param features - What the embedding layers get, `[batch, size]` each.
 * @param heads - Logits of the unimodal heads, `[batch, classes]` each.
 */
export function noveltySignals(
  features: Sides,
  heads: Sides,
  novelty: Novelty,
): Record<Signal, Tensor> {
  const answered = bySide((side) => chosen(heads[side]));
  const sides = bySide((side, other) => {
    const { mean, basis, shared, spread, prototypes } = novelty[side];
    const { graph } = features[side];
    const size = mean.length;
    const map = (values: Float32Array): Tensor =>
      graph.constant("float32", [size, values.length / size], values);
    const x = sub(features[side], graph.constant("float32", [1, size], mean));
    const squares = (tensor: Tensor): Tensor => sum(square(tensor), { axes: [1] });
    const length = squares(x);
    const point = matmul(x, map(basis));
    const residual = sub(length, squares(point));
    const least = maximum(mul(length, ROUNDING), TINY);
    const z = matmul(x, map(shared));
    const scaled = mul(point, graph.constant("float32", [1, spread.length], spread));
    const classes = prototypes.length / spread.length;
    const directions = graph.constant("float32", [classes, spread.length], prototypes);
    const products = gemm(scaled, directions, { transposeB: true }); // [batch, classes]
    const of = (one: Tensor): Tensor =>
      div(sum(mul(products, one), { axes: [1] }), maximum(sqrt(squares(scaled)), TINY));
    const typical = of(answered[side]);
    return {
      ...{ novelty: log(maximum(residual, least)), z, length: sqrt(squares(z)) },
      ...{ typical, ofOther: sub(of(answered[other]), typical) },
    };
  });
  const { image, text } = sides;
  const product = sum(mul(image.z, text.z), { axes: [1] });
  return {
    imageNovelty: image.novelty,
    textNovelty: text.novelty,
    similarity: div(product, maximum(mul(image.length, text.length), TINY)),
    imageTypical: image.typical,
    textTypical: text.typical,
    imageOfText: image.ofOther,
    textOfImage: text.ofOther,
  };
}

/** 1 for the likeliest class of each row, shared where several are, `[batch, classes]`. */
function chosen(logits: Tensor): Tensor {
  const most = cast(equal(logits, max(logits, { axes: [1], keep: true })), "float32");
  return div(most, sum(most, { axes: [1], keep: true }));
}

/** Samples that have both modalities, drawn by seed where there are more than are needed. */
function rowsOf({ size, imagePresent, textPresent }: PreparedSplit): number[] {
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

/** Inverse deviation of each coordinate; 0 of those that do not vary. */
function spreadOf(points: readonly Float64Array[]): Float32Array {
  return Float32Array.from(points[0]!, (_, k) => {
    const squares = points.reduce((total, point) => total + point[k]! ** 2, 0);
    return squares > 0 ? Math.sqrt(points.length / squares) : 0;
  });
}

/** Direction of each class's mean point, `[classes, dimensions]`; zeros for a class without samples. */
function prototypesOf(
  points: readonly Float64Array[],
  spread: Float32Array,
  labelled: (sample: number, label: number) => boolean,
  classes: number,
): Float32Array {
  const dimensions = spread.length;
  const prototypes = new Float32Array(classes * dimensions);
  for (let label = 0; label < classes; label++) {
    const own = points.filter((_, sample) => labelled(sample, label));
    const sums = Array.from(spread, (scale, k) =>
      own.reduce((total, point) => total + scale * point[k]!, 0),
    );
    const length = Math.hypot(...sums);
    if (length > 0) {
      prototypes.set(
        sums.map((value) => value / length),
        label * dimensions,
      );
    }
  }
  return prototypes;
}

/**
 * Learns where the training samples lie, from those that have both modalities.
 *
 * @param state - The model's parameters: the space is that of its encoders.
 * @returns `null` where fewer than eight samples have both modalities.
 */
export async function fitNovelty(
  runtime: Runtime,
  train: PreparedSplit,
  model: ModelConfig,
  labels: LabelSpace,
  state: TrainingState,
): Promise<Novelty | null> {
  const rows = rowsOf(train);
  if (rows.length < 8 || model.modalities !== "both") return null;
  const features = await representationsOf({ runtime, model, labels, state }, train, rows);
  const learn = async (side: Modality) => {
    const subspace = await principalSubspace(runtime, features[side], dimensionsOf(features[side]));
    return { subspace, points: coordinates(centred(features[side], subspace.mean), subspace) };
  };
  const sides = { image: await learn("image"), text: await learn("text") };
  const maps = canonicalSpace(sides.image.points, sides.text.points);
  const { classes } = labels;
  const labelled = (sample: number, label: number): boolean =>
    train.targets[rows[sample]! * classes + label] === 1;
  return bySide((side) => {
    const { subspace, points } = sides[side];
    const { mean, basis } = subspace;
    const spread = spreadOf(points);
    return {
      ...{ mean, basis, spread },
      shared: composed(basis, mean.length, maps[side].to2DArray()),
      prototypes: prototypesOf(points, spread, labelled, classes),
    };
  });
}
