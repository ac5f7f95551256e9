/** @module Small ONNX files made in tests, from a list of nodes. */

import { create, toBinary } from "@bufbuild/protobuf";

import { expect } from "vitest";

import { UserError } from "../../src/errors.js";
import type { Attribute } from "../../src/graph/attributes.js";
import { type DType, packData } from "../../src/graph/dtype.js";
import { attribute, tensorProto, valueInfo } from "../../src/graph/onnx/nodes.js";
import {
  type AttributeProto,
  type FunctionProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  ValueInfoProtoSchema,
} from "../../src/graph/onnx/onnx_pb.js";
import type { Shape } from "../../src/graph/shape.js";
import { randomStream } from "../../src/random.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";

/** Size behind the symbol `batch`. */
export const BATCH = 3;

/** ONNX Runtime's own operators. */
export const MICROSOFT = "com.microsoft";

/** A tensor by its shape and values; without values they are random. */
export interface Given {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly values?: readonly number[];
  /** Random values are at least one half. */
  readonly positive?: boolean;
}

/** Random floats. */
export const f32 = (...shape: Shape): Given => ({ dtype: "float32", shape });
/** Random floats of at least one half. */
export const above = (...shape: Shape): Given => ({ dtype: "float32", shape, positive: true });
/** Given floats. */
export const floatsOf = (shape: Shape, values: readonly number[]): Given => ({
  dtype: "float32",
  shape,
  values,
});
/** Given int64 numbers. */
export const i64 = (shape: Shape, values: readonly number[]): Given => ({
  dtype: "int64",
  shape,
  values,
});
/** Given int32 numbers. */
export const i32 = (shape: Shape, values: readonly number[]): Given => ({
  dtype: "int32",
  shape,
  values,
});
/** A list of int64 numbers. */
export const list = (...values: readonly number[]): Given => i64([values.length], values);

/** A node of ONNX's domain, or of another as `domain:Op`; names are separated by spaces, `_` is none. */
export function node(
  op: string,
  inputs: string,
  outputs = "y",
  attributes: Readonly<Record<string, Attribute>> = {},
  graphs: readonly AttributeProto[] = [],
): NodeProto {
  const [opType, domain = ""] = op.split(":").reverse() as [string, string?];
  const names = (text: string): string[] =>
    text.split(" ").flatMap((name) => (name === "" ? [] : [name === "_" ? "" : name]));
  const output = names(outputs);
  return create(NodeProtoSchema, {
    ...{ name: `/module.${output[0]!}/${opType}`, opType, domain },
    ...{ input: names(inputs), output },
    attribute: [
      ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      ...graphs,
    ],
  });
}

/** What a file is made of. */
export interface FileSpec {
  readonly feeds: Readonly<Record<string, Given>>;
  /** Initializers. */
  readonly constants?: Readonly<Record<string, Given>>;
  readonly nodes: readonly NodeProto[];
  /** Nodes that compute the same, where ONNX Runtime has no kernel on the CPU. */
  readonly standard?: readonly NodeProto[];
  /** Default: `y`. */
  readonly outputs?: readonly string[];
  readonly opset?: number;
  readonly functions?: readonly FunctionProto[];
}

/** A made file with values for its inputs. */
export interface MadeFile {
  readonly bytes: Uint8Array;
  readonly feeds: Readonly<Record<string, HostTensor>>;
}

const sizesOf = (shape: Shape): number[] =>
  shape.map((size) => (typeof size === "number" ? size : BATCH));

function valuesOf(name: string, { dtype, shape, values, positive = false }: Given): HostTensor {
  const sizes = sizesOf(shape);
  const count = sizes.reduce((product, size) => product * size, 1);
  const random = randomStream(5, name, count);
  const draw = (): number => (positive ? 0.5 + random.uniform() : random.normal());
  const data = packData(dtype, values ?? Array.from({ length: count }, draw));
  return { dtype, shape: sizes, data };
}

/** The file that gives the expected results: the same, with standard nodes in place of others. */
export const originalOf = (spec: FileSpec): FileSpec => ({
  ...spec,
  nodes: spec.standard ?? spec.nodes,
});

/** Makes a file. Outputs have no declared type: ONNX Runtime infers them. */
export function makeFile(spec: FileSpec): MadeFile {
  const { feeds, constants = {}, nodes, outputs = ["y"], opset = 17, functions = [] } = spec;
  const version = (domain: string, of: number) =>
    create(OperatorSetIdProtoSchema, { domain, version: BigInt(of) });
  const graph = create(GraphProtoSchema, {
    name: "made",
    input: Object.entries(feeds).map(([name, { dtype, shape }]) => valueInfo(name, dtype, shape)),
    output: outputs.map((name) => create(ValueInfoProtoSchema, { name })),
    initializer: Object.entries(constants).map(([name, given]) => {
      const { dtype, shape, data } = valuesOf(name, given);
      return tensorProto(name, dtype, shape, data);
    }),
    node: [...nodes],
  });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [
      version("", opset),
      version(MICROSOFT, 1),
      ...(functions.length > 0 ? [version("local", 1)] : []),
    ],
    functions: [...functions],
    graph,
  });
  const fed = Object.entries(feeds).map(([name, given]) => [name, valuesOf(name, given)] as const);
  return { bytes: toBinary(ModelProtoSchema, model), feeds: Object.fromEntries(fed) };
}

/** The error that something ends with. */
export function errorOf(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error("nothing was wrong");
}
