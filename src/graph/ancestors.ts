/** @module What a tensor is computed from. */

import type { Node, Tensor } from "./tensor.js";

/** All nodes that some tensors are computed from, their own included, in topological order. */
export function ancestorsOf(tensors: readonly Tensor[]): Node[] {
  const seen = new Set<Node>();
  const stack = tensors.map((tensor) => tensor.node);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) if (input) stack.push(input.node);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
