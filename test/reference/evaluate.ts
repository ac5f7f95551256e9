/**
 * @module Runs a graph in float64 by plain loops: the oracle that derivative rules and the runtime
 * are tested against. It shares no code with either.
 */

import { type Dim, formatShape, type Shape } from "../../src/graph/shape.js";
import type { Node, Tensor } from "../../src/graph/tensor.js";
import { kernels } from "./kernels.js";
import { countOf, type Value } from "./value.js";

/** Value of an input or state variable. */
export interface Feed {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Values by the name of the input or state variable. */
export type Feeds = Readonly<Record<string, Feed>>;

/** A graph that is ready to run, again and again. */
export type Evaluator = (feeds: Feeds) => Value[];

/** Nodes that the outputs depend on, in order of construction. */
export function nodesOf(outputs: readonly Tensor[]): Node[] {
  const found = new Set<Node>();
  const visit = (node: Node): void => {
    if (found.has(node)) return;
    found.add(node);
    for (const input of node.inputs) if (input) visit(input.node);
  };
  for (const output of outputs) visit(output.node);
  return [...found].sort((a, b) => a.id - b.id);
}

/** Value of a dimension such as `"2*batch"`; a symbol met for the first time gets `actual`. */
function sizeOf(dim: Dim, symbols: Map<string, number>, actual: number): number {
  if (typeof dim === "number") return dim;
  if (!dim.includes("*") && !symbols.has(dim)) symbols.set(dim, actual);
  return dim
    .split("*")
    .map((factor) => (/^\d+$/.test(factor) ? Number(factor) : (symbols.get(factor) ?? NaN)))
    .reduce((product, factor) => product * factor, 1);
}

/** Fails where a value's shape is not the inferred one: inference is checked by every run. */
function checkShape({ node, shape }: Tensor, value: Value, symbols: Map<string, number>): void {
  const agrees = (expected: Shape): boolean =>
    expected.length === value.shape.length &&
    expected.every((dim, axis) => {
      const actual = value.shape[axis]!;
      const size = sizeOf(dim, symbols, actual);
      // A product of symbols that nothing has fixed yet says nothing.
      return Number.isNaN(size) || size === actual;
    });
  if (!agrees(shape) || countOf(value.shape) !== value.data.length) {
    const what = node.leaf && node.leaf.kind !== "constant" ? `"${node.leaf.name}"` : node.op;
    throw new Error(
      `reference: ${what} should have shape ${formatShape(shape)}, got ${formatShape(value.shape)}.`,
    );
  }
}

function leafValue({ leaf, outputs }: Node, feeds: Feeds): Value {
  if (leaf!.kind === "constant") {
    return {
      shape: outputs[0]!.shape as readonly number[],
      data: Float64Array.from(leaf!.data as ArrayLike<number>, Number),
    };
  }
  const feed = feeds[leaf!.name];
  if (!feed) throw new Error(`reference: "${leaf!.name}" was not fed.`);
  return { shape: feed.shape, data: Float64Array.from(feed.data) };
}

/** Prepares to compute the outputs; symbolic dimensions take their values from the feeds. */
export function prepare(outputs: readonly Tensor[]): Evaluator {
  const nodes = nodesOf(outputs);
  return (feeds) => {
    const values = new Map<Tensor, Value>();
    const symbols = new Map<string, number>();
    for (const node of nodes) {
      const inputs = node.inputs.map((input) => (input ? values.get(input) : undefined));
      const results =
        node.op === "Leaf" ? [leafValue(node, feeds)] : kernels[node.op](inputs, node);
      node.outputs.forEach((output, index) => {
        checkShape(output, results[index]!, symbols);
        values.set(output, results[index]!);
      });
    }
    return outputs.map((output) => values.get(output)!);
  };
}

/** Computes the outputs once. */
export function evaluate(outputs: readonly Tensor[], feeds: Feeds): Value[] {
  return prepare(outputs)(feeds);
}
