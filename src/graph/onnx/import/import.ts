/** @module Imports the graph of an ONNX file into ours, so that it can be differentiated and trained. */

import { ConfigError, DataError, UserError } from "../../../errors.js";
import { cast } from "../../functions/elementwise.js";
import type { Graph } from "../../graph.js";
import { formatShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import type { OnnxFile, OnnxGraph, OnnxInput, OnnxNode } from "../read.js";
import { OperatorCall, type Scope } from "./call.js";
import { ImportError, UnsupportedOperatorError } from "./errors.js";
import { OPERATORS } from "./operators/table.js";
import type { ImportOptions } from "./options.js";
import { isKnown, knownInitializer, type Value } from "./values/known.js";
import { Weights } from "./weights.js";

/** Graphs inside a node's attributes: the branches of a condition. */
function branchesOf({ attributes }: OnnxNode): OnnxGraph[] {
  return Object.values(attributes).flatMap((value) => ("graph" in value ? [value.graph] : []));
}

/** Names that a node reads, those in its branches included. */
function readsOf(node: OnnxNode): string[] {
  const inner = branchesOf(node).flatMap((branch) => [
    ...branch.nodes.flatMap(readsOf),
    ...branch.outputs,
  ]);
  return [...node.inputs, ...inner];
}

/** Nodes that the wanted values need, in the file's order, and all names that they read. */
function needed(
  graph: OnnxGraph,
  outputs: readonly string[],
): { nodes: OnnxNode[]; names: Set<string> } {
  const names = new Set(outputs);
  const nodes: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => names.has(name))) continue;
    nodes.push(node);
    for (const name of readsOf(node)) names.add(name);
  }
  return { nodes: nodes.reverse(), names };
}

/**
 * Imports an ONNX file's graph. Sizes but the batch must be known from the inputs' shapes; all integer
 * arithmetic on shapes is then done here, and what is left are operators of ours with derivatives.
 *
 * @returns The wanted outputs by name.
 * @throws {ConfigError} when inputs or outputs do not fit the file.
 * @throws {ImportError} when a node cannot be imported; the message names it.
 */
export function importOnnx(
  graph: Graph,
  file: OnnxFile,
  options: ImportOptions,
): Record<string, Tensor> {
  const outputs = options.outputs ?? file.outputs;
  const missing = outputs.find((name) => !file.outputs.includes(name));
  if (missing !== undefined) {
    throw new ConfigError(
      `The ONNX file has no output "${missing}".`,
      `Its outputs are ${file.outputs.join(", ")}.`,
    );
  }
  const { nodes, names } = needed(file, outputs);
  const scope: Scope = {
    graph,
    options,
    weights: new Weights(graph, file, options),
    opsets: file.opsets,
    inputs: Object.values(options.inputs),
  };
  const values = new Map<string, Value>();
  addInitializers(file, values);
  for (const input of file.inputs.filter(({ name }) => names.has(name))) {
    values.set(input.name, fedInput(input, options.inputs[input.name]));
  }
  for (const node of nodes) importNode(scope, node, values);
  return Object.fromEntries(outputs.map((name) => [name, outputTensor(scope, name, values)]));
}

function addInitializers(graph: OnnxGraph, values: Map<string, Value>): void {
  for (const [name, tensor] of graph.initializers) values.set(name, knownInitializer(name, tensor));
}

/** The caller's value of an input, in the file's element type. */
function fedInput({ name, dtype, shape }: OnnxInput, given: Tensor | undefined): Tensor {
  const expected = `${dtype}${formatShape(shape.map((size) => size ?? "?"))}`;
  if (!given) {
    throw new ConfigError(
      `The ONNX file needs its input "${name}", ${expected}.`,
      "Give a value for it.",
    );
  }
  const fits =
    given.shape.length === shape.length &&
    shape.every((size, axis) => typeof size !== "number" || size === given.shape[axis]);
  if (!fits) {
    throw new ConfigError(
      `The ONNX file's input "${name}" is ${expected}, got ${formatShape(given.shape)}.`,
      "Choose sizes that the model was exported for, or export it with dynamic axes.",
    );
  }
  return cast(given, dtype);
}

function importNode(scope: Scope, node: OnnxNode, values: Map<string, Value>): void {
  const inputs = node.inputs.map((name) => (name === "" ? undefined : valueOf(node, name, values)));
  const call = new OperatorCall(scope, node, inputs);
  const results = node.op === "If" ? branch(scope, call, values) : applied(call);
  node.outputs.forEach((name, at) => {
    const result = results[at];
    if (result && name !== "") values.set(name, result);
  });
}

function valueOf(node: OnnxNode, name: string, values: ReadonlyMap<string, Value>): Value {
  const value = values.get(name);
  if (value) return value;
  throw new ImportError(
    node,
    `its input "${name}" is computed by no node before it.`,
    "The value may be an output that is not supported, or the file is damaged.",
  );
}

/** Outputs of a node; errors of shape inference get the node's name. */
function applied(call: OperatorCall): readonly Value[] {
  const { node, scope } = call;
  const operator = OPERATORS.get(node.domain)?.get(node.op);
  if (!operator) {
    const readers = node.outputs.flatMap((name) => scope.weights.readers(name));
    throw new UnsupportedOperatorError(node, readers);
  }
  try {
    const result = operator(call);
    return Array.isArray(result) ? (result as readonly Value[]) : [result as Value];
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new ImportError(
      node,
      (error as Error).message,
      "The model's sizes may not fit the given inputs.",
    );
  }
}

/** Imports the branch that a known condition chooses. */
function branch(scope: Scope, call: OperatorCall, values: Map<string, Value>): readonly Value[] {
  const [holds] = call.sizes(0, "the condition");
  const chosen = call.attribute(holds === 0 ? "else_branch" : "then_branch", "graph");
  if (!chosen) return call.fail("the branch is missing.");
  addInitializers(chosen, values);
  for (const node of needed(chosen, chosen.outputs).nodes) importNode(scope, node, values);
  return chosen.outputs.map((name) => valueOf(call.node, name, values));
}

function outputTensor(scope: Scope, name: string, values: ReadonlyMap<string, Value>): Tensor {
  const value = values.get(name);
  if (!value) throw new DataError(`The ONNX file's output "${name}" is computed by no node.`);
  if (!isKnown(value)) return value;
  const node: OnnxNode = {
    op: "Identity",
    domain: "",
    name,
    inputs: [name],
    outputs: [name],
    attributes: {},
  };
  return new OperatorCall(scope, node, [value]).tensor(0);
}
