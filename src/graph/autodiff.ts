/** @module Reverse-mode differentiation of a graph, by vector-Jacobian products. */

import { ancestorsOf } from "./ancestors.js";
import { isFloat } from "./dtype.js";
import { addAll } from "./functions/layout.js";
import { formatShape } from "./shape.js";
import type { Node, Tensor } from "./tensor.js";
import { vjpRules } from "./vjp/rules.js";

/**
 * One use of a tensor by an operator, with the cotangent of that operator's output.
 *
 * The tensor's gradient is the sum of its uses' products. Keeping the factors apart lets inner
 * products of gradients be taken without forming them, and several losses be combined first.
 */
export interface Use {
  readonly node: Node;
  /** Position among the node's inputs. */
  readonly input: number;
  readonly cotangent: Tensor;
}

/** The product that a use contributes to its tensor's gradient. */
export function useGradient({ node, input, cotangent }: Use): Tensor {
  if (node.op === "Leaf") throw new Error("internal: a leaf has no uses.");
  const rule = vjpRules[node.op](cotangent, node)[input];
  if (!rule) throw new Error(`internal: ${node.op} gives input ${input} no cotangent.`);
  return rule();
}

/**
 * Uses of each tensor of `wrt` on the way to a scalar `loss`, with their cotangents.
 *
 * Tensors that the loss does not depend on get an empty list.
 */
export function backward(loss: Tensor, wrt: readonly Tensor[]): Map<Tensor, Use[]> {
  if (loss.shape.length > 0) {
    throw new Error(`backward: the loss must be a scalar, got shape ${formatShape(loss.shape)}.`);
  }
  return backwardFrom(new Map([[loss, loss.graph.scalar(1, loss.dtype)]]), wrt);
}

/**
 * Uses of each tensor of `wrt` on the way to some tensors whose cotangents are given: the second half
 * of a backward pass whose first half ended at those tensors.
 *
 * @param cotangents - Cotangent of each tensor, of the tensor's shape.
 */
export function backwardFrom(
  cotangents: ReadonlyMap<Tensor, Tensor>,
  wrt: readonly Tensor[],
): Map<Tensor, Use[]> {
  const uses = new Map<Tensor, Use[]>(wrt.map((tensor) => [tensor, []]));
  const active = activeNodes([...cotangents.keys()], new Set(wrt));
  const onPath = new Set(active);
  const pending = new Map<Tensor, Tensor[]>(
    [...cotangents].map(([tensor, cotangent]) => [tensor, [cotangent]]),
  );
  for (const node of active.toReversed()) {
    if (node.op === "Leaf") continue;
    const cotangent = takeCotangent(node, pending);
    if (cotangent) propagate(node, cotangent, onPath, uses, pending);
  }
  return uses;
}

/** Gradients of a scalar loss; `undefined` for tensors that it does not depend on. */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): (Tensor | undefined)[] {
  const uses = backward(loss, wrt);
  return wrt.map((tensor) => gradientOf(uses.get(tensor)!));
}

/** Sum of the products of a tensor's uses. */
export function gradientOf(uses: readonly Use[]): Tensor | undefined {
  return uses.length > 0 ? addAll(uses.map(useGradient)) : undefined;
}

/** Nodes on a path from `wrt` to some results, in topological order. */
function activeNodes(results: readonly Tensor[], wrt: ReadonlySet<Tensor>): Node[] {
  const sources = new Set([...wrt].map((tensor) => tensor.node));
  const depends = new Set<Node>();
  const ordered = ancestorsOf(results);
  for (const node of ordered) {
    const reached = node.inputs.some((input) => input && depends.has(input.node));
    if (sources.has(node) || reached) depends.add(node);
  }
  return ordered.filter((node) => depends.has(node));
}

function takeCotangent(node: Node, pending: Map<Tensor, Tensor[]>): Tensor | undefined {
  for (const output of node.outputs.slice(1)) {
    if (pending.has(output)) {
      throw new Error(`internal: ${node.op} has no cotangent rule for output ${output.index}.`);
    }
  }
  const terms = pending.get(node.outputs[0]!);
  return terms && addAll(terms);
}

function propagate(
  node: Node,
  cotangent: Tensor,
  active: ReadonlySet<Node>,
  uses: Map<Tensor, Use[]>,
  pending: Map<Tensor, Tensor[]>,
): void {
  if (node.op === "Leaf") return;
  const rules = vjpRules[node.op](cotangent, node);
  node.inputs.forEach((input, position) => {
    const rule = rules[position];
    if (!input || !rule || !isFloat(input.dtype)) return;
    uses.get(input)?.push({ node, input: position, cotangent });
    if (input.node.op === "Leaf" || !active.has(input.node)) return;
    const terms = pending.get(input) ?? [];
    terms.push(rule());
    pending.set(input, terms);
  });
}
