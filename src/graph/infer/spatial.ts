/** @module Shape inference of convolutions and pooling, any number of spatial axes. */

import { type Attributes, intOf, intsOf } from "../attributes.js";
import { type Dim, mulDims, type Shape, ShapeError } from "../shape.js";
import { checkRank, type InferRule, required, sameDType } from "./rule.js";

/** Geometry of a window that slides over the spatial axes. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before each spatial axis. */
  readonly before: readonly number[];
  /** Padding after each spatial axis. */
  readonly after: readonly number[];
}

/** Reads a window from ONNX attributes; `kernel` comes from the weight where there is one. */
export function windowOf(attributes: Attributes, kernel: readonly number[]): Window {
  const rank = kernel.length;
  const ones = kernel.map(() => 1);
  const pads = intsOf(attributes, "pads", [...ones, ...ones].fill(0));
  return {
    kernel,
    strides: intsOf(attributes, "strides", ones),
    dilations: intsOf(attributes, "dilations", ones),
    before: pads.slice(0, rank),
    after: pads.slice(rank),
  };
}

/** Sizes of the spatial axes, which must be known. */
export function spatialSizes(op: string, shape: Shape): number[] {
  return shape.slice(2).map((dim) => {
    if (typeof dim === "number") return dim;
    throw new ShapeError(op, "spatial dimensions must be known", shape);
  });
}

/** Spatial sizes after the window. */
export function slide(op: string, shape: Shape, window: Window): number[] {
  return spatialSizes(op, shape).map((size, axis) => {
    const reach = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
    const room = size + window.before[axis]! + window.after[axis]! - reach;
    if (room < 0)
      throw new ShapeError(op, "the window must fit into the padded input", shape, window.kernel);
    return Math.floor(room / window.strides[axis]!) + 1;
  });
}

/** Kernel sizes of a convolution weight `[out, in / groups, ...kernel]`. */
export function kernelOf(op: string, weight: Shape): number[] {
  return spatialSizes(op, weight);
}

const conv: InferRule = (inputs, attributes, op) => {
  const x = required(inputs, 0, op);
  const w = required(inputs, 1, op);
  checkRank(op, w, x.shape.length);
  const group = intOf(attributes, "group", 1);
  if (x.shape[1] !== mulDims(w.shape[1]!, group)) {
    throw new ShapeError(op, `channels must be ${group} times the weight's`, x.shape, w.shape);
  }
  const window = windowOf(attributes, kernelOf(op, w.shape));
  return [
    {
      dtype: sameDType(op, x, w),
      shape: [x.shape[0]!, w.shape[0]!, ...slide(op, x.shape, window)],
    },
  ];
};

const convTranspose: InferRule = (inputs, attributes, op) => {
  const x = required(inputs, 0, op);
  const w = required(inputs, 1, op);
  checkRank(op, w, x.shape.length);
  if (x.shape[1] !== w.shape[0]) {
    throw new ShapeError(op, "channels must equal the weight's first axis", x.shape, w.shape);
  }
  const { kernel, strides, dilations, before, after } = windowOf(attributes, kernelOf(op, w.shape));
  const extra = intsOf(
    attributes,
    "output_padding",
    kernel.map(() => 0),
  );
  const sizes = spatialSizes(op, x.shape).map(
    (size, axis) =>
      (size - 1) * strides[axis]! +
      extra[axis]! +
      (kernel[axis]! - 1) * dilations[axis]! +
      1 -
      before[axis]! -
      after[axis]!,
  );
  const channels = mulDims(w.shape[1]!, intOf(attributes, "group", 1));
  return [{ dtype: sameDType(op, x, w), shape: [x.shape[0]!, channels, ...sizes] }];
};

const pool: InferRule = (inputs, attributes, op) => {
  const x = required(inputs, 0, op);
  const window = windowOf(attributes, intsOf(attributes, "kernel_shape", []));
  checkRank(op, x, window.kernel.length + 2);
  return [{ dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...slide(op, x.shape, window)] }];
};

const globalPool: InferRule = (inputs, _, op) => {
  const x = required(inputs, 0, op);
  return [{ dtype: x.dtype, shape: x.shape.map((dim, axis): Dim => (axis < 2 ? dim : 1)) }];
};

export const spatialInfer = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  GlobalAveragePool: globalPool,
} satisfies Record<string, InferRule>;
