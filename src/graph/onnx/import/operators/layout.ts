/** @module Operators of ONNX files that move, cut and join elements. */

import { where } from "../../../functions/elementwise.js";
import * as layout from "../../../functions/layout.js";
import { type Dim, divDims, formatShape, type Shape, sizeOf } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";
import { countOf, isKnown, known, picked, stridesOf, type Value } from "../values/known.js";
import {
  concatKnown,
  expandKnown,
  type Range,
  reshapeValue,
  sliceValue,
  tileKnown,
  transposeValue,
} from "../values/layout.js";

// Constants larger than this are made when the graph runs, so that files stay small.
const LARGEST_CONSTANT = 1 << 16;

const fits = (shape: Shape): shape is readonly number[] =>
  shape.every((size) => typeof size === "number") && countOf(shape) <= LARGEST_CONSTANT;

/** Sizes that a Reshape asks for, with its 0 and -1 filled in. */
function reshapedSizes(call: OperatorCall, from: Shape, wanted: readonly Dim[]): Shape {
  const copies = call.int("allowzero", 0) === 0;
  const sizes = wanted.map((size, axis) => (size === 0 && copies ? (from[axis] ?? 0) : size));
  const rest = divDims(sizeOf(from), sizeOf(sizes.filter((size) => size !== -1)));
  const open = sizes.includes(-1);
  if (rest === undefined || (!open && rest !== 1)) {
    return call.fail(`cannot reshape ${formatShape(from)} to ${formatShape(wanted)}.`);
  }
  return sizes.map((size) => (size === -1 ? rest : size));
}

const reshape: Operator = (call) => {
  const x = call.operand(0);
  return reshapeValue(x, reshapedSizes(call, x.shape, call.sizes(1, "the shape")));
};

const flatten: Operator = (call) => {
  const x = call.operand(0);
  const given = call.int("axis", 1);
  const axis = given < 0 ? given + x.shape.length : given;
  return reshapeValue(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
};

const squeeze: Operator = (call) => {
  const x = call.operand(0);
  const given = call.numbersOr(1, "axes")?.map((axis) => call.axis(axis, x.shape.length));
  const axes = new Set(given ?? [...x.shape.keys()].filter((axis) => x.shape[axis] === 1));
  const bad = [...axes].find((axis) => x.shape[axis] !== 1);
  if (bad !== undefined) call.fail(`axis ${bad} of ${formatShape(x.shape)} must have size 1.`);
  return reshapeValue(
    x,
    x.shape.filter((_, axis) => !axes.has(axis)),
  );
};

const unsqueeze: Operator = (call) => {
  const x = call.operand(0);
  const given = call.numbersOr(1, "axes") ?? call.fail("axes are missing.");
  const rank = x.shape.length + given.length;
  const axes = new Set(given.map((axis) => call.axis(axis, rank)));
  const rest = [...x.shape];
  return reshapeValue(
    x,
    Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : rest.shift()!)),
  );
};

const transpose: Operator = (call) => {
  const x = call.operand(0);
  return transposeValue(x, call.ints("perm") ?? [...x.shape.keys()].reverse());
};

const concat: Operator = (call) => {
  const axis = call.axis(call.int("axis", 0), call.shape(0).length);
  const constants = call.constants();
  if (constants) return concatKnown(constants, axis);
  const parts = Array.from({ length: call.count }, (_, at) => call.tensor(at));
  return layout.concat(
    parts.filter(({ shape }) => shape[axis] !== 0),
    axis,
  );
};

