/** @module Serialises a graph as one ONNX model. */

import { create, toBinary } from "@bufbuild/protobuf";

import { ancestorsOf } from "../ancestors.js";
import type { TensorData } from "../dtype.js";
import type { Node, Tensor } from "../tensor.js";
import {
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
} from "./onnx_pb.js";
import { constantProto, nodeProto, tensorName, tensorProto, valueInfo } from "./nodes.js";

const OPSET = 20;
const IR_VERSION = 9;

/** A serialised model and the inputs that must be fed to it. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** Names of inputs and state variables that the outputs depend on. */
  readonly inputs: readonly string[];
}

/** Tensors to compute, by the name they get in the model. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** Text kept in an exported model, e.g. class names. */
export type ModelMetadata = Readonly<Record<string, string>>;

function modelBytes(graph: GraphProto, metadata: ModelMetadata = {}): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(IR_VERSION),
    producerName: "balgrad",
    opsetImport: [{ domain: "", version: BigInt(OPSET) }],
    graph,
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
  return toBinary(ModelProtoSchema, model);
}

function identity(input: string, output: string): NodeProto {
  return create(NodeProtoSchema, { opType: "Identity", input: [input], output: [output] });
}

/**
 * Gives computed tensors the names of the outputs that they are, in place. Outputs that are leaves,
 * or second names of one tensor, need a node of their own.
 */
function nameOutputs(
  nodes: readonly NodeProto[],
  outputs: readonly (readonly [name: string, tensor: Tensor])[],
): NodeProto[] {
  const names = new Map<string, string>();
  const copies: NodeProto[] = [];
  const computed = new Set(nodes.flatMap((node) => node.output));
  for (const [name, tensor] of outputs) {
    const own = tensorName(tensor);
    if (computed.has(own) && !names.has(own)) names.set(own, name);
    else copies.push(identity(names.get(own) ?? own, name));
  }
  const renamed = (name: string): string => names.get(name) ?? name;
  for (const node of nodes) {
    node.input = node.input.map(renamed);
    node.output = node.output.map(renamed);
  }
  return [...nodes, ...copies];
}

const isNode = (proto: NodeProto | undefined): proto is NodeProto => proto !== undefined;

/** Fed leaves (inputs and states) among nodes. */
function fedLeaves(nodes: readonly Node[]): Tensor[] {
  return nodes
    .filter((node) => node.leaf && node.leaf.kind !== "constant")
    .map((node) => node.outputs[0]!);
}

function constants(nodes: readonly Node[]): TensorProto[] {
  return nodes
    .filter((node) => node.leaf?.kind === "constant")
    .map((node) => constantProto(node.outputs[0]!));
}

/**
 * Serialises a function of the graph's inputs and state variables.
 *
 * @param outputs - What to compute.
 * @param values - Values of state variables to embed; the others become inputs.
 */
export function writeFunction(
  outputs: NamedTensors,
  values: ReadonlyMap<string, TensorData> = new Map(),
  metadata: ModelMetadata = {},
): OnnxModel {
  const nodes = ancestorsOf(Object.values(outputs));
  const fed = fedLeaves(nodes);
  const embedded = fed.filter((tensor) => values.has(tensorName(tensor)));
  const inputs = fed.filter((tensor) => !values.has(tensorName(tensor)));
  const graph = create(GraphProtoSchema, {
    name: "balgrad",
    input: inputs.map((tensor) => valueInfo(tensorName(tensor), tensor.dtype, tensor.shape)),
    output: Object.entries(outputs).map(([name, { dtype, shape }]) =>
      valueInfo(name, dtype, shape),
    ),
    initializer: [
      ...constants(nodes),
      ...embedded.map((tensor) => {
        const name = tensorName(tensor);
        return tensorProto(name, tensor.dtype, tensor.shape as number[], values.get(name)!);
      }),
    ],
    node: nameOutputs(nodes.map(nodeProto).filter(isNode), Object.entries(outputs)),
  });
  return { bytes: modelBytes(graph, metadata), inputs: inputs.map(tensorName) };
}
