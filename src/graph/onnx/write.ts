/** @module Serialises a graph, or a training step in a loop, as one ONNX model. */

import { create, toBinary } from "@bufbuild/protobuf";

import { ancestorsOf } from "../ancestors.js";
import { int } from "../attributes.js";
import type { TensorData } from "../dtype.js";
import type { Shape } from "../shape.js";
import type { Node, Tensor } from "../tensor.js";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
} from "./onnx_pb.js";
import {
  attribute,
  constantProto,
  nodeProto,
  tensorName,
  tensorProto,
  valueInfo,
} from "./nodes.js";

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

/** A step to be repeated: what to compute and how the state changes. */
export interface StepFunction {
  /** New value of each state variable that the step reads or writes. */
  readonly updates: ReadonlyMap<string, Tensor>;
  /** Scalars to record at every step. */
  readonly metrics: NamedTensors;
}

/** Leading axis of every input of a {@link writeLoop} model: the number of steps in one call. */
export const STEPS = "steps";

/** Name of the input that says how many steps to run. */
export const TRIP_COUNT = "trip_count";

/**
 * Serialises a training step inside an ONNX `Loop`, so that one call runs many steps and state
 * stays inside the runtime. Step inputs get a leading axis `steps`; outputs are the last state
 * under its own names with suffix `.next`, and every metric as `[steps]`.
 *
 * The runtime copies each output on its way to JavaScript: with one step per call that copy costs
 * as much as half of a small step.
 */
export function writeLoop({ updates, metrics }: StepFunction): OnnxModel {
  const nodes = ancestorsOf([...updates.values(), ...Object.values(metrics)]);
  const states = [...updates.keys()].map((name) => stateTensor(updates.get(name)!, name));
  const inputs = fedLeaves(nodes).filter((tensor) => !updates.has(tensorName(tensor)));
  const stacked = inputs.map((tensor) => [STEPS, ...tensor.shape]);
  const metricInfo = Object.entries(metrics).map(
    ([name, { dtype }]) => [name, dtype, [STEPS] as Shape] as const,
  );
  const graph = create(GraphProtoSchema, {
    name: "balgrad_training",
    input: [
      valueInfo(TRIP_COUNT, "int64", []),
      ...inputs.map((tensor, at) => valueInfo(tensorName(tensor), tensor.dtype, stacked[at]!)),
      ...states.map((tensor) => valueInfo(tensorName(tensor), tensor.dtype, tensor.shape)),
    ],
    output: [
      ...states.map((tensor) => valueInfo(nextName(tensor), tensor.dtype, tensor.shape)),
      ...metricInfo.map((info) => valueInfo(...info)),
    ],
    initializer: [tensorProto("true", "bool", [], Uint8Array.of(1)), ...constants(nodes)],
    node: [
      create(NodeProtoSchema, {
        opType: "Loop",
        input: [TRIP_COUNT, "true", ...states.map(tensorName)],
        output: [...states.map(nextName), ...Object.keys(metrics)],
        attribute: [
          create(AttributeProtoSchema, {
            name: "body",
            type: AttributeProto_AttributeType.GRAPH,
            g: loopBody(nodes, states, inputs, { updates, metrics }),
          }),
        ],
      }),
    ],
  });
  return {
    bytes: modelBytes(graph),
    inputs: [TRIP_COUNT, ...inputs.map(tensorName), ...states.map(tensorName)],
  };
}

/** Output name of a state variable's last value in a {@link writeLoop} model. */
export const nextName = (state: Tensor | string): string =>
  `${typeof state === "string" ? state : tensorName(state)}.next`;

function stateTensor(update: Tensor, name: string): Tensor {
  const state = update.graph.states.get(name);
  if (!state) throw new Error(`internal: "${name}" is not a state variable.`);
  return state.tensor;
}

/** The repeated graph: picks this step's slice of every input, computes, hands the state on. */
function loopBody(
  nodes: readonly Node[],
  states: readonly Tensor[],
  inputs: readonly Tensor[],
  { updates, metrics }: StepFunction,
): GraphProto {
  const inner = (name: string): string => `step.${name}`;
  const rename = new Map(
    [...states, ...inputs].map((tensor) => [tensorName(tensor), inner(tensorName(tensor))]),
  );
  const results = [
    ...states.map(
      (state) => [`out.${tensorName(state)}`, updates.get(tensorName(state))!] as const,
    ),
    ...Object.entries(metrics).map(([name, tensor]) => [`out.${name}`, tensor] as const),
  ];
  const body = nameOutputs(nodes.map(nodeProto).filter(isNode), results);
  for (const node of body) node.input = node.input.map((name) => rename.get(name) ?? name);
  return create(GraphProtoSchema, {
    name: "step",
    input: [
      valueInfo("iteration", "int64", []),
      valueInfo("condition", "bool", []),
      ...states.map((state) => valueInfo(inner(tensorName(state)), state.dtype, state.shape)),
    ],
    output: [
      valueInfo("continue", "bool", []),
      ...results.map(([name, tensor]) => valueInfo(name, tensor.dtype, tensor.shape)),
    ],
    node: [
      ...inputs.map((tensor) =>
        create(NodeProtoSchema, {
          opType: "Gather",
          input: [tensorName(tensor), "iteration"],
          output: [inner(tensorName(tensor))],
          attribute: [attribute("axis", int(0))],
        }),
      ),
      ...body,
      identity("condition", "continue"),
    ],
  });
}