/** Limits of a slice along one axis, by ONNX's rules. */
function rangeOf(
  call: OperatorCall,
  x: Value,
  axis: number,
  start: Dim,
  end: Dim,
  step: number,
): Range {
  const size = x.shape[axis]!;
  if (typeof size !== "number") {
    const whole =
      start === 0 && step === 1 && (end === size || (typeof end === "number" && end > 1e9));
    return whole
      ? { axis, start: 0, step: 1, length: size as unknown as number }
      : call.fail(`cannot cut axis ${axis} of ${formatShape(x.shape)}.`);
  }
  if (typeof start !== "number" || typeof end !== "number") {
    return call.fail(`cannot cut axis ${axis} of ${formatShape(x.shape)} at a symbolic size.`);
  }
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (value: number): number =>
    Math.min(high, Math.max(low, value < 0 ? value + size : value));
  const from = clamp(start);
  return { axis, start: from, step, length: Math.max(0, Math.ceil((clamp(end) - from) / step)) };
}

const slice: Operator = (call) => {
  const x = call.operand(0);
  const starts = call.sizes(1, "the starts");
  const ends = call.sizes(2, "the ends");
  const axes = call.has(3) ? call.numbers(3, "the axes") : [...starts.keys()];
  const steps = call.has(4) ? call.numbers(4, "the steps") : starts.map(() => 1);
  return sliceValue(
    x,
    axes.map((given, at) =>
      rangeOf(call, x, call.axis(given, x.shape.length), starts[at]!, ends[at]!, steps[at]!),
    ),
  );
};

/** Sizes of a Split: given, or equal parts of which the last may be shorter. */
function splitSizes(call: OperatorCall, size: number): number[] {
  const given = call.numbersOr(1, "split");
  if (given) return given;
  const parts = call.int("num_outputs", call.node.outputs.length);
  const length = Math.ceil(size / parts);
  return Array.from({ length: parts }, (_, at) => Math.min(length, size - at * length));
}

const split: Operator = (call) => {
  const x = call.operand(0);
  const axis = call.axis(call.int("axis", 0), x.shape.length);
  const size = x.shape[axis]!;
  if (typeof size !== "number") return call.fail(`cannot split the symbolic axis ${axis}.`);
  let start = 0;
  return splitSizes(call, size).map((length) => {
    const part = sliceValue(x, [{ axis, start, step: 1, length }]);
    start += length;
    return part;
  });
};

/** Sizes after broadcasting; 1 gives way. */
const expand: Operator = (call) => {
  const x = call.operand(0);
  const wanted = call.sizes(1, "the shape");
  const rank = Math.max(x.shape.length, wanted.length);
  const from = [...Array<Dim>(rank - x.shape.length).fill(1), ...x.shape];
  const to = [...Array<Dim>(rank - wanted.length).fill(1), ...wanted];
  const shape = from.map((size, axis) => (size === 1 ? to[axis]! : size));
  if (isKnown(x) && fits(shape)) return expandKnown(x, shape);
  return call.expand(isKnown(x) ? call.materialise(x) : x, shape);
};

/** Repetition along an axis is a broadcast new axis in front of it. */
function tileTensor(call: OperatorCall, x: Tensor, repeats: readonly Dim[]): Tensor {
  return repeats.reduce((tiled, count, axis) => {
    if (count === 1) return tiled;
    const { shape } = tiled;
    const size = shape[axis]!;
    if (size === 1) return call.expand(tiled, shape.with(axis, count));
    const split = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
    const expanded = call.expand(layout.reshape(tiled, split), split.with(axis, count));
    return layout.reshape(expanded, shape.with(axis, sizeOf([count, size])));
  }, x);
}

const tile: Operator = (call) => {
  const x = call.operand(0);
  const repeats = call.sizes(1, "the repeats");
  const shape = x.shape.map((size, axis) => sizeOf([size, repeats[axis]!]));
  if (isKnown(x) && fits(shape)) return tileKnown(x, repeats as number[]);
  return tileTensor(call, isKnown(x) ? call.materialise(x) : x, repeats);
};

