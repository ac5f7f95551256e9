/** @module Symbolic tensors and the nodes that make them: plain data, no behaviour. */

import type { Attributes } from "./attributes.js";
import type { DType, TensorData } from "./dtype.js";
import type { Leaf } from "./infer/operand.js";
import type { OpName } from "./infer/rules.js";
import type { Shape } from "./shape.js";

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
  readonly graph: TensorGraph;
  readonly node: Node;
  readonly index: number;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What is kept between steps: a parameter, an optimizer moment, a method's running mean. */
export interface StateVariable {
  readonly name: string;
  readonly tensor: Tensor;
  /** Value before the first step, row-major. */
  readonly initial: TensorData;
}

/** What a graph does, without how; `Graph` documents the members. */
export interface TensorGraph {
  readonly nodes: readonly Node[];
  readonly states: ReadonlyMap<string, StateVariable>;
  readonly inputs: ReadonlyMap<string, Tensor>;
  input(name: string, dtype: DType, shape: Shape): Tensor;
  state(name: string, shape: readonly number[], initial: TensorData, dtype: DType): Tensor;
  constant(dtype: DType, shape: readonly number[], values: ArrayLike<number> | TensorData): Tensor;
  scalar(value: number, dtype?: DType): Tensor;
  integers(values: readonly number[]): Tensor;
  apply(op: OpName, inputs: readonly (Tensor | null)[], attributes?: Attributes): readonly Tensor[];
}
