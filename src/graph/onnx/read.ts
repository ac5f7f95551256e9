/** @module Reads ONNX files: inputs, outputs, initializers and nodes as plain data. */

import { fromBinary } from "@bufbuild/protobuf";

import { DataError } from "../../errors.js";
import type { Attribute } from "../attributes.js";
import type { DType } from "../dtype.js";
import {
  elementName,
  elementType,
  type ExternalData,
  type OnnxTensor,
  readTensor,
} from "./elements.js";
import { inlineFunctions } from "./inline.js";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx_pb.js";

/** An attribute of a node in a file. */
export type OnnxAttribute =
  | Attribute
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: OnnxTensor }
  | { readonly graph: OnnxGraph };

/** A node of a file. */
export interface OnnxNode {
  readonly op: string;
  /** Operator set; `""` is ONNX's own. */
  readonly domain: string;
  /** Often empty. */
  readonly name: string;
  /** Names of values; `""` where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An input of a file. */
export interface OnnxInput {
  readonly name: string;
  readonly dtype: DType;
  /** Sizes: known, named, or `null` where the file does not say. */
  readonly shape: readonly (number | string | null)[];
}

/** A graph of a file, or one branch of a condition in it. */
export interface OnnxGraph {
  /** Inputs that have no initializer. */
  readonly inputs: readonly OnnxInput[];
  readonly outputs: readonly string[];
  /** Initializers by name; Constant nodes are among them. */
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  /** All nodes but constants, in an order in which they can be computed. */
  readonly nodes: readonly OnnxNode[];
}

/** A parsed ONNX file. */
export interface OnnxFile extends OnnxGraph {
  /** Version of the operator set by domain; `""` is ONNX's own. */
  readonly opsets: ReadonlyMap<string, number>;
}

const OLDEST_OPSET = 11;
const NEWEST_OPSET = 21;

/**
 * Parses an ONNX file.
 *
 * @param external - Reads files of external data; only asked where the model has any.
 * @throws {DataError} when the bytes are no ONNX file, are cut off, or use what is not supported.
 */
export function readOnnx(bytes: Uint8Array, external?: ExternalData): OnnxFile {
  const model = parse(bytes);
  const opsets = new Map(
    model.opsetImport.map(({ domain, version }) => [plainDomain(domain), Number(version)]),
  );
  checkOpset(opsets.get(""));
  inlineFunctions(model);
  return { ...readGraph(model.graph!, external), opsets };
}

function parse(bytes: Uint8Array): ModelProto {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new DataError(
      `The file is no ONNX model, or is cut off: ${(error as Error).message}.`,
      "Download it again; it should start with the version of ONNX's format.",
    );
  }
  if (!model.graph || model.graph.output.length === 0) {
    throw new DataError(
      "The file is no ONNX model: it has no graph with outputs.",
      "Choose a file that ends in .onnx and holds a whole model.",
    );
  }
  return model;
}

function checkOpset(version: number | undefined): void {
  if (version !== undefined && version >= OLDEST_OPSET && version <= NEWEST_OPSET) return;
  const found = version === undefined ? "no version" : `version ${version}`;
  throw new DataError(
    `The ONNX file's opset_import has ${found} of ONNX's operators, expected ${OLDEST_OPSET} to ${NEWEST_OPSET}.`,
    `Export the model again with an opset from ${OLDEST_OPSET} to ${NEWEST_OPSET}.`,
  );
}

/** ONNX's own domain has two names. */
const plainDomain = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

function readGraph(graph: GraphProto, external?: ExternalData): OnnxGraph {
  const initializers = new Map<string, OnnxTensor>();
  for (const proto of graph.initializer) initializers.set(proto.name, readTensor(proto, external));
  if (graph.sparseInitializer.length > 0) {
    throw new DataError(
      "The ONNX file has sparse initializers, which are not supported.",
      "Export the model with dense weights.",
    );
  }
  const nodes: OnnxNode[] = [];
  for (const proto of graph.node) {
    const node = readNode(proto, external);
    const value = node.op === "Constant" && node.domain === "" ? constantOf(node) : undefined;
    if (value) initializers.set(node.outputs[0]!, value);
    else nodes.push(node);
  }
  return {
    inputs: graph.input.filter(({ name }) => !initializers.has(name)).map(readInput),
    outputs: graph.output.map(({ name }) => name),
    initializers,
    nodes,
  };
}

function readInput({ name, type }: ValueInfoProto): OnnxInput {
  const tensor = type?.value.case === "tensorType" ? type.value.value : undefined;
  const dtype = tensor && elementType(tensor.elemType);
  if (!dtype) {
    const found = tensor ? elementName(tensor.elemType) : "no tensor type";
    throw new DataError(
      `The ONNX file's input "${name}" has ${found}, expected a tensor of numbers.`,
      "Tokenizers and image decoders cannot be part of the model.",
    );
  }
  const shape = (tensor.shape?.dim ?? []).map(({ value }) =>
    value.case === "dimValue" ? Number(value.value) : value.value || null,
  );
  return { name, dtype, shape };
}

function readNode(proto: NodeProto, external?: ExternalData): OnnxNode {
  const { opType, name, input, output } = proto;
  const attributes = proto.attribute.map(
    (one) => [one.name, readAttribute(one, external)] as const,
  );
  return {
    op: opType,
    domain: plainDomain(proto.domain),
    name,
    inputs: input,
    outputs: output,
    attributes: Object.fromEntries(attributes.filter(([, value]) => value !== undefined)) as Record<
      string,
      OnnxAttribute
    >,
  };
}

const decoder = new TextDecoder();

function readAttribute(proto: AttributeProto, external?: ExternalData): OnnxAttribute | undefined {
  const types = AttributeProto_AttributeType;
  switch (proto.type) {
    case types.INT:
      return { int: Number(proto.i) };
    case types.INTS:
      return { ints: proto.ints.map(Number) };
    case types.FLOAT:
      return { float: proto.f };
    case types.FLOATS:
      return { floats: proto.floats };
    case types.STRING:
      return { string: decoder.decode(proto.s) };
    case types.STRINGS:
      return { strings: proto.strings.map((bytes) => decoder.decode(bytes)) };
    case types.TENSOR:
      return { tensor: readTensor(proto.t as TensorProto, external) };
    case types.GRAPH:
      return { graph: readGraph(proto.g as GraphProto, external) };
    default:
      return undefined;
  }
}

/** Value of a Constant node, `undefined` where it is no tensor of numbers. */
function constantOf({ attributes }: OnnxNode): OnnxTensor | undefined {
  const { value, value_float, value_floats, value_int, value_ints } = attributes;
  if (value && "tensor" in value) return value.tensor;
  const float32 = (shape: readonly number[], numbers: readonly number[]): OnnxTensor => ({
    dtype: "float32",
    stored: "float",
    shape,
    data: Float32Array.from(numbers),
  });
  const int64 = (shape: readonly number[], numbers: readonly number[]): OnnxTensor => ({
    dtype: "int64",
    stored: "int64",
    shape,
    data: BigInt64Array.from(numbers.map(BigInt)),
  });
  if (value_float && "float" in value_float) return float32([], [value_float.float]);
  if (value_int && "int" in value_int) return int64([], [value_int.int]);
  if (value_floats && "floats" in value_floats) {
    return float32([value_floats.floats.length], value_floats.floats);
  }
  if (value_ints && "ints" in value_ints) {
    return int64([value_ints.ints.length], value_ints.ints);
  }
  return undefined;
}
