/**
 * @module Features inside a model that ends in a classifier.
 *
 * Many exports on the hub give class or word scores only. What their last layers read is what an encoder
 * without them would give; a copy of the model that ends there is kept in the cache.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";

import { create, toBinary } from "@bufbuild/protobuf";

import { makeFolder, exists } from "../../system.js";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  TensorProto_DataType,
  ValueInfoProtoSchema,
} from "../../graph/onnx/onnx_pb.js";
import { writeFileAtomic } from "../../files/atomic.js";
import { cacheFolder } from "../../prepare/cache.js";

/** Names that a node reads, also within the branches of a control-flow node. */
function reads(node: NodeProto): string[] {
  const inner = node.attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));
  return [...node.input, ...inner.flatMap(({ node: nodes }) => nodes.flatMap(reads))];
}

const producersOf = ({ node }: GraphProto): Map<string, NodeProto> =>
  new Map(node.flatMap((one) => one.output.map((name) => [name, one] as const)));

/** Nodes that a tensor is computed by; the search does not go on behind those that `stops` names. */
function nodesBehind(
  graph: GraphProto,
  tensor: string,
  stops: (node: NodeProto) => boolean = () => false,
): Set<NodeProto> {
  const producers = producersOf(graph);
  const found = new Set<NodeProto>();
  const open = [tensor];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = producers.get(name);
    if (!node || found.has(node)) continue;
    found.add(node);
    if (!stops(node)) open.push(...reads(node));
  }
  return found;
}

/** The module that a node belongs to, as exporters name them: `/bert/encoder/...` is in `bert`. */
const moduleOf = ({ name }: NodeProto): string | null => /^\/([^/]+)\/.+/.exec(name)?.[1] ?? null;

/** The module with most nodes: the encoder, beside which heads are small. */
function largestModule({ node }: GraphProto): string | null {
  const counts = new Map<string, number>();
  for (const one of node) {
    const module = moduleOf(one);
    if (module !== null) counts.set(module, (counts.get(module) ?? 0) + 1);
  }
  const [largest] = [...counts].sort((a, b) => b[1] - a[1]);
  return largest && largest[1] > node.length / 2 ? largest[0] : null;
}

/**
 * The tensor that the last layers read from the encoder.
 *
 * @returns `null` where the nodes' names do not tell.
 */
export function findFeatures({ graph }: ModelProto): string | null {
  const base = largestModule(graph!);
  if (base === null) return null;
  // Quantizers name their nodes after what they read.
  const isBase = (node: NodeProto): boolean =>
    moduleOf(node) === base && node.opType !== "DynamicQuantizeLinear";
  const read = new Set<string>();
  for (const { name } of graph!.output) {
    const behind = [...nodesBehind(graph!, name, isBase)];
    const given = new Set(behind.filter(isBase).flatMap(({ output }) => output));
    if (given.has(name)) return null;
    const head = behind.filter((node) => !isBase(node));
    for (const input of head.flatMap(reads)) if (given.has(input)) read.add(input);
  }
  const [features, ...more] = read;
  return features !== undefined && more.length === 0 ? features : null;
}

/** Whether a tensor is computed within a model. */
export const isComputed = ({ graph }: ModelProto, tensor: string): boolean =>
  graph!.node.some(({ output }) => output.includes(tensor));

/** A model that computes one tensor of another, and nothing else. */
function endingAt(model: ModelProto, tensor: string, name: string): ModelProto {
  const graph = model.graph!;
  const behind = nodesBehind(graph, tensor);
  const rename = (given: string): string => (given === tensor ? name : given);
  const node = graph.node
    .filter((one) => behind.has(one))
    .map((one) => ({
      ...one,
      input: one.input.map(rename),
      output: one.output.map(rename),
    }));
  const used = new Set([...behind].flatMap(reads));
  const output = create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: { elemType: TensorProto_DataType.FLOAT } } },
  });
  return {
    ...model,
    graph: {
      ...graph,
      node,
      output: [output],
      input: graph.input.filter((one) => used.has(one.name)),
      initializer: graph.initializer.filter((one) => used.has(one.name)),
      valueInfo: [],
    },
  };
}

/**
 * Writes a copy of a model that ends at one of its tensors, unless the cache has it.
 *
 * @param hash - Of the model.
 * @param tensor - The tensor, float32 `[batch, ...]`.
 * @param name - Name of the copy's only output.
 * @returns The copy's path.
 */
export async function writeEndingAt(
  model: ModelProto,
  hash: string,
  tensor: string,
  name: string,
): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify([hash, tensor, name]))
    .digest("hex");
  const folder = join(cacheFolder(), "encoders");
  const path = join(folder, `${key}.onnx`);
  if (await exists(path)) return path;
  await makeFolder(folder);
  await writeFileAtomic(path, toBinary(ModelProtoSchema, endingAt(model, tensor, name)));
  return path;
}
