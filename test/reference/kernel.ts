/** @module The contract of reference kernels, and what several of them share. */

import type { Node } from "../../src/graph/tensor.js";
import type { Value } from "./value.js";

/** Inputs of a node; `undefined` stands for an optional input that is left out. */
export type Inputs = readonly (Value | undefined)[];

/** Computes a node's outputs. */
export type Kernel = (inputs: Inputs, node: Node) => readonly Value[];

/** Input that must be there. */
export function take(inputs: Inputs, index: number): Value {
  const value = inputs[index];
  if (!value) throw new Error(`reference: input ${index} is missing.`);
  return value;
}

/** Integers of an input such as axes; empty where the input is left out. */
export function integers(inputs: Inputs, index: number): number[] {
  return Array.from(inputs[index]?.data ?? []);
}

/** Fails on attributes whose meaning a kernel does not implement. */
export function refuse(node: Node, ...names: readonly string[]): void {
  const found = names.find((name) => name in node.attributes);
  if (found) throw new Error(`reference: ${node.op} with attribute "${found}" is not implemented.`);
}
