/** @module The symbolic graph: tensors, nodes, and construction with common-subexpression elimination. */

import { UserError } from "../errors.js";
import type { Attributes } from "./attributes.js";
import { type DType, packData, type TensorData } from "./dtype.js";
import type { Leaf, TensorType } from "./infer/operand.js";
import { inferRules, type OpName } from "./infer/rules.js";
import { formatShape, sameShape, type Shape } from "./shape.js";
import type { Node, StateVariable, Tensor, TensorGraph } from "./tensor.js";

// Larger constants are the same if their data are the same array: hashing them would cost more.
const HASHED_CONSTANT_SIZE = 64;

/**
 * A typed dataflow graph under construction.
 *
 * Operators are ONNX's (opset 20). Equal nodes are built once: asking twice for `mul(a, b)` gives
 * the same tensor, so rules may be written naively. Nodes that no output reaches are dropped when
 * the graph is serialised.
 */
export class Graph implements TensorGraph {
  readonly #nodes: Node[] = [];
  readonly #byKey = new Map<string, Node>();
  readonly #byData = new Map<TensorData, readonly Tensor[]>();
  readonly #inputs = new Map<string, Tensor>();
  readonly #states = new Map<string, StateVariable>();

  /** All nodes in order of construction, which is a topological order. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** State variables by name, in order of declaration. */
  get states(): ReadonlyMap<string, StateVariable> {
    return this.#states;
  }

  /** Inputs by name, in order of declaration. */
  get inputs(): ReadonlyMap<string, Tensor> {
    return this.#inputs;
  }

  /** Declares an input that is fed at every step. */
  input(name: string, dtype: DType, shape: Shape): Tensor {
    this.#checkName(name);
    const tensor = this.#leaf({ kind: "input", name }, { dtype, shape });
    this.#inputs.set(name, tensor);
    return tensor;
  }

  /** Declares a variable that lives between steps and is updated at the end of each. */
  state(name: string, shape: readonly number[], initial: TensorData, dtype: DType): Tensor {
    this.#checkName(name);
    checkLength(name, shape, initial);
    const tensor = this.#leaf({ kind: "state", name }, { dtype, shape });
    this.#states.set(name, { name, tensor, initial });
    return tensor;
  }

  /** A constant, row-major; small equal constants are shared. */
  constant(dtype: DType, shape: readonly number[], values: ArrayLike<number> | TensorData): Tensor {
    const data = ArrayBuffer.isView(values) ? values : packData(dtype, values);
    checkLength("constant", shape, data);
    if (data.length > HASHED_CONSTANT_SIZE) return this.#largeConstant(dtype, shape, data);
    const key = `constant ${dtype} ${formatShape(shape)} ${data.join(",")}`;
    const known = this.#byKey.get(key);
    if (known) return known.outputs[0]!;
    const tensor = this.#leaf({ kind: "constant", data }, { dtype, shape });
    this.#byKey.set(key, tensor.node);
    return tensor;
  }

  #largeConstant(dtype: DType, shape: readonly number[], data: TensorData): Tensor {
    const known = this.#byData.get(data)?.find((tensor) => sameShape(tensor.shape, shape));
    if (known?.dtype === dtype) return known;
    const tensor = this.#leaf({ kind: "constant", data }, { dtype, shape });
    this.#byData.set(data, [...(this.#byData.get(data) ?? []), tensor]);
    return tensor;
  }

  /** A scalar constant. */
  scalar(value: number, dtype: DType = "float32"): Tensor {
    return this.constant(dtype, [], [value]);
  }

  /** A vector of int64, as ONNX wants axes and shapes. */
  integers(values: readonly number[]): Tensor {
    return this.constant("int64", [values.length], values);
  }

  /**
   * Applies an operator; an equal earlier application is reused.
   *
   * @throws {ShapeError} when shapes or types do not fit; the message names the operator.
   */
  apply(
    op: OpName,
    inputs: readonly (Tensor | null)[],
    attributes: Attributes = {},
  ): readonly Tensor[] {
    const references = inputs.map((input) => (input ? `${input.node.id}.${input.index}` : "_"));
    const key = `${op} ${references.join(" ")} ${JSON.stringify(attributes)}`;
    const known = this.#byKey.get(key);
    if (known) return known.outputs;
    for (const input of inputs) {
      if (input && input.graph !== this)
        throw new UserError(`${op}: its inputs are of two graphs.`);
    }
    const node = this.#node(op, inputs, attributes, inferRules[op](inputs, attributes, op));
    this.#byKey.set(key, node);
    return node.outputs;
  }

  #leaf(leaf: Leaf, type: TensorType): Tensor {
    return this.#node("Leaf", [], {}, [type], leaf).outputs[0]!;
  }

  #node(
    op: Node["op"],
    inputs: Node["inputs"],
    attributes: Attributes,
    types: readonly TensorType[],
    leaf?: Leaf,
  ): Node {
    const outputs: Tensor[] = [];
    const id = this.#nodes.length;
    const node: Node = { id, op, inputs, attributes, outputs, ...(leaf && { leaf }) };
    types.forEach((type, index) => outputs.push({ graph: this, node, index, ...type }));
    this.#nodes.push(node);
    return node;
  }

  #checkName(name: string): void {
    if (this.#inputs.has(name) || this.#states.has(name)) {
      throw new UserError(`The graph has two inputs or states named "${name}".`);
    }
  }
}

function checkLength(name: string, shape: readonly number[], data: TensorData): void {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size !== data.length) {
    throw new UserError(
      `${name} of shape ${formatShape(shape)} needs ${size} values, got ${data.length}.`,
    );
  }
}
