/** @module Resizing of ONNX files: interpolation along each axis is a product with a fixed matrix. */

import { transpose } from "../../../functions/layout.js";
import { matmul } from "../../../functions/linear.js";
import { isFloat } from "../../../dtype.js";
import type { Dim } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";

/** Sizes of one axis before and after, and their ratio as the file has it. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

/** Position in the input of an element of the output. */
type Coordinate = (at: number, axis: Axis) => number;

const halfPixel: Coordinate = (at, { scale }) => (at + 0.5) / scale - 0.5;

const COORDINATES: Readonly<Record<string, Coordinate>> = {
  half_pixel: halfPixel,
  pytorch_half_pixel: (at, axis) => (axis.to > 1 ? halfPixel(at, axis) : 0),
  align_corners: (at, { from, to }) => (to > 1 ? (at * (from - 1)) / (to - 1) : 0),
  asymmetric: (at, { scale }) => at / scale,
  half_pixel_symmetric: (at, axis) => {
    const covered = axis.to / (axis.scale * axis.from);
    return (axis.from / 2) * (1 - covered) + halfPixel(at, axis);
  },
};

const NEAREST: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Elements of the input, perhaps beyond its ends, with their weights. */
type Taps = readonly (readonly [at: number, weight: number])[];

/** Two neighbours, weighted by their nearness. */
function linear(x: number, size: number): Taps {
  const inside = Math.min(Math.max(x, 0), size - 1);
  const low = Math.floor(inside);
  return [
    [low, 1 - (inside - low)],
    [low + 1, inside - low],
  ];
}

/** Weight of an element by its distance in cubic convolution (Keys, 1981). */
function cubicWeight(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * (d ** 3 - 5 * d ** 2 + 8 * d - 4) : 0;
}

/** Four neighbours; those beyond the ends may be left out, the others then weigh more. */
function cubic(x: number, size: number, a: number, exclude: boolean): Taps {
  const taps = [-1, 0, 1, 2].map((step) => {
    const at = Math.floor(x) + step;
    const outside = exclude && (at < 0 || at >= size);
    return [at, outside ? 0 : cubicWeight(x - at, a)] as const;
  });
  const total = taps.reduce((sum, [, weight]) => sum + weight, 0);
  return exclude ? taps.map(([at, weight]) => [at, weight / total] as const) : taps;
}

/** What each element of the output is made of, by the node's attributes. */
function tapsOf(call: OperatorCall): (x: number, size: number) => Taps {
  const mode = call.string("mode", "nearest");
  if (mode === "linear") return linear;
  if (mode === "cubic") {
    const a = call.float("cubic_coeff_a", -0.75);
    return (x, size) => cubic(x, size, a, call.int("exclude_outside", 0) === 1);
  }
  const round = NEAREST[call.string("nearest_mode", "round_prefer_floor")];
  if (mode !== "nearest" || !round) return call.fail(`mode "${mode}" is not supported.`);
  return (x) => [[round(x), 1]];
}

/** Interpolation of one axis as a matrix `[from, to]`. */
function interpolation(call: OperatorCall, axis: Axis): Tensor {
  const name = call.string("coordinate_transformation_mode", "half_pixel");
  const coordinate = COORDINATES[name] ?? call.fail(`coordinates by "${name}" are not supported.`);
  const taps = tapsOf(call);
  const { from, to } = axis;
  const weights = new Float32Array(from * to);
  for (let column = 0; column < to; column++) {
    for (const [at, weight] of taps(coordinate(column, axis), from)) {
      const row = Math.min(Math.max(at, 0), from - 1);
      weights[row * to + column]! += weight;
    }
  }
  return call.graph.constant("float32", [from, to], weights);
}

/** A tensor with one axis multiplied by a matrix `[from, to]`. */
function along(x: Tensor, axis: number, matrix: Tensor): Tensor {
  const last = x.shape.length - 1;
  const order = [...x.shape.keys()].with(axis, last).with(last, axis);
  return transpose(matmul(transpose(x, order), matrix), order);
}

/** Elements of an optional input that exporters also leave empty. */
function listed(call: OperatorCall, index: number, what: string): Dim[] | undefined {
  const elements = call.has(index) ? call.sizes(index, what) : [];
  return elements.length > 0 ? elements : undefined;
}

/** The change of one axis; `undefined` where it stays. */
function changeOf(
  call: OperatorCall,
  from: Dim,
  size: Dim | undefined,
  scale: Dim | undefined,
): Axis | undefined {
  if (size === from || scale === 1) return undefined;
  if (typeof from !== "number" || typeof (size ?? scale) !== "number") {
    return call.fail(`size ${from} must be known.`);
  }
  if (size === undefined) {
    // In single precision, as ONNX Runtime does: 10 * 0.7 is 7.
    const to = Math.floor(Math.fround(from * (scale as number)));
    return { from, to, scale: scale as number };
  }
  return { from, to: size as number, scale: Math.fround((size as number) / from) };
}

const resize: Operator = (call) => {
  const rank = call.shape(0).length;
  const sizes = listed(call, 3, "the sizes");
  const scales = sizes ? undefined : listed(call, 2, "the scales");
  if (!sizes && !scales) return call.fail("sizes and scales are missing.");
  const policy = call.string("keep_aspect_ratio_policy", "stretch");
  if (sizes && policy !== "stretch") return call.fail(`"${policy}" is not supported.`);
  if (call.int("antialias", 0) === 1) return call.fail("antialiasing is not supported.");
  const axes = call.ints("axes") ?? Array.from({ length: rank }, (_, axis) => axis);
  return axes.reduce((x, given, at) => {
    const axis = call.axis(given, rank);
    const change = changeOf(call, x.shape[axis]!, sizes?.[at], scales?.[at]);
    return change ? along(x, axis, interpolation(call, change)) : x;
  }, floating(call));
};

function floating(call: OperatorCall): Tensor {
  const x = call.tensor(0);
  return isFloat(x.dtype) ? x : call.fail(`resizing of ${x.dtype} is not supported.`);
}

export const resizeOperators: Readonly<Record<string, Operator>> = { Resize: resize };
