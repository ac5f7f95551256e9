/** @module Rewrites parts of a graph: some operators in other words, all else as it is. */

import { ancestorsOf } from "./ancestors.js";
import type { OpName } from "./infer/rules.js";
import type { Node, Tensor } from "./tensor.js";

/**
 * Writes an operator in other words.
 *
 * @param inputs - Of the node, rewritten.
 * @returns Its outputs; `null`: the operator stays.
 */
export type RewriteRule = (
  inputs: readonly (Tensor | null)[],
  node: Node,
) => readonly Tensor[] | null;

/** Rules by operator. */
export type RewriteRules = Readonly<Partial<Record<OpName, RewriteRule>>>;

/** A function's tensors with the operators that they are computed by rewritten, by the same names. */
export function rewritten<Name extends string>(
  tensors: Readonly<Record<Name, Tensor>>,
  rules: RewriteRules,
): Record<Name, Tensor> {
  const known = new Map<Node, readonly Tensor[]>();
  const newOf = ({ node, index }: Tensor): Tensor => known.get(node)![index]!;
  for (const node of ancestorsOf(Object.values<Tensor>(tensors))) {
    const { op, attributes } = node;
    if (op === "Leaf") {
      known.set(node, node.outputs);
      continue;
    }
    const inputs = node.inputs.map((input) => input && newOf(input));
    const isSame = inputs.every((input, at) => input === node.inputs[at]);
    const kept = (): readonly Tensor[] =>
      isSame ? node.outputs : node.outputs[0]!.graph.apply(op, inputs, attributes);
    known.set(node, rules[op]?.(inputs, node) ?? kept());
  }
  const entries = Object.entries<Tensor>(tensors).map(([name, tensor]) => [name, newOf(tensor)]);
  return Object.fromEntries(entries) as Record<Name, Tensor>;
}
