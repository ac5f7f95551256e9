/** @module Replaces calls of functions that an ONNX file defines by their nodes. */

import { clone } from "@bufbuild/protobuf";

import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
} from "./onnx_pb.js";

const keyOf = (domain: string, name: string): string => `${domain}:${name}`;

/** Replaces calls of the model's own functions by their nodes, in place. */
export function inlineFunctions(model: ModelProto): void {
  if (!model.graph || model.functions.length === 0) return;
  const functions = new Map(model.functions.map((one) => [keyOf(one.domain, one.name), one]));
  let calls = 0;
  const expand = (node: NodeProto): NodeProto[] => {
    const body = functions.get(keyOf(node.domain, node.opType));
    return body ? bodyOf(body, node, `call${++calls}/`).flatMap(expand) : [node];
  };
  model.graph.node = model.graph.node.flatMap(expand);
}

/** A function's nodes with the call's names for inputs and outputs, and unique ones within. */
function bodyOf(body: FunctionProto, call: NodeProto, prefix: string): NodeProto[] {
  const names = new Map<string, string>([["", ""]]);
  body.input.forEach((name, at) => names.set(name, call.input[at] ?? ""));
  body.output.forEach((name, at) => names.set(name, call.output[at] || `${prefix}${name}`));
  const renamed = (name: string): string => names.get(name) ?? `${prefix}${name}`;
  const given = new Map(call.attribute.map((attribute) => [attribute.name, attribute]));
  return body.node.map((node) => {
    const copy = clone(NodeProtoSchema, node);
    copy.input = node.input.map(renamed);
    copy.output = node.output.map(renamed);
    copy.name = [call.name || call.opType, node.name || node.opType].join("/");
    copy.attribute = node.attribute.flatMap((attribute) => resolved(attribute, given));
    return copy;
  });
}

/** An attribute, or the call's value where it refers to one; left out where the call has none. */
function resolved(
  attribute: AttributeProto,
  given: ReadonlyMap<string, AttributeProto>,
): AttributeProto[] {
  if (!attribute.refAttrName) return [attribute];
  const value = given.get(attribute.refAttrName);
  if (!value) return [];
  const copy = clone(AttributeProtoSchema, value);
  copy.name = attribute.name;
  return [copy];
}
