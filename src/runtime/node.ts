/** @module ONNX Runtime in Node. */

import type * as ort from "onnxruntime-node";

import type { DType, TensorData } from "../graph/dtype.js";
import type { OnnxModel } from "../graph/onnx/write.js";
import { usableCores } from "./cores.js";
import { type OnnxRuntime, onnxRuntime } from "./onnxRuntime.js";
import type { Runtime, Session } from "./session.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { turn } from "./turn.js";

/** Options of {@link nodeRuntime}. */
export interface NodeRuntimeOptions {
  /** Threads of one operator; default: all cores. */
  readonly threads?: number | undefined;
  /** Once it is aborted no session runs any more: their runs throw its reason. */
  readonly signal?: AbortSignal;
}

class NodeSession implements Session {
  readonly #runtime: OnnxRuntime;
  readonly #session: ort.InferenceSession;
  readonly #inputs: readonly string[];

  readonly #signal: AbortSignal | undefined;

  constructor(
    runtime: OnnxRuntime,
    session: ort.InferenceSession,
    inputs: readonly string[],
    signal: AbortSignal | undefined,
  ) {
    this.#runtime = runtime;
    this.#session = session;
    this.#inputs = inputs;
    this.#signal = signal;
  }

  async run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    const { Tensor } = this.#runtime;
    const tensors: Record<string, ort.Tensor> = {};
    for (const name of this.#inputs) {
      const feed = feeds[name];
      if (!feed) throw new Error(`internal: the model's input "${name}" was not fed.`);
      tensors[name] = new Tensor(feed.dtype, feed.data, feed.shape);
    }
    this.#signal?.throwIfAborted();
    await turn();
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
export function nodeRuntime({ threads = usableCores(), signal }: NodeRuntimeOptions = {}): Runtime {
  return {
    async createSession({ bytes, inputs }: OnnxModel): Promise<Session> {
      const runtime = await onnxRuntime();
      const session = await runtime.InferenceSession.create(bytes, {
        executionProviders: ["cpu"],
        logSeverityLevel: 3,
        intraOpNumThreads: threads,
      });
      return new NodeSession(runtime, session, inputs, signal);
    },
  };
}
