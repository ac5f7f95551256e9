/** @module Vector-Jacobian products of convolutions, from standard operators only. */

import { intOf } from "../attributes.js";
import { concat, pad, reshape, slice, transpose } from "../functions/layout.js";
import { gemm } from "../functions/linear.js";
import { sum } from "../functions/reduce.js";
import { conv, convTranspose } from "../functions/spatial.js";
import { kernelOf, spatialSizes, type Window, windowOf } from "../infer/spatial.js";
import { mulDims, sizeOf } from "../shape.js";
import type { Node, Tensor } from "../tensor.js";
import { inputOf, type VjpRule } from "./rule.js";

// Unfolding wins for small windows; beyond that one wide convolution does (measured on CPU).
const UNFOLDED_KERNEL_SIZE = 25;

/** Offsets of all taps of a window, last axis fastest. */
export function taps(window: Window): number[][] {
  return window.kernel.reduce<number[][]>(
    (offsets, size, axis) =>
      offsets.flatMap((offset) =>
        Array.from({ length: size }, (_, at) => [...offset, at * window.dilations[axis]!]),
      ),
    [[]],
  );
}

/** The strided part of the padded input `[.., .., ...spatial]` that one tap sees. */
export function tapOf(
  padded: Tensor,
  offset: readonly number[],
  window: Window,
  sizes: readonly number[],
): Tensor {
  return slice(
    padded,
    offset.map((start, axis) => ({
      axis: axis + 2,
      start,
      end: start + (sizes[axis]! - 1) * window.strides[axis]! + 1,
      step: window.strides[axis]!,
    })),
  );
}

/** Axes 0 and 1 swapped. */
const swap = (x: Tensor): Tensor => transpose(x, [1, 0, ...[...x.shape.keys()].slice(2)]);

/** Weight gradient as one matrix product over unfolded windows; one group. */
function unfoldedWeightGradient(x: Tensor, ct: Tensor, window: Window): Tensor {
  const sizes = spatialSizes("Conv", ct.shape);
  const [channels, outputs] = [x.shape[1]!, ct.shape[1]!];
  const padded = pad(swap(x), [0, 0, ...window.before], [0, 0, ...window.after]);
  const columns = taps(window).map((offset) => {
    const tap = tapOf(padded, offset, window, sizes); // [channels, batch, ...sizes]
    return reshape(tap, [channels, sizeOf(tap.shape.slice(1))]);
  });
  const rows = reshape(swap(ct), [outputs, sizeOf([ct.shape[0]!, ...sizes])]);
  const product = gemm(rows, concat(columns, 0), { transposeB: true }); // [out, taps * channels]
  const byTap = reshape(product, [outputs, columns.length, channels]);
  return reshape(transpose(byTap, [0, 2, 1]), [outputs, channels, ...window.kernel]);
}

/** Weight gradient as a convolution of the input with the cotangent; any groups. */
function convolvedWeightGradient(x: Tensor, ct: Tensor, window: Window, group: number): Tensor {
  const [batch, channels, ...spatial] = x.shape as [string, number, ...number[]];
  const perGroup = channels / group;
  const split = reshape(x, [batch, group, perGroup, ...spatial]);
  const order = [2, 1, 0, ...spatial.map((_, axis) => axis + 3)];
  const image = reshape(transpose(split, order), [perGroup, mulDims(batch, group), ...spatial]);
  const full = conv(image, swap(ct), {
    pads: [...window.before, ...window.after],
    dilations: window.strides,
    strides: window.dilations,
    group,
  });
  // A stride that does not divide the input leaves rows that no tap ever saw.
  const cut = slice(
    full,
    window.kernel.map((end, axis) => ({ axis: axis + 2, start: 0, end })),
  );
  return swap(cut);
}

/** Gradient of a convolution's weight `[out, in / group, ...kernel]`. */
function weightGradient(x: Tensor, ct: Tensor, window: Window, group: number): Tensor {
  const small = window.kernel.reduce((product, size) => product * size, 1) <= UNFOLDED_KERNEL_SIZE;
  return group === 1 && small
    ? unfoldedWeightGradient(x, ct, window)
    : convolvedWeightGradient(x, ct, window, group);
}

/** Padding of the transposed convolution so that its output has the input's size. */
function outputPadding(x: Tensor, ct: Tensor, window: Window): number[] {
  const sizes = spatialSizes("Conv", ct.shape);
  return spatialSizes("Conv", x.shape).map(
    (size, axis) =>
      size -
      ((sizes[axis]! - 1) * window.strides[axis]! +
        (window.kernel[axis]! - 1) * window.dilations[axis]! +
        1 -
        window.before[axis]! -
        window.after[axis]!),
  );
}

interface Geometry {
  readonly window: Window;
  readonly group: number;
  readonly options: {
    readonly strides: readonly number[];
    readonly pads: readonly number[];
    readonly dilations: readonly number[];
    readonly group: number;
  };
}

function geometryOf(node: Node): Geometry {
  const window = windowOf(node.attributes, kernelOf(node.op, inputOf(node, 1).shape));
  const group = intOf(node.attributes, "group", 1);
  const pads = [...window.before, ...window.after];
  const { strides, dilations } = window;
  return { window, group, options: { strides, pads, dilations, group } };
}

const biasGradient = (ct: Tensor): Tensor =>
  sum(ct, { axes: [...ct.shape.keys()].filter((axis) => axis !== 1) });

const convRule: VjpRule = (ct, node) => {
  const x = inputOf(node, 0);
  const { window, group, options } = geometryOf(node);
  return [
    () =>
      convTranspose(ct, inputOf(node, 1), {
        ...options,
        outputPadding: outputPadding(x, ct, window),
      }),
    () => weightGradient(x, ct, window, group),
    () => biasGradient(ct),
  ];
};

/** The transposed convolution is the convolution's transpose, so input and cotangent change roles. */
const convTransposeRule: VjpRule = (ct, node) => {
  const { window, group, options } = geometryOf(node);
  return [
    () => conv(ct, inputOf(node, 1), options),
    () => weightGradient(ct, inputOf(node, 0), window, group),
    () => biasGradient(ct),
  ];
};

export const convVjp = {
  Conv: convRule,
  ConvTranspose: convTransposeRule,
} satisfies Record<string, VjpRule>;
