/** @module Symbolic tensors and the nodes that make them: plain data, no behaviour. */

import type { Attributes } from "./attributes.js";
import type { DType, TensorData } from "./dtype.js";
import type { Graph } from "./graph.js";
import type { OpName } from "./infer/rules.js";
import type { Shape } from "./shape.js";

/** Where a leaf's value comes from. */
export type Leaf =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "state"; readonly name: string }
  | { readonly kind: "constant"; readonly data: TensorData };

/** One application of an operator, or a leaf. */
export interface Node {
  /** Position in the graph; inputs have smaller ids than the nodes that use them. */
  readonly id: number;
  readonly op: OpName | "Leaf";
  readonly inputs: readonly (Tensor | null)[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
  readonly leaf?: Leaf;
}

/** A symbolic value: the `index`-th output of a node. */
export interface Tensor {
  readonly graph: Graph;
  readonly node: Node;
  readonly index: number;
  readonly dtype: DType;
  readonly shape: Shape;
}
