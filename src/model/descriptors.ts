/** @module Fixed descriptors of raw inputs: what regressions look at where an encoder trains from scratch. */

import {
  abs,
  add,
  clip,
  div,
  maximum,
  mul,
  relu,
  sqrt,
  square,
  sub,
} from "../graph/functions/elementwise.js";
import {
  concat,
  reshape,
  slice,
  squeeze,
  transpose,
  unsqueeze,
} from "../graph/functions/layout.js";
import { matmul } from "../graph/functions/linear.js";
import { mean, sumSquare } from "../graph/functions/reduce.js";
import { conv } from "../graph/functions/spatial.js";
import type { Tensor } from "../graph/tensor.js";
import { countsLength, idCounts } from "../nn/layers.js";
import type { Descriptor } from "./inputs.js";
import { hasInput } from "./presence.js";

// Far below any length of a real descriptor; only guards the division for blank inputs.
const TINY = 1e-6;

/** Rows of length 1; rows of zeros stay so. */
const unit = (x: Tensor): Tensor =>
  div(x, maximum(sqrt(sumSquare(x, { axes: [1], keep: true })), TINY));

/** Counts of words and n-grams, each text's of length 1. */
export const countsOfIds = (ids: number): Descriptor => ({
  size: ids,
  of: (tokens) => {
    const counts = idCounts(tokens, ids);
    return div(counts, maximum(countsLength(counts, tokens), 1));
  },
});

/** Cells along each side of a picture, and directions of its edges in each. */
const CELLS = 4;
const DIRECTIONS = 8;
/** Levels of each colour channel. */
const LEVELS = 4;

/** Averages `side` pixels over {@link CELLS} cells, `[side, cells]`. */
function cellsOf(side: number): Float32Array {
  const result = new Float32Array(side * CELLS);
  for (let pixel = 0; pixel < side; pixel++) {
    result[pixel * CELLS + Math.floor((pixel * CELLS) / side)] = CELLS / side;
  }
  return result;
}

/**
 * Directions of edges in each cell, weighted by how strong these are, `[batch, 128]` of length 1.
 *
 * Source: Dalal and Triggs, "Histograms of oriented gradients for human detection", CVPR 2005; the square root is
 * theirs, too (section 6.3).
 */
function edges(pixels: Tensor, side: number): Tensor {
  const { graph } = pixels;
  const grey = mean(pixels, { axes: [1], keep: true }); // [batch, 1, side, side]
  const kernel = (values: readonly number[]): Tensor =>
    graph.constant("float32", [1, 1, 3, 3], values);
  const across = conv(grey, kernel([0, 0, 0, -1, 0, 1, 0, 0, 0]));
  const down = conv(grey, kernel([0, -1, 0, 0, 0, 0, 0, 1, 0]));
  const strength = sqrt(add(add(square(across), square(down)), TINY));
  // The doubled angle: an edge and its opposite are the same.
  const cosine = div(sub(square(across), square(down)), strength);
  const sine = div(mul(mul(across, down), 2), strength);
  const angles = Array.from({ length: DIRECTIONS }, (_, at) => (2 * Math.PI * at) / DIRECTIONS);
  const channel = (of: (angle: number) => number): Tensor =>
    graph.constant("float32", [1, DIRECTIONS, 1, 1], angles.map(of));
  const oriented = relu(add(mul(cosine, channel(Math.cos)), mul(sine, channel(Math.sin))));
  const inner = side - 2;
  const pool = graph.constant("float32", [inner, CELLS], cellsOf(inner));
  const rows = matmul(oriented, pool); // [batch, directions, inner, cells]
  const cells = matmul(transpose(rows, [0, 1, 3, 2]), pool);
  return unit(sqrt(reshape(cells, [pixels.shape[0]!, DIRECTIONS * CELLS * CELLS])));
}

/**
 * Shares of a picture's pixels near each of 64 colours, `[batch, 64]`; their square roots, which have length 1.
 *
 * Source: Swain and Ballard, "Color indexing", IJCV 1991; with the bins' borders softened.
 */
function colours(pixels: Tensor, side: number): Tensor {
  const { graph } = pixels;
  const batch = pixels.shape[0]!;
  const count = side * side;
  const bounded = reshape(clip(pixels, -1, 1), [batch, 3, 1, count]);
  const centres = Array.from({ length: LEVELS }, (_, at) => -1 + (2 * at) / (LEVELS - 1));
  const levels = graph.constant("float32", [1, 1, LEVELS, 1], centres);
  const distance = mul(abs(sub(bounded, levels)), (LEVELS - 1) / 2);
  const near = relu(sub(1, distance)); // [batch, 3, levels, pixels]
  const channel = (at: number): Tensor =>
    squeeze(slice(near, [{ axis: 1, start: at, end: at + 1 }]), [1]); // [batch, levels, pixels]
  const [red, green, blue] = [channel(0), channel(1), channel(2)];
  const each = mul(unsqueeze(red, [2]), unsqueeze(green, [1])); // [batch, levels, levels, pixels]
  const pairs = reshape(each, [batch, LEVELS * LEVELS, count]);
  const shares = matmul(pairs, transpose(blue, [0, 2, 1])); // [batch, levels * levels, levels]
  return unit(sqrt(reshape(shares, [batch, LEVELS ** 3])));
}

/** Side of the smallest pictures that have edges. */
export const SMALLEST_SIDE = 3;

/** Edges and colours of pictures, `[batch, 192]` of length 1; blank pictures give zeros. */
export const edgesAndColours = (side: number): Descriptor => ({
  size: DIRECTIONS * CELLS * CELLS + LEVELS ** 3,
  of(pixels) {
    const both = concat([edges(pixels, side), colours(pixels, side)], 1);
    return mul(mul(both, Math.SQRT1_2), hasInput(pixels));
  },
});
