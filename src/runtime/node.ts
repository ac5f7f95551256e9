/** @module ONNX Runtime in Node. */

import type * as ort from "onnxruntime-node";

import { UserError } from "../errors.js";
import type { DType, TensorData } from "../graph/dtype.js";
import type { HostTensor } from "../graph/hostTensor.js";
import type { OnnxModel } from "../graph/onnx/write.js";
import { usableCores } from "./cores.js";
import { isStop, STOP, withStop, writesInPlace } from "./inPlace.js";
import { type OnnxRuntime, onnxRuntime } from "./onnxRuntime.js";
import type { NamedValues, Runtime, Session, WritingSession } from "./session.js";
import { turn } from "./turn.js";

/** Options of {@link nodeRuntime}. */
export interface NodeRuntimeOptions {
  /** Threads of one operator; default: all cores. */
  readonly threads?: number | undefined;
  /** Once it is aborted no session runs any more: their runs throw its reason. */
  readonly signal?: AbortSignal;
  /** Whether writing sessions may write in place; default: where the runtime can. Without, outputs are copied. */
  readonly inPlace?: boolean;
}

/** A loaded model with the tensors that it was fed with last: making them again costs time at every run. */
class Loaded {
  readonly #runtime: OnnxRuntime;
  readonly #session: ort.InferenceSession;
  readonly #inputs: readonly string[];
  readonly #signal: AbortSignal | undefined;
  readonly #known = new WeakMap<HostTensor, ort.Tensor>();

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

  async run(
    feeds: NamedValues,
    fetches?: Record<string, ort.Tensor | null>,
  ): Promise<ort.InferenceSession.OnnxValueMapType> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const name of this.#inputs) {
      const feed = feeds[name];
      if (!feed) {
        const given = Object.keys(feeds).join(", ") || "none";
        throw new UserError(`The model's input "${name}" was not given to run(); given: ${given}.`);
      }
      tensors[name] = this.tensor(feed);
    }
    this.#signal?.throwIfAborted();
    await turn();
    return fetches ? this.#session.run(tensors, fetches) : this.#session.run(tensors);
  }

  /** The runtime's tensor over the same memory. */
  tensor(value: HostTensor): ort.Tensor {
    const known = this.#known.get(value);
    if (known) return known;
    const made = new this.#runtime.Tensor(value.dtype, value.data, value.shape);
    this.#known.set(value, made);
    return made;
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

function reading(loaded: Loaded): Session {
  return {
    run: async (feeds) => {
      const results = await loaded.run(feeds);
      return Object.fromEntries(
        Object.entries(results).map(([name, { type, dims, data }]) => [
          name,
          { dtype: type as DType, shape: dims, data: data as TensorData },
        ]),
      );
    },
    release: () => loaded.release(),
  };
}

/** Writes in place; of all errors only the one that keeps the outputs from being copied is expected. */
function writingInPlace(loaded: Loaded): WritingSession {
  return {
    run: async (feeds, outputs) => {
      const fetches = Object.entries(outputs).map(
        ([name, to]) => [name, loaded.tensor(to)] as const,
      );
      try {
        await loaded.run(feeds, { [STOP]: null, ...Object.fromEntries(fetches) });
      } catch (error) {
        if (!isStop(error)) throw error;
      }
    },
    release: () => loaded.release(),
  };
}

/** Copies the outputs. */
function writingCopies(loaded: Loaded): WritingSession {
  return {
    run: async (feeds, outputs) => {
      const results = await loaded.run(feeds);
      for (const [name, { data }] of Object.entries(outputs)) {
        (data as Float32Array).set(results[name]!.data as Float32Array);
      }
    },
    release: () => loaded.release(),
  };
}

/**
 * Training steps: with the memory pattern the second run takes one block for all that lives during a step, beside the
 * pieces of the first run, which are kept. That is up to half as much again, and no faster.
 */
const FRUGAL: ort.InferenceSession.SessionOptions = { enableMemPattern: false };

/** Sessions of onnxruntime-node on the CPU. */
export function nodeRuntime({
  threads = usableCores(),
  signal,
  inPlace = true,
}: NodeRuntimeOptions = {}): Runtime {
  const load = async (
    bytes: Uint8Array,
    inputs: readonly string[],
    options: ort.InferenceSession.SessionOptions = {},
  ): Promise<Loaded> => {
    const runtime = await onnxRuntime();
    const session = await runtime.InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      logSeverityLevel: 3,
      intraOpNumThreads: threads,
      ...options,
    });
    return new Loaded(runtime, session, inputs, signal);
  };
  return {
    createSession: async ({ bytes, inputs }) => reading(await load(bytes, inputs)),
    createWritingSession: async ({ bytes, inputs }: OnnxModel) =>
      inPlace && (await writesInPlace(await onnxRuntime()))
        ? writingInPlace(await load(withStop(bytes), inputs, FRUGAL))
        : writingCopies(await load(bytes, inputs, FRUGAL)),
  };
}
