/** @module Vector-Jacobian products of operators that move, cut and join elements. */

import { intOf, intsOf } from "../attributes.js";
import { pad, reshape, reshapeLike, slice, transpose } from "../functions/layout.js";
import { constantIntegers } from "../infer/rule.js";
import { sliceRanges } from "../infer/layout.js";
import { checkAxis, type Dim, mulDims } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { inputOf, noCotangent, unbroadcast, type VjpRule } from "./rule.js";

const reshapeRule: VjpRule = (ct, node) => [() => reshapeLike(ct, inputOf(node, 0)), null];

const expand: VjpRule = (ct, node) => [() => unbroadcast(ct, inputOf(node, 0)), null];

const transposeRule: VjpRule = (ct, node) => [
  () => {
    const order = intsOf(node.attributes, "perm", [...ct.shape.keys()].reverse());
    const inverse = order.map((_, axis) => order.indexOf(axis));
    return transpose(ct, inverse);
  },
];

const concat: VjpRule = (ct, node) => {
  const axis = checkAxis(node.op, intOf(node.attributes, "axis", 0), ct.shape);
  let offset = 0;
  return node.inputs.map((part) => {
    const length = part!.shape[axis]!;
    if (typeof length !== "number") {
      return () => {
        throw new Error(`${node.op}: no cotangent along the symbolic axis ${axis}.`);
      };
    }
    const start = offset;
    offset += length;
    return () => slice(ct, [{ axis, start, end: start + length }]);
  });
};

/** Puts `step - 1` zeros after each element along an axis. */
function dilate(x: Tensor, axis: number, step: number): Tensor {
  if (step === 1) return x;
  const rank = x.shape.length;
  const split = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)];
  const after = Array.from({ length: rank + 1 }, (_, at) => (at === axis + 1 ? step - 1 : 0));
  const padded = pad(
    reshape(x, split),
    after.map(() => 0),
    after,
  );
  const length: Dim = mulDims(x.shape[axis]!, step);
  return reshape(padded, x.shape.with(axis, length));
}

const sliceRule: VjpRule = (ct, node) => [
  () => {
    const x = inputOf(node, 0);
    let result = ct;
    const before = x.shape.map(() => 0);
    const after = x.shape.map(() => 0);
    for (const [axis, { start, step, length }] of sliceRanges(node.inputs, node.op)) {
      const stride = Math.abs(step);
      if (step < 0) result = slice(result, [{ axis, start: -1, step: -1 }]);
      result = dilate(result, axis, stride);
      before[axis] = step < 0 ? start + (length - 1) * step : start;
      after[axis] = (x.shape[axis] as number) - before[axis] - length * stride;
    }
    return pad(result, before, after);
  },
  null,
  null,
  null,
  null,
];

const padRule: VjpRule = (ct, node) => [
  () => {
    const pads = constantIntegers(inputOf(node, 1), node.op, "the pads").map((count) => -count);
    const rank = ct.shape.length;
    return pad(ct, pads.slice(0, rank), pads.slice(rank));
  },
  null,
  null,
];

export const layoutVjp = {
  Reshape: reshapeRule,
  Expand: expand,
  Transpose: transposeRule,
  Concat: concat,
  Slice: sliceRule,
  Pad: padRule,
  Squeeze: reshapeRule,
  Unsqueeze: reshapeRule,
  Shape: noCotangent,
} satisfies Record<string, VjpRule>;
