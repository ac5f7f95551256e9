/** @module Vector-Jacobian products of reductions. */

import { intOf } from "../attributes.js";
import { cast, div, equal, mul } from "../functions/elementwise.js";
import { expandLike, unsqueeze } from "../functions/layout.js";
import { cumulativeSum, sum } from "../functions/reduce.js";
import { constantIntegers } from "../infer/rule.js";
import { reducedAxes } from "../infer/reduce.js";
import type { Node, Tensor } from "../tensor.js";
import { inputOf, noCotangent, type VjpRule } from "./rule.js";

/** A reduced tensor with its reduced axes back, at size 1. */
function kept(reduced: Tensor, node: Node): Tensor {
  const keeps = intOf(node.attributes, "keepdims", 1) === 1;
  const axes = reducedAxes(node.inputs, node.op);
  return keeps || axes.length === 0 ? reduced : unsqueeze(reduced, axes.toSorted(ascending));
}

const ascending = (a: number, b: number): number => a - b;

const reduceSum: VjpRule = (ct, node) => [() => expandLike(kept(ct, node), inputOf(node, 0)), null];

/** A symbolic count is only known at run time, as a sum of ones. */
const reduceMean: VjpRule = (ct, node) => [
  () => {
    const x = inputOf(node, 0);
    const axes = reducedAxes(node.inputs, node.op);
    const sizes = axes.map((axis) => x.shape[axis]!);
    const spread = expandLike(kept(ct, node), x);
    if (sizes.every((size) => typeof size === "number")) {
      return mul(spread, 1 / sizes.reduce((product, size) => product * size, 1));
    }
    const ones = expandLike(x.graph.scalar(1, x.dtype), x);
    return div(spread, sum(ones, { axes, keep: true }));
  },
  null,
];

/** Ties share the cotangent equally. */
const reduceExtreme: VjpRule = (ct, node) => [
  () => {
    const x = inputOf(node, 0);
    const hits = cast(equal(x, kept(node.outputs[0]!, node)), x.dtype);
    const share = sum(hits, { axes: reducedAxes(node.inputs, node.op), keep: true });
    return mul(hits, div(kept(ct, node), share));
  },
  null,
];

const reduceSumSquare: VjpRule = (ct, node) => [
  () => mul(kept(ct, node), mul(inputOf(node, 0), 2)),
  null,
];

/** Each element is part of all later sums, so its cotangent is the sum from the other end. */
const cumulativeSumRule: VjpRule = (ct, node) => [
  () => {
    const [axis] = constantIntegers(inputOf(node, 1), node.op, "the axis");
    return cumulativeSum(ct, axis!, {
      exclusive: intOf(node.attributes, "exclusive", 0) === 1,
      reverse: intOf(node.attributes, "reverse", 0) === 0,
    });
  },
  null,
];

export const reduceVjp = {
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  ReduceMax: reduceExtreme,
  ReduceMin: reduceExtreme,
  ReduceSumSquare: reduceSumSquare,
  ArgMax: noCotangent,
  ArgMin: noCotangent,
  CumSum: cumulativeSumRule,
} satisfies Record<string, VjpRule>;
