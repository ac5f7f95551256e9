/** @module Turns an ONNX file of half precision or quantized weights into one of float32. */

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";

import { DataError } from "../../../errors.js";
import { type ExternalData, readTensor } from "../elements.js";
import { tensorProto } from "../nodes.js";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
} from "../onnx_pb.js";
import { dequantizeGraph } from "./dequantize.js";

/** A converted file, and how much of it was converted. */
export interface ConvertedModel {
  readonly bytes: Uint8Array;
  readonly converted: {
    /** Tensors of half precision. */
    readonly halves: number;
    /** Weights that were quantized. */
    readonly dequantized: number;
  };
}

const types: Readonly<Record<keyof typeof TensorProto_DataType, number>> = TensorProto_DataType;

const isHalf = (type: number): boolean => type === types.FLOAT16 || type === types.BFLOAT16;

/** A tensor in the file itself, of float32 where it was of half precision. */
function inlined(proto: TensorProto, external: ExternalData | undefined): TensorProto {
  const outside = proto.dataLocation === TensorProto_DataLocation.EXTERNAL;
  if (!outside && !isHalf(proto.dataType)) return proto;
  if (!isHalf(proto.dataType) && proto.dataType !== types.FLOAT) {
    return rawCopy(proto, external);
  }
  const { shape, data } = readTensor(proto, external);
  return tensorProto(proto.name, "float32", shape, data);
}

/** A tensor whose bytes lie in another file, with its bytes. */
function rawCopy(proto: TensorProto, external: ExternalData | undefined): TensorProto {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const file = external?.(entries.get("location") ?? "");
  if (!file) throw new DataError(`The ONNX file keeps tensor "${proto.name}" in another file.`);
  const offset = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? file.length - offset);
  return create(TensorProtoSchema, {
    ...{ name: proto.name, dataType: proto.dataType, dims: proto.dims },
    rawData: file.slice(offset, offset + length),
  });
}

/** Float32 in place of half precision in the description of a value. */
function widenValue({ type }: ValueInfoProto): void {
  const tensor = type?.value.case === "tensorType" ? type.value.value : undefined;
  if (tensor && isHalf(tensor.elemType)) tensor.elemType = types.FLOAT;
}

function widenNode(node: NodeProto, external: ExternalData | undefined): number {
  let halves = 0;
  for (const attribute of node.attribute) {
    if (attribute.t) {
      halves += isHalf(attribute.t.dataType) ? 1 : 0;
      attribute.t = inlined(attribute.t, external);
    }
    // Casts, and all other operators that name an element type.
    if (["to", "dtype"].includes(attribute.name) && isHalf(Number(attribute.i))) {
      attribute.i = BigInt(types.FLOAT);
    }
    for (const graph of [attribute.g, ...attribute.graphs]) {
      if (graph) halves += widenGraph(graph, external);
    }
  }
  return halves;
}

/** Makes all of a graph float32 that is of half precision; gives the number of tensors. */
function widenGraph(graph: GraphProto, external: ExternalData | undefined): number {
  let halves = graph.initializer.filter(({ dataType }) => isHalf(dataType)).length;
  graph.initializer = graph.initializer.map((proto) => inlined(proto, external));
  for (const value of [...graph.input, ...graph.output]) widenValue(value);
  // Descriptions of inner values are optional, and half of them would be wrong now.
  graph.valueInfo = [];
  for (const node of graph.node) halves += widenNode(node, external);
  return halves;
}

function parse(bytes: Uint8Array): ModelProto & { graph: GraphProto } {
  try {
    const model = fromBinary(ModelProtoSchema, bytes);
    if (model.graph) return model as ModelProto & { graph: GraphProto };
  } catch {
    // Said below.
  }
  throw new DataError("The file is no ONNX model, or it is damaged.", "Copy or download it again.");
}

/**
 * Converts a model to float32 throughout: tensors of half precision are widened, quantized weights get
 * the numbers that they stand for, and activations are no longer quantized.
 *
 * @param external - Reads the files that weights lie in beside the model; they end up inside it.
 * @throws {DataError} where the file is no ONNX model, or has a quantized operator that has no rule; the
 *   message names operator and node.
 */
export function toFloat32(bytes: Uint8Array, external?: ExternalData): ConvertedModel {
  const model = parse(bytes);
  const halves = widenGraph(model.graph, external);
  const dequantized = dequantizeGraph(model.graph);
  model.opsetImport = model.opsetImport.filter(
    ({ domain }) => domain === "" || model.graph.node.some((node) => node.domain === domain),
  );
  return { bytes: toBinary(ModelProtoSchema, model), converted: { halves, dequantized } };
}
