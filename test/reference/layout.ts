/** @module Reference kernels of operators that move, cut and join elements. */

import { intOf, intsOf } from "../../src/graph/attributes.js";
import { type Inputs, integers, type Kernel, refuse, take } from "./kernel.js";
import { at, atBroadcast, broadcast, countOf, fromStart, tabulate, type Value } from "./value.js";

function withShape({ data }: Value, shape: readonly number[]): Value {
  if (countOf(shape) !== data.length) {
    throw new Error(`reference: ${data.length} elements do not fill [${shape.join()}].`);
  }
  return { shape, data };
}

const reshape: Kernel = (inputs, node) => {
  refuse(node, "allowzero");
  const x = take(inputs, 0);
  const copied = integers(inputs, 1).map((size, axis) => (size === 0 ? x.shape[axis]! : size));
  const known = countOf(copied.filter((size) => size !== -1));
  return [
    withShape(
      x,
      copied.map((size) => (size === -1 ? x.data.length / known : size)),
    ),
  ];
};

const expand: Kernel = (inputs) => {
  const x = take(inputs, 0);
  return [tabulate(broadcast(x.shape, integers(inputs, 1)), (index) => atBroadcast(x, index))];
};

const transpose: Kernel = (inputs, node) => {
  const x = take(inputs, 0);
  const order = intsOf(node.attributes, "perm", [...x.shape.keys()].reverse());
  return [
    tabulate(
      order.map((axis) => x.shape[axis]!),
      (index) =>
        at(
          x,
          x.shape.map((_, axis) => index[order.indexOf(axis)]!),
        ),
    ),
  ];
};

const concat: Kernel = (inputs, node) => {
  const parts = inputs.map((_, place) => take(inputs, place));
  const { shape } = parts[0]!;
  const axis = fromStart(intOf(node.attributes, "axis", 0), shape.length);
  const total = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  return [
    tabulate(shape.with(axis, total), (index) => {
      let step = index[axis]!;
      for (const part of parts) {
        if (step < part.shape[axis]!) return at(part, index.with(axis, step));
        step -= part.shape[axis]!;
      }
      throw new Error("reference: index outside the joined parts.");
    }),
  ];
};

/** Positions that a cut takes of an axis, by the clamping rules of ONNX's Slice. */
function positions(size: number, start: number, end: number, step: number): number[] {
  const clamp = (value: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, value < 0 ? value + size : value));
  const first = clamp(start, 0, step > 0 ? size : size - 1);
  const limit = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  const taken: number[] = [];
  for (let place = first; step > 0 ? place < limit : place > limit; place += step) {
    taken.push(place);
  }
  return taken;
}

function cuts(inputs: Inputs, shape: readonly number[]): number[][] {
  const starts = integers(inputs, 1);
  const ends = integers(inputs, 2);
  const axes = inputs[3] ? integers(inputs, 3) : [...starts.keys()];
  const taken = shape.map((size) => [...Array(size).keys()]);
  axes.forEach((given, place) => {
    const axis = fromStart(given, shape.length);
    const step = inputs[4]?.data[place] ?? 1;
    taken[axis] = positions(shape[axis]!, starts[place]!, ends[place]!, step);
  });
  return taken;
}

const slice: Kernel = (inputs) => {
  const x = take(inputs, 0);
  const taken = cuts(inputs, x.shape);
  return [
    tabulate(
      taken.map((places) => places.length),
      (index) =>
        at(
          x,
          index.map((step, axis) => taken[axis]![step]!),
        ),
    ),
  ];
};

const pad: Kernel = (inputs, node) => {
  refuse(node, "mode");
  if (inputs[3]) throw new Error("reference: Pad with axes is not implemented.");
  const x = take(inputs, 0);
  const rank = x.shape.length;
  const pads = integers(inputs, 1);
  const fill = inputs[2]?.data[0] ?? 0;
  return [
    tabulate(
      x.shape.map((size, axis) => size + pads[axis]! + pads[axis + rank]!),
      (index) => {
        const source = index.map((step, axis) => step - pads[axis]!);
        const inside = source.every((step, axis) => step >= 0 && step < x.shape[axis]!);
        return inside ? at(x, source) : fill;
      },
    ),
  ];
};

const squeeze: Kernel = (inputs) => {
  const x = take(inputs, 0);
  const axes = integers(inputs, 1).map((axis) => fromStart(axis, x.shape.length));
  return [
    withShape(
      x,
      x.shape.filter((_, axis) => !axes.includes(axis)),
    ),
  ];
};

const unsqueeze: Kernel = (inputs) => {
  const x = take(inputs, 0);
  const given = integers(inputs, 1);
  const rank = x.shape.length + given.length;
  const axes = given.map((axis) => fromStart(axis, rank));
  const rest = [...x.shape];
  const shape = Array.from({ length: rank }, (_, axis) =>
    axes.includes(axis) ? 1 : rest.shift()!,
  );
  return [withShape(x, shape)];
};

const shapeOf: Kernel = (inputs, node) => {
  const { shape } = take(inputs, 0);
  const start = intOf(node.attributes, "start", 0);
  const sizes = shape.slice(start, intOf(node.attributes, "end", shape.length));
  return [{ shape: [sizes.length], data: Float64Array.from(sizes) }];
};

export const layoutKernels = {
  Reshape: reshape,
  Expand: expand,
  Transpose: transpose,
  Concat: concat,
  Slice: slice,
  Pad: pad,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Shape: shapeOf,
} satisfies Record<string, Kernel>;
