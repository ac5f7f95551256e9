/** @module Turns nodes of the graph into ONNX nodes. */

import { create } from "@bufbuild/protobuf";

import type { Attribute } from "../attributes.js";
import { type DType, type TensorData } from "../dtype.js";
import { ONNX_DTYPES } from "../infer/elementwise.js";
import type { Shape } from "../shape.js";
import type { Node, Tensor } from "../tensor.js";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./onnx_pb.js";

/** Name of a tensor inside the ONNX graph; `StopGradient` vanishes here. */
export function tensorName(tensor: Tensor): string {
  const { node, index } = tensor;
  if (node.op === "StopGradient") return tensorName(node.inputs[0]!);
  if (node.leaf && node.leaf.kind !== "constant") return node.leaf.name;
  return index === 0 ? `t${node.id}` : `t${node.id}_${index}`;
}

/** ONNX node of an operator application, `undefined` for leaves and `StopGradient`. */
export function nodeProto(node: Node): NodeProto | undefined {
  if (node.op === "Leaf" || node.op === "StopGradient") return undefined;
  return create(NodeProtoSchema, {
    opType: node.op,
    input: node.inputs.map((input) => (input ? tensorName(input) : "")),
    output: node.outputs.map(tensorName),
    attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
  });
}

/** Serialises one attribute. */
export function attribute(name: string, value: Attribute): AttributeProto {
  const types = AttributeProto_AttributeType;
  if ("int" in value) {
    return create(AttributeProtoSchema, { name, type: types.INT, i: BigInt(value.int) });
  }
  if ("ints" in value) {
    return create(AttributeProtoSchema, { name, type: types.INTS, ints: value.ints.map(BigInt) });
  }
  if ("float" in value) {
    return create(AttributeProtoSchema, { name, type: types.FLOAT, f: value.float });
  }
  const s = new TextEncoder().encode(value.string);
  return create(AttributeProtoSchema, { name, type: types.STRING, s });
}

/** An initializer: a named tensor with its values. */
export function tensorProto(
  name: string,
  dtype: DType,
  shape: readonly number[],
  data: TensorData,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: ONNX_DTYPES[dtype],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}

/** Initializer of a constant leaf. */
export function constantProto(tensor: Tensor): TensorProto {
  const leaf = tensor.node.leaf;
  if (leaf?.kind !== "constant") throw new Error("internal: not a constant.");
  return tensorProto(tensorName(tensor), tensor.dtype, tensor.shape as number[], leaf.data);
}

/** Declares a graph input or output; symbolic dimensions keep their names. */
export function valueInfo(name: string, dtype: DType, shape: Shape): ValueInfoProto {
  const dim = shape.map((size) => ({
    value:
      typeof size === "number"
        ? ({ case: "dimValue", value: BigInt(size) } as const)
        : ({ case: "dimParam", value: size } as const),
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: { case: "tensorType", value: { elemType: ONNX_DTYPES[dtype], shape: { dim } } },
    },
  });
}
