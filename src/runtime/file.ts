/** @module Sessions on ONNX files as they are: any precision, weights perhaps in a second file. */

import { basename } from "node:path";

import type * as ort from "onnxruntime-node";

import type { DType, TensorData } from "../graph/dtype.js";
import { UserError } from "../errors.js";
import { fromHalf, toHalf } from "../tensors/half.js";
import { usableCores } from "./cores.js";
import type { NodeRuntimeOptions } from "./node.js";
import { type OnnxRuntime, onnxRuntime } from "./onnxRuntime.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { turn } from "./turn.js";

/** A loaded file. */
export interface FileSession {
  /** Runs the model for one of its outputs; 16-bit floats come out as 32-bit ones. */
  readonly run: (
    feeds: Readonly<Record<string, HostTensor>>,
    output: string,
  ) => Promise<HostTensor>;
  /** Frees what the runtime holds. */
  readonly release: () => Promise<void>;
}

/** A tensor of the type that the model's input wants. */
function fed(
  { Tensor }: OnnxRuntime,
  { dtype, shape, data }: HostTensor,
  wanted: string | undefined,
): ort.Tensor {
  if (wanted === "float16" && data instanceof Float32Array) {
    return new Tensor("float16", toHalf(data), shape);
  }
  if (wanted === "int32" && data instanceof BigInt64Array) {
    return new Tensor("int32", Int32Array.from(data, Number), shape);
  }
  return new Tensor(dtype, data, shape);
}

function taken({ type, dims: shape, data }: ort.Tensor): HostTensor {
  if (type !== "float16") return { dtype: type as DType, shape, data: data as TensorData };
  // Newer versions of JavaScript have 16-bit floats; the bits are the same.
  const { buffer, byteOffset, length } = data as Uint16Array;
  return { dtype: "float32", shape, data: fromHalf(new Uint16Array(buffer, byteOffset, length)) };
}

/**
 * Loads an ONNX file; external data are found beside it.
 *
 * @throws {UserError} when ONNX Runtime cannot load it.
 */
export async function openFileSession(
  path: string,
  { threads = usableCores() }: Pick<NodeRuntimeOptions, "threads"> = {},
): Promise<FileSession> {
  const runtime = await onnxRuntime();
  const session = await runtime.InferenceSession.create(path, {
    executionProviders: ["cpu"],
    logSeverityLevel: 3,
    intraOpNumThreads: threads,
  }).catch((error: unknown) => {
    throw new UserError(
      `${path}: ONNX Runtime cannot load the model: ${(error as Error).message}.`,
      `Is the file whole, and are its external data (${basename(path)}_data) beside it?`,
    );
  });
  const types = new Map(
    session.inputMetadata.map((input) => [input.name, input.isTensor ? input.type : undefined]),
  );
  return {
    run: async (feeds, output) => {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, tensor]) => [
          name,
          fed(runtime, tensor, types.get(name)),
        ]),
      );
      await turn();
      const result = await session.run(tensors, [output]).catch((error: unknown) => {
        throw new UserError(`${path}: the model cannot be run: ${(error as Error).message}.`);
      });
      return taken(result[output]!);
    },
    release: () => session.release(),
  };
}
