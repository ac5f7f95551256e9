/** @module Cases of imported files: what a file shows, and files of one operator. */

import { type Attribute, int } from "../../src/graph/attributes.js";
import type { NodeProto } from "../../src/graph/onnx/onnx_pb.js";
import { f32, type FileSpec, type Given, i64, list, node } from "./made.js";

/** A file and what it shows. */
export interface FileCase extends FileSpec {
  readonly name: string;
}

/** Attributes of a node by name. */
export type Attributes = Readonly<Record<string, Attribute>>;
type Constants = Readonly<Record<string, Given>>;

interface More {
  readonly attributes?: Attributes;
  readonly constants?: Constants;
  readonly opset?: number;
  readonly outputs?: readonly string[];
  readonly after?: readonly NodeProto[];
}

/** One operator of the feeds and constants in order. */
export function one(op: string, feeds: Constants, more: More = {}): FileCase {
  const { attributes = {}, constants = {}, opset = 17, outputs, after = [] } = more;
  const names = [...Object.keys(feeds), ...Object.keys(constants)].join(" ");
  const result = after.length > 0 ? "r" : (outputs ?? ["y"]).join(" ");
  const told = Object.entries(attributes).map(
    ([name, value]) => `${name} ${String(Object.values(value)[0])}`,
  );
  return {
    name: [`${op} of opset ${opset}`, names, ...told].join(", "),
    feeds,
    constants,
    opset,
    ...(outputs && { outputs }),
    nodes: [node(op, names, result, attributes), ...after],
  };
}

/** Random tokens or rows, `[batch, 4, 6]`. */
export const X = f32("batch", 4, 6);
/** Random maps, `[batch, 4, 7, 7]`. */
export const MAPS = f32("batch", 4, 7, 7);

/** The batch size as a vector `b` of one element, as exporters ask for it. */
export const batchSize = [
  node("Shape", "x", "shape"),
  node("Gather", "shape zero", "size", { axis: int(0) }),
  node("Unsqueeze", "size axis0", "b"),
];
/** Constants that {@link batchSize} reads. */
export const ZERO = { zero: i64([], [0]), axis0: list(0) };
