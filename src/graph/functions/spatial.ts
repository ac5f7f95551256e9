/** @module Convolution and pooling over `[batch, channels, ...spatial]`. */

import { type Attributes, int, ints } from "../attributes.js";
import type { Tensor } from "../tensor.js";

/** Geometry of a convolution; defaults: stride 1, no padding, dilation 1, one group. */
export interface ConvOptions {
  readonly strides?: readonly number[];
  /** Padding before all spatial axes, then after all of them (ONNX order). */
  readonly pads?: readonly number[];
  readonly dilations?: readonly number[];
  readonly group?: number;
  readonly bias?: Tensor;
}

function geometry(options: ConvOptions): Attributes {
  return {
    ...(options.strides && { strides: ints(options.strides) }),
    ...(options.pads && { pads: ints(options.pads) }),
    ...(options.dilations && { dilations: ints(options.dilations) }),
    ...(options.group !== undefined && options.group !== 1 && { group: int(options.group) }),
  };
}

/** Cross-correlation of `x` with a weight `[out, in / group, ...kernel]`. */
export function conv(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  const inputs = options.bias ? [x, weight, options.bias] : [x, weight];
  return x.graph.apply("Conv", inputs, geometry(options))[0]!;
}

/** Transposed convolution of `x` with a weight `[in, out / group, ...kernel]`. */
export function convTranspose(
  x: Tensor,
  weight: Tensor,
  options: ConvOptions & { readonly outputPadding?: readonly number[] } = {},
): Tensor {
  const inputs = options.bias ? [x, weight, options.bias] : [x, weight];
  const { outputPadding } = options;
  return x.graph.apply("ConvTranspose", inputs, {
    ...geometry(options),
    ...(outputPadding?.some((extra) => extra !== 0) && { output_padding: ints(outputPadding) }),
  })[0]!;
}

/** Geometry of a pooling window; the stride defaults to 1 as in ONNX. */
export interface PoolOptions {
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly pads?: readonly number[];
  /** Distance of the window's elements; only {@link maxPool} has one other than 1. */
  readonly dilations?: readonly number[];
}

function pool(op: "MaxPool" | "AveragePool", x: Tensor, options: PoolOptions): Tensor {
  return x.graph.apply(op, [x], { kernel_shape: ints(options.kernel), ...geometry(options) })[0]!;
}

/** Maximum over each window; of equal maxima the first takes the cotangent, as in PyTorch. */
export const maxPool = (x: Tensor, options: PoolOptions): Tensor => pool("MaxPool", x, options);

/** Mean over each window, padding not counted. */
export const averagePool = (x: Tensor, options: PoolOptions): Tensor =>
  pool("AveragePool", x, options);

/** Mean over all spatial axes, which stay with size 1. */
export const globalAveragePool = (x: Tensor): Tensor => x.graph.apply("GlobalAveragePool", [x])[0]!;
