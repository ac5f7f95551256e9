/** @module A look into an ONNX file: the format of its weights, and files that it keeps them in. */

import { readFile } from "node:fs/promises";

import { fromBinary } from "@bufbuild/protobuf";

import { UserError } from "../../errors.js";
import {
  type ModelProto,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from "../../graph/onnx/onnx_pb.js";
import type { WeightFormat } from "./encoder.js";

/** Operators that compute with, or restore, integers of fewer bits. */
const QUANTIZED =
  /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|QLinear.*|QGemm|QAttention|.*Integer|MatMulNBits|GatherBlockQuantized|DynamicQuantize.*|MatMulBnb4)$/;

/**
 * Reads an ONNX file, but not its external weights.
 *
 * @throws {UserError} when it is none.
 */
export async function readModel(path: string): Promise<ModelProto> {
  const bytes = await readFile(path);
  try {
    const model = fromBinary(ModelProtoSchema, bytes);
    if (model.graph && model.graph.node.length > 0) return model;
  } catch {
    // Said below, as for a file that happens to parse.
  }
  const isPointer = bytes.subarray(0, 100).toString("latin1").includes("git-lfs");
  throw new UserError(
    `${path}: not an ONNX model.`,
    isPointer
      ? "This is Git's pointer to a large file: fetch the file itself with git lfs pull."
      : "The file may have been cut short: copy or download it again.",
  );
}

/** Format of a model's weights. */
export function weightFormat({ graph }: ModelProto): WeightFormat {
  if (graph!.node.some(({ opType }) => QUANTIZED.test(opType))) return "quantized";
  const count = (type: number): number =>
    graph!.initializer.filter(({ dataType }) => dataType === type).length;
  const { FLOAT16, FLOAT } = TensorProto_DataType;
  return count(FLOAT16) > count(FLOAT) ? "float16" : "float32";
}

/** Names of the files, beside the model, that its weights lie in. */
export function externalFiles({ graph }: ModelProto): string[] {
  const external = graph!.initializer.filter(
    ({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL,
  );
  const names = external.flatMap(({ externalData }) =>
    externalData.filter(({ key }) => key === "location").map(({ value }) => value),
  );
  return [...new Set(names)];
}
