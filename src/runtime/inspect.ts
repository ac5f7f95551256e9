/** @module What an ONNX file takes and gives, as ONNX Runtime sees it. */

import type * as ort from "onnxruntime-node";

import { onnxRuntime } from "./onnxRuntime.js";

/** One input or output of a model. */
export interface Port {
  readonly name: string;
  /** Element type in ONNX Runtime's words, e.g. `float32`, `float16`, `int64`. */
  readonly type: string;
  /** Sizes; names where they are open. */
  readonly shape: readonly (number | string)[];
}

/** A model opened to be looked at. */
export interface InspectedModel {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /**
   * Runs the model once on zeros.
   *
   * @param shapes - Shape of each input.
   * @returns The shape of each output.
   */
  readonly shapesOn: (
    shapes: Readonly<Record<string, readonly number[]>>,
  ) => Promise<Record<string, readonly number[]>>;
  readonly release: () => Promise<void>;
}

/** Arrays of zeros by element type; half-precision numbers are given by their bits. */
const ZEROS: Readonly<Record<string, (size: number) => ort.Tensor.DataType>> = {
  float32: (size) => new Float32Array(size),
  float16: (size) => new Uint16Array(size),
  int32: (size) => new Int32Array(size),
  int64: (size) => new BigInt64Array(size),
  bool: (size) => new Uint8Array(size),
};

const portsOf = (metadata: readonly ort.InferenceSession.ValueMetadata[]): Port[] =>
  metadata.flatMap((value) => {
    if (!value.isTensor) return [];
    const { name, type, shape } = value;
    return [{ name, type, shape }];
  });

/**
 * Opens an ONNX file, with its external data beside it.
 *
 * @throws {Error} in ONNX Runtime's words where the file is no model that it can run.
 */
export async function inspectModel(path: string): Promise<InspectedModel> {
  // Nothing is to be run fast, so nothing need be rewritten.
  const { InferenceSession, Tensor } = await onnxRuntime();
  const session = await InferenceSession.create(path, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 3,
  });
  const inputs = portsOf(session.inputMetadata);
  return {
    inputs,
    outputs: portsOf(session.outputMetadata),
    async shapesOn(shapes) {
      const feeds = inputs.map(({ name, type }) => {
        const shape = shapes[name] ?? [];
        const size = shape.reduce((product, dim) => product * dim, 1);
        const zeros = ZEROS[type];
        if (!zeros) throw new Error(`the input "${name}" has elements of type ${type}`);
        return [name, new Tensor(type as ort.Tensor.Type, zeros(size), shape)] as const;
      });
      const results = await session.run(Object.fromEntries(feeds));
      return Object.fromEntries(Object.entries(results).map(([name, { dims }]) => [name, dims]));
    },
    release: () => session.release(),
  };
}
