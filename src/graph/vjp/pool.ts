/** @module Vector-Jacobian products of pooling, from standard operators only. */

import { intsOf } from "../attributes.js";
import { and, equal, mul, not, where } from "../functions/elementwise.js";
import { concat, expandLike, reshape, unsqueeze } from "../functions/layout.js";
import { convTranspose } from "../functions/spatial.js";
import { slide, spatialSizes, type Window, windowOf } from "../infer/spatial.js";
import type { Shape } from "../shape.js";
import type { Node, Tensor } from "../tensor.js";
import { tapOf, taps } from "./conv.js";
import { inputOf, type VjpRule } from "./rule.js";

// Below every activation, and finite so that no arithmetic on it makes NaN.
const LOWEST = -3.0e38;

const poolWindow = (node: Node): Window =>
  windowOf(node.attributes, intsOf(node.attributes, "kernel_shape", []));

/** Adds values at the places where a window's taps took them; `weight` says which tap is whose. */
function spread(
  values: Tensor,
  weight: Tensor,
  window: Window,
  input: Shape,
  group: number,
): Tensor {
  const sizes = spatialSizes("Pool", values.shape);
  const reached = sizes.map(
    (size, axis) =>
      (size - 1) * window.strides[axis]! +
      (window.kernel[axis]! - 1) * window.dilations[axis]! +
      1 -
      window.before[axis]! -
      window.after[axis]!,
  );
  return convTranspose(values, weight, {
    strides: window.strides,
    dilations: window.dilations,
    pads: [...window.before, ...window.after],
    group,
    outputPadding: spatialSizes("Pool", input).map((size, axis) => size - reached[axis]!),
  });
}

/** `x` padded with a value below all others, so that padding never wins. */
function padLowest(x: Tensor, window: Window): Tensor {
  const pads = [0, 0, ...window.before, 0, 0, ...window.after];
  if (pads.every((count) => count === 0)) return x;
  const { graph, dtype } = x;
  return graph.apply("Pad", [x, graph.integers(pads), graph.scalar(LOWEST, dtype)])[0]!;
}

/**
 * Each window's cotangent goes to the first tap that holds the maximum. The taps become channels
 * and one transposed convolution with a one-hot kernel puts them back.
 */
const maxPool: VjpRule = (ct, node) => [
  () => {
    const x = inputOf(node, 0);
    const y = node.outputs[0]!;
    const window = poolWindow(node);
    const sizes = spatialSizes(node.op, y.shape);
    const padded = padLowest(x, window);
    const offsets = taps(window);
    let free: Tensor | undefined;
    const shares = offsets.map((offset) => {
      const hit = equal(tapOf(padded, offset, window, sizes), y);
      const first = free ? and(hit, free) : hit;
      free = free ? and(free, not(hit)) : not(hit);
      return unsqueeze(where(first, ct, 0), [2]);
    });
    const [batch, channels] = x.shape as [string, number];
    const count = offsets.length;
    const stacked = reshape(concat(shares, 2), [batch, channels * count, ...sizes]);
    const weight = x.graph.constant(
      x.dtype,
      [channels * count, 1, ...window.kernel],
      Array.from({ length: channels * count * count }, (_, at) =>
        Math.floor(at / count) % count === at % count ? 1 : 0,
      ),
    );
    return spread(stacked, weight, window, x.shape, channels);
  },
];

/** Number of unpadded inputs under each window, `[1, 1, ...sizes]`. */
function windowCounts(x: Tensor, window: Window): Tensor {
  const inputs = spatialSizes("AveragePool", x.shape);
  const counts = slide("AveragePool", x.shape, window).map((size, axis) =>
    Array.from({ length: size }, (_, at) => {
      const start = at * window.strides[axis]! - window.before[axis]!;
      return Math.min(start + window.kernel[axis]!, inputs[axis]!) - Math.max(start, 0);
    }),
  );
  const products = counts.reduce<number[]>(
    (outer, inner) => outer.flatMap((a) => inner.map((b) => a * b)),
    [1],
  );
  const sizes = counts.map((list) => list.length);
  return x.graph.constant(
    x.dtype,
    [1, 1, ...sizes],
    products.map((count) => 1 / count),
  );
}

const averagePool: VjpRule = (ct, node) => [
  () => {
    const x = inputOf(node, 0);
    const window = poolWindow(node);
    const channels = x.shape[1] as number;
    const size = window.kernel.reduce((product, length) => product * length, channels);
    const ones = x.graph.constant(
      x.dtype,
      [channels, 1, ...window.kernel],
      new Array<number>(size).fill(1),
    );
    return spread(mul(ct, windowCounts(x, window)), ones, window, x.shape, channels);
  },
];

const globalAveragePool: VjpRule = (ct, node) => [
  () => {
    const x = inputOf(node, 0);
    const count = spatialSizes(node.op, x.shape).reduce((product, size) => product * size, 1);
    return expandLike(mul(ct, 1 / count), x);
  },
];

export const poolVjp = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
} satisfies Record<string, VjpRule>;
