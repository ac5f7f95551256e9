/** @module The contract of vector-Jacobian products, and what several rules share. */

import { mul } from "../functions/elementwise.js";
import { expandLike, reshapeLike } from "../functions/layout.js";
import { sum } from "../functions/reduce.js";
import { formatShape, sameShape } from "../shape.js";
import type { Node, Tensor } from "../tensor.js";

/** Builds the cotangent of one input when asked, so that unneeded ones cost nothing. */
export type Cotangent = () => Tensor;

/**
 * Vector-Jacobian product of an operator: cotangents of the inputs, given the cotangent of the
 * first output. `null` marks inputs that take none (indices, axes, conditions).
 *
 * Rules are linear in the cotangent, which is what allows gradients of several losses to be
 * combined before the last product.
 */
export type VjpRule = (cotangent: Tensor, node: Node) => readonly (Cotangent | null)[];

/** Input of a node that must be there. */
export function inputOf(node: Node, index: number): Tensor {
  const input = node.inputs[index];
  if (!input) throw new Error(`internal: ${node.op} lacks input ${index}.`);
  return input;
}

/** Sums a cotangent over the axes along which `like` was broadcast: the transpose of broadcasting. */
export function unbroadcast(cotangent: Tensor, like: Tensor): Tensor {
  if (sameShape(cotangent.shape, like.shape)) return cotangent;
  const extra = cotangent.shape.length - like.shape.length;
  const axes = [...cotangent.shape.keys()].filter(
    (axis) => axis < extra || (like.shape[axis - extra] === 1 && cotangent.shape[axis] !== 1),
  );
  const reduced = axes.length > 0 ? sum(cotangent, { axes, keep: true }) : cotangent;
  const result = extra > 0 ? reshapeLike(reduced, like) : reduced;
  if (!sameShape(result.shape, like.shape)) {
    throw new Error(
      `internal: cotangent ${formatShape(cotangent.shape)} does not reduce to ${formatShape(like.shape)}.`,
    );
  }
  return result;
}

/** Zeros in the shape of a tensor. */
export function zerosLike(x: Tensor): Tensor {
  return expandLike(x.graph.scalar(0, x.dtype), x);
}

/** Rule of a unary function whose cotangent is multiplied by a derivative. */
export function scaledBy(derivative: (x: Tensor, y: Tensor, node: Node) => Tensor): VjpRule {
  return (cotangent, node) => [
    () => mul(cotangent, derivative(inputOf(node, 0), node.outputs[0]!, node)),
  ];
}

/** Rule of a function that is constant almost everywhere or takes no cotangent. */
export const noCotangent: VjpRule = (_, node) => node.inputs.map(() => null);
