/** @module Convolutions and pooling of ONNX files. */

import * as f from "../../../functions/elementwise.js";
import { pad } from "../../../functions/layout.js";
import * as spatial from "../../../functions/spatial.js";
import type { Shape } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";

/** A window as our functions take it. */
interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

function sizesOf(call: OperatorCall, shape: Shape): number[] {
  return shape
    .slice(2)
    .map((size) => (typeof size === "number" ? size : call.fail(`size ${size} must be known.`)));
}

/** The window of a node over an input of the given shape, automatic padding resolved. */
function geometryOf(call: OperatorCall, shape: Shape, kernel: readonly number[]): Geometry {
  const sizes = sizesOf(call, shape);
  const strides = call.ints("strides") ?? kernel.map(() => 1);
  const dilations = call.ints("dilations") ?? kernel.map(() => 1);
  const automatic = call.string("auto_pad", "NOTSET");
  if (automatic === "NOTSET" || automatic === "VALID") {
    const none = [...kernel, ...kernel].map(() => 0);
    const pads = (automatic === "NOTSET" ? call.ints("pads") : undefined) ?? none;
    const [before, after] = [pads.slice(0, kernel.length), pads.slice(kernel.length)];
    return { kernel, strides, dilations, before, after };
  }
  const total = sizes.map((size, axis) => {
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    return Math.max(0, (Math.ceil(size / strides[axis]!) - 1) * strides[axis]! + reach - size);
  });
  const smaller = total.map((count) => Math.floor(count / 2));
  const larger = total.map((count) => Math.ceil(count / 2));
  const [before, after] = automatic === "SAME_UPPER" ? [smaller, larger] : [larger, smaller];
  return { kernel, strides, dilations, before, after };
}

/** The convolution of a node, without activation. */
function convolve(call: OperatorCall): Tensor {
  const x = call.tensor(0);
  const weight = call.tensor(1, "conv");
  const bias = call.optional(2, "bias");
  const kernel = sizesOf(call, weight.shape);
  const { strides, dilations, before, after } = geometryOf(call, x.shape, kernel);
  return spatial.conv(x, weight, {
    strides,
    dilations,
    pads: [...before, ...after],
    group: call.int("group", 1),
    ...(bias && { bias }),
  });
}

const convTranspose: Operator = (call) => {
  if (call.ints("output_shape") || call.string("auto_pad", "NOTSET") !== "NOTSET") {
    return call.fail("an output shape or automatic padding is not supported.");
  }
  const weight = call.tensor(1, "conv");
  const bias = call.optional(2, "bias");
  const { strides, dilations, before, after } = geometryOf(
    call,
    call.shape(0),
    sizesOf(call, weight.shape),
  );
  return spatial.convTranspose(call.tensor(0), weight, {
    strides,
    dilations,
    pads: [...before, ...after],
    group: call.int("group", 1),
    outputPadding: call.ints("output_padding") ?? [],
    ...(bias && { bias }),
  });
};

/** Padding at the end that makes the last window whole, as `ceil_mode` wants. */
function completed(call: OperatorCall, shape: Shape, geometry: Geometry): readonly number[] {
  if (call.int("ceil_mode", 0) === 0) return geometry.after;
  const { kernel, strides, dilations, before, after } = geometry;
  return sizesOf(call, shape).map((size, axis) => {
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    const [stride, head] = [strides[axis]!, before[axis]!];
    let count = Math.ceil((size + head + after[axis]! - reach) / stride) + 1;
    // A window that would start behind the input sees nothing.
    if ((count - 1) * stride >= size + head) count--;
    return Math.max(after[axis]!, (count - 1) * stride + reach - size - head);
  });
}

const maxPool: Operator = (call) => {
  if (call.node.outputs.length > 1 && call.node.outputs[1]) {
    return call.fail("the places of maxima are not supported.");
  }
  const x = call.tensor(0);
  const geometry = geometryOf(call, x.shape, call.ints("kernel_shape") ?? []);
  const { kernel, strides, dilations, before } = geometry;
  const pads = [...before, ...completed(call, x.shape, geometry)];
  return spatial.maxPool(x, { kernel, strides, dilations, pads });
};

const averagePool: Operator = (call) => {
  const x = call.tensor(0);
  const geometry = geometryOf(call, x.shape, call.ints("kernel_shape") ?? []);
  const { kernel, strides, dilations, before, after } = geometry;
  if (dilations.some((step) => step !== 1)) return call.fail("dilations are not supported.");
  const last = completed(call, x.shape, geometry);
  if (call.int("count_include_pad", 0) === 0) {
    return spatial.averagePool(x, { kernel, strides, pads: [...before, ...last] });
  }
  const padded = pad(x, [0, 0, ...before], [0, 0, ...after]);
  const extra = last.map((count, axis) => count - after[axis]!);
  return spatial.averagePool(padded, { kernel, strides, pads: [...kernel.map(() => 0), ...extra] });
};

/** Activations that ONNX Runtime merges into a convolution. */
function activated(call: OperatorCall, x: Tensor): Tensor {
  const [first = 0, second = 0] = call.attribute("activation_params", "floats") ?? [];
  switch (call.string("activation", "")) {
    case "":
      return x;
    case "Relu":
      return f.relu(x);
    case "Tanh":
      return f.tanh(x);
    case "Sigmoid":
      return f.sigmoid(x);
    case "LeakyRelu":
      return f.leakyRelu(x, first);
    case "Clip":
      return f.clip(x, first, second);
    case "HardSigmoid":
      return f.clip(f.add(f.mul(x, first), second), 0, 1);
    default:
      return call.fail(`activation ${call.string("activation", "")} is not supported.`);
  }
}

const fusedConv: Operator = (call) => {
  const y = convolve(call);
  return activated(call, call.has(3) ? f.add(y, call.tensor(3)) : y);
};

export const spatialOperators: Readonly<Record<string, Operator>> = {
  Conv: convolve,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: (call) => spatial.globalAveragePool(call.tensor(0)),
};

export const microsoftSpatial: Readonly<Record<string, Operator>> = { FusedConv: fusedConv };
