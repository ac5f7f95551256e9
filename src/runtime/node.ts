/** @module ONNX Runtime in Node. */

import type * as ort from "onnxruntime-node";

import type { DType, TensorData } from "../graph/dtype.js";
import type { OnnxModel } from "../graph/onnx/write.js";
import { type OnnxRuntime, onnxRuntime } from "./onnxRuntime.js";
import type { HostTensor, Runtime, Session } from "./session.js";

/** Options of {@link nodeRuntime}. */
export interface NodeRuntimeOptions {
  /** Threads of one operator; default: all physical cores. */
  readonly threads?: number;
}

class NodeSession implements Session {
  readonly #runtime: OnnxRuntime;
  readonly #session: ort.InferenceSession;
  readonly #inputs: readonly string[];

  constructor(runtime: OnnxRuntime, session: ort.InferenceSession, inputs: readonly string[]) {
    this.#runtime = runtime;
    this.#session = session;
    this.#inputs = inputs;
  }

  async run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    const { Tensor } = this.#runtime;
    const tensors: Record<string, ort.Tensor> = {};
    for (const name of this.#inputs) {
      const feed = feeds[name];
      if (!feed) throw new Error(`internal: the model's input "${name}" was not fed.`);
      tensors[name] = new Tensor(feed.dtype, feed.data, feed.shape);
    }
    const results = await this.#session.run(tensors);
    return Object.fromEntries(
      Object.entries(results).map(([name, { type, dims, data }]) => [
        name,
        { dtype: type as DType, shape: dims, data: data as TensorData },
      ]),
    );
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** Sessions of onnxruntime-node on the CPU. */
export function nodeRuntime({ threads }: NodeRuntimeOptions = {}): Runtime {
  return {
    async createSession({ bytes, inputs }: OnnxModel): Promise<Session> {
      const runtime = await onnxRuntime();
      const session = await runtime.InferenceSession.create(bytes, {
        executionProviders: ["cpu"],
        logSeverityLevel: 3,
        ...(threads !== undefined && { intraOpNumThreads: threads }),
      });
      return new NodeSession(runtime, session, inputs);
    },
  };
}
