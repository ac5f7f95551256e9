/** @module Initializers that become weights: their roles, paths, and what the caller makes of them. */

import type { Graph } from "../../graph.js";
import type { Tensor } from "../../tensor.js";
import type { OnnxFile, OnnxNode } from "../read.js";
import type { ImportedWeight, ImportOptions, WeightRole } from "./options.js";
import { countOf, dataOf, type Known } from "./values/known.js";

/** Operators whose output is still the weight that went in. */
const PASSING = new Set([
  "Transpose",
  "Reshape",
  "Squeeze",
  "Unsqueeze",
  "Identity",
  "Cast",
  "Flatten",
]);

const ROLES: Readonly<Record<string, readonly (WeightRole | undefined)[]>> = {
  MatMul: ["linear", "linear"],
  FusedMatMul: ["linear", "linear"],
  Gemm: ["linear", "linear", "bias"],
  Conv: [undefined, "conv", "bias"],
  FusedConv: [undefined, "conv", "bias"],
  Gather: ["embedding"],
  Einsum: ["linear", "linear"],
};

// No weight is this large: an additive mask that closes positions is.
const MASK = -1e4;

/** Whether values are those of an additive attention mask. */
function isMask(values: ArrayLike<number>): boolean {
  for (let at = 0; at < values.length; at++) if (!(values[at]! > MASK)) return true;
  return false;
}

/** Names that exporters make up, and that say nothing of the module. */
const ANONYMOUS = /^(onnx::|\/|\d+$|_inlfunc|_?val_\d+$|t\d+$)|_output_\d+$|^Constant/;

/** Module of a node named like `/encoder/layer.0/query/MatMul`. */
function moduleOf(name: string): string | undefined {
  const parts = name.split("/").filter((part) => part !== "");
  if (!name.startsWith("/") || parts.length < 2) return undefined;
  const scopes = parts.slice(0, -1);
  // Lists of modules are scopes twice: `/layer1/layer1.0/conv1`.
  const own = scopes.filter((scope, at) => !scopes[at + 1]?.startsWith(`${scope}.`));
  return own.join(".");
}

/** Weights of one import; each is asked for once. */
export class Weights {
  readonly #graph: Graph;
  readonly #options: ImportOptions;
  readonly #tensors = new Map<string, Tensor>();
  readonly #weights = new Map<Tensor, ImportedWeight>();
  readonly #paths = new Set<string>();
  readonly #readers = new Map<string, OnnxNode[]>();
  readonly #positions = new Map<OnnxNode, number>();

  constructor(graph: Graph, file: OnnxFile, options: ImportOptions) {
    this.#graph = graph;
    this.#options = options;
    file.nodes.forEach((node, position) => {
      this.#positions.set(node, position);
      for (const name of node.inputs) {
        const readers = this.#readers.get(name);
        if (readers) readers.push(node);
        else this.#readers.set(name, [node]);
      }
    });
  }

  /** Nodes that read a value. */
  readers(name: string): readonly OnnxNode[] {
    return this.#readers.get(name) ?? [];
  }

  /** Whether an initializer may be trained where its use does not say: arrays, masks excepted. */
  isCandidate(value: Known): boolean {
    const { initializer, values, shape } = value;
    if (initializer === undefined || countOf(shape) <= 1) return false;
    if (this.#scalesOnly(initializer)) return false;
    return this.#tensors.has(initializer) || !isMask(values as ArrayLike<number>);
  }

  /** Whether all that reads a value are the scales of resizings. */
  #scalesOnly(name: string): boolean {
    const readers = this.readers(name);
    const isScale = ({ op, inputs, outputs }: OnnxNode): boolean => {
      if (op === "Resize") return inputs[0] !== name;
      return (op === "Concat" || PASSING.has(op)) && this.#scalesOnly(outputs[0]!);
    };
    return readers.length > 0 && readers.every(isScale);
  }

  /** The weight that a tensor is, if it is one. */
  weightOf(tensor: Tensor): ImportedWeight | undefined {
    return this.#weights.get(tensor);
  }

  /** Role that readers after transpositions and the like give to a value. */
  roleOf(name: string): WeightRole {
    for (const node of this.readers(name)) {
      if (PASSING.has(node.op)) return this.roleOf(node.outputs[0]!);
      const role = ROLES[node.op]?.[node.inputs.indexOf(name)];
      if (role) return role;
    }
    return "other";
  }

  /** What an initializer becomes; asked once, with the role of its first use. */
  tensor(value: Known, node: OnnxNode, role: WeightRole): Tensor {
    const name = value.initializer!;
    const found = this.#tensors.get(name);
    if (found) return found;
    const weight: ImportedWeight = {
      name,
      path: this.#path(name, node, role),
      role,
      shape: value.shape,
      data: dataOf(value) as Float32Array,
      position: this.#positions.get(node) ?? 0,
    };
    const tensor =
      this.#options.weight?.(weight) ?? this.#graph.constant("float32", weight.shape, weight.data);
    this.#tensors.set(name, tensor);
    this.#weights.set(tensor, weight);
    return tensor;
  }

  #path(name: string, node: OnnxNode, role: WeightRole): string {
    const module = ANONYMOUS.test(name) ? moduleOf(node.name) : undefined;
    const addend = role === "bias" || node.op === "Add" || node.inputs.indexOf(name) === 2;
    const path = module ? `${module}.${addend ? "bias" : "weight"}` : name;
    const unique = this.#paths.has(path) ? name : path;
    this.#paths.add(unique);
    return unique;
  }
}