/** Paddings before and after each axis from a list for some axes. */
function padsOf(call: OperatorCall, rank: number): { before: number[]; after: number[] } {
  const pads = call.numbersOr(1, "pads") ?? call.fail("the pads are missing.");
  const given = call.has(3)
    ? call.numbers(3, "the axes")
    : Array.from({ length: rank }, (_, at) => at);
  const before = Array<number>(rank).fill(0);
  const after = Array<number>(rank).fill(0);
  given.forEach((axis, at) => {
    before[call.axis(axis, rank)] = pads[at]!;
    after[call.axis(axis, rank)] = pads[at + given.length]!;
  });
  return { before, after };
}

const pad: Operator = (call) => {
  const mode = call.string("mode", "constant");
  const x = call.tensor(0);
  const { before, after } = padsOf(call, x.shape.length);
  if ([...before, ...after].every((count) => count === 0)) return x;
  if (mode !== "constant") return call.fail(`mode "${mode}" is not supported.`);
  const value = call.numberOr(2, "value") ?? 0;
  const pads = call.graph.integers([...before, ...after]);
  return call.apply("Pad", [x, pads, call.graph.scalar(value, x.dtype)]);
};

const constantOfShape: Operator = (call) => {
  const shape = call.sizes(0, "the shape");
  const fill = call.attribute("value", "tensor");
  const value = Number(fill?.data[0] ?? 0);
  const scalar = known(fill?.dtype ?? "float32", [], [value]);
  return fits(shape) ? expandKnown(scalar, shape) : call.expand(call.materialise(scalar), shape);
};

/** Zeros above or below a diagonal of the last two axes. */
const trilu: Operator = (call) => {
  const x = call.operand(0);
  const upper = call.int("upper", 1) === 1;
  const diagonal = call.has(1) ? call.numbers(1, "the diagonal")[0]! : 0;
  const keeps = (row: number, column: number): boolean =>
    upper ? column - row >= diagonal : column - row <= diagonal;
  if (isKnown(x)) {
    const padded = known(x.dtype, [x.values.length + 1], [...Array.from(x.values), 0]);
    const strides = stridesOf(x.shape);
    return picked(padded, x.shape, (index) =>
      keeps(index.at(-2)!, index.at(-1)!)
        ? index.reduce((place, at, axis) => place + at * strides[axis]!, 0)
        : x.values.length,
    );
  }
  const [rows, columns] = x.shape.slice(-2);
  if (typeof rows !== "number" || typeof columns !== "number") {
    return call.fail(`needs known sizes, got ${formatShape(x.shape)}.`);
  }
  const mask = Array.from({ length: rows * columns }, (_, at) =>
    Number(keeps(Math.floor(at / columns), at % columns)),
  );
  return where(call.graph.constant("bool", [rows, columns], mask), x, 0);
};

const shape: Operator = (call) => {
  const sizes = call.shape(0);
  const rank = sizes.length;
  const bound = (given: number): number =>
    Math.min(rank, Math.max(0, given < 0 ? given + rank : given));
  const part = sizes.slice(bound(call.int("start", 0)), bound(call.int("end", rank)));
  return known("int64", [part.length], part);
};

/** Blocks of pixels to channels. */
const spaceToDepth: Operator = (call) => {
  const x = call.tensor(0);
  const block = call.int("blocksize", 1);
  const [batch, channels, height, width] = x.shape as [Dim, Dim, number, number];
  const [rows, columns] = [height / block, width / block];
  const cut = layout.reshape(x, [batch, channels, rows, block, columns, block]);
  const moved = layout.transpose(cut, [0, 3, 5, 1, 2, 4]);
  return layout.reshape(moved, [batch, sizeOf([channels, block * block]), rows, columns]);
};

export const layoutOperators: Readonly<Record<string, Operator>> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Concat: concat,
  Slice: slice,
  Split: split,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  ConstantOfShape: constantOfShape,
  Trilu: trilu,
  Shape: shape,
  Size: (call) => known("int64", [], [sizeOf(call.shape(0))]),
  SpaceToDepth: spaceToDepth,
};
