/** @module Shape inference of operators that move, cut and join elements. */

import { intOf, intsOf } from "../attributes.js";
import {
  broadcastShapes,
  checkAxis,
  type Dim,
  divDims,
  formatShape,
  mulDims,
  type Shape,
  ShapeError,
  sizeOf,
} from "../shape.js";
import type { Operand } from "./operand.js";
import { constantData, constantIntegers, type InferRule, required } from "./rule.js";

/**
 * Value of an int64 vector that holds a shape, as far as it is known while building:
 * a constant, the shape of a tensor, or a concatenation of such.
 */
export function shapeValue(tensor: Operand, op: string): Dim[] {
  const data = constantData(tensor);
  if (data) return Array.from(data, Number);
  if (tensor.node.op === "Shape") {
    const { shape } = required(tensor.node.inputs, 0, op);
    const start = intOf(tensor.node.attributes, "start", 0);
    return shape.slice(start, intOf(tensor.node.attributes, "end", shape.length));
  }
  if (tensor.node.op === "Concat") {
    return tensor.node.inputs.flatMap((part) => (part ? shapeValue(part, op) : []));
  }
  throw new Error(`${op}: cannot tell the shape that ${tensor.node.op} computes.`);
}

function reshapedShape(from: Shape, to: readonly Dim[], op: string): Shape {
  const copied = to.map((dim, axis) => (dim === 0 ? from[axis]! : dim));
  const known = sizeOf(copied.filter((dim) => dim !== -1));
  const total = sizeOf(from);
  const rest = divDims(total, known);
  const wild = copied.filter((dim) => dim === -1).length;
  if (rest === undefined || wild > 1 || (wild === 0 && rest !== 1)) {
    throw new ShapeError(op, "the number of elements must stay the same", from, copied);
  }
  return copied.map((dim) => (dim === -1 ? rest : dim));
}

const reshape: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const target = shapeValue(required(inputs, 1, op), op);
  return [{ dtype, shape: reshapedShape(shape, target, op) }];
};

const expand: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const target = shapeValue(required(inputs, 1, op), op);
  return [{ dtype, shape: broadcastShapes(op, shape, target) }];
};

const transpose: InferRule = (inputs, attributes, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const order = intsOf(attributes, "perm", [...shape.keys()].reverse());
  if (new Set(order).size !== shape.length || order.some((axis) => shape[axis] === undefined)) {
    throw new ShapeError(op, `order ${formatShape(order)} must permute the axes`, shape);
  }
  return [{ dtype, shape: order.map((axis) => shape[axis]!) }];
};

const concat: InferRule = (inputs, attributes, op) => {
  const first = required(inputs, 0, op);
  const axis = checkAxis(op, intOf(attributes, "axis", 0), first.shape);
  let joined: Dim = 0;
  for (const input of inputs) {
    const shape = input!.shape;
    const fits =
      shape.length === first.shape.length &&
      shape.every((dim, at) => at === axis || dim === first.shape[at]);
    if (!fits)
      throw new ShapeError(op, `shapes must agree outside axis ${axis}`, first.shape, shape);
    joined = addDims(joined, shape[axis]!, op);
  }
  return [{ dtype: first.dtype, shape: first.shape.with(axis, joined) }];
};

function addDims(a: Dim, b: Dim, op: string): Dim {
  if (a === 0) return b;
  if (typeof a === "number" && typeof b === "number") return a + b;
  const multiple = divDims(a, b);
  if (typeof multiple === "number") return mulDims(multiple + 1, b);
  throw new ShapeError(op, "cannot add symbolic dimensions", [a], [b]);
}

/** Start, end and step per axis of a Slice node, with ONNX's clamping; `undefined`: whole axis. */
export function sliceRanges(
  inputs: readonly (Operand | null)[],
  op: string,
): Map<number, { start: number; step: number; length: number }> {
  const { shape } = required(inputs, 0, op);
  const starts = constantIntegers(required(inputs, 1, op), op, "starts");
  const ends = constantIntegers(required(inputs, 2, op), op, "ends");
  const axes = inputs[3] ? constantIntegers(inputs[3], op, "axes") : [...starts.keys()];
  const steps = inputs[4] ? constantIntegers(inputs[4], op, "steps") : starts.map(() => 1);
  const ranges = new Map<number, { start: number; step: number; length: number }>();
  axes.forEach((given, at) => {
    const axis = checkAxis(op, given, shape);
    const size = shape[axis]!;
    if (typeof size !== "number") {
      throw new ShapeError(op, `cannot cut the symbolic axis ${axis}`, shape);
    }
    const step = steps[at]!;
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (value: number): number =>
      Math.min(high, Math.max(low, value < 0 ? value + size : value));
    const start = clamp(starts[at]!);
    const end = ends[at]! < -size ? low : clamp(ends[at]!);
    ranges.set(axis, { start, step, length: Math.max(0, Math.ceil((end - start) / step)) });
  });
  return ranges;
}

const slice: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const ranges = sliceRanges(inputs, op);
  return [{ dtype, shape: shape.map((dim, axis) => ranges.get(axis)?.length ?? dim) }];
};

const pad: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const pads = constantIntegers(required(inputs, 1, op), op, "the pads");
  const rank = shape.length;
  return [
    {
      dtype,
      shape: shape.map((dim, axis) => {
        const extra = pads[axis]! + pads[axis + rank]!;
        if (extra === 0) return dim;
        if (typeof dim === "number") return dim + extra;
        throw new ShapeError(op, `cannot pad the symbolic axis ${axis}`, shape);
      }),
    },
  ];
};

const squeeze: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const axes = constantIntegers(required(inputs, 1, op), op, "the axes").map((axis) =>
    checkAxis(op, axis, shape),
  );
  if (axes.some((axis) => shape[axis] !== 1)) {
    throw new ShapeError(op, `axes ${formatShape(axes)} must have size 1`, shape);
  }
  return [{ dtype, shape: shape.filter((_dim, axis) => !axes.includes(axis)) }];
};

const unsqueeze: InferRule = (inputs, _, op) => {
  const { dtype, shape } = required(inputs, 0, op);
  const given = constantIntegers(required(inputs, 1, op), op, "the axes");
  const rank = shape.length + given.length;
  const axes = new Set(given.map((axis) => (axis < 0 ? axis + rank : axis)));
  const rest = [...shape];
  return [
    {
      dtype,
      shape: Array.from({ length: rank }, (_dim, axis) => (axes.has(axis) ? 1 : rest.shift()!)),
    },
  ];
};

const shapeOf: InferRule = (inputs, attributes, op) => {
  const { shape } = required(inputs, 0, op);
  const start = intOf(attributes, "start", 0);
  return [
    { dtype: "int64", shape: [shape.slice(start, intOf(attributes, "end", shape.length)).length] },
  ];
};

export const layoutInfer = {
  Reshape: reshape,
  Expand: expand,
  Transpose: transpose,
  Concat: concat,
  Slice: slice,
  Pad: pad,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Shape: shapeOf,
} satisfies Record<string, InferRule>;
