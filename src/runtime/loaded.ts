/** @module A model that ONNX Runtime has loaded. */

import type * as ort from "onnxruntime-common";

import { UserError } from "../errors.js";
import type { HostTensor } from "../graph/hostTensor.js";
import type { OnnxLibrary } from "./library.js";
import type { NamedValues } from "./session.js";
import { turn } from "./turn.js";

/** A loaded model with the tensors that it was fed with last: making them again costs time at every run. */
export class Loaded {
  readonly #runtime: OnnxLibrary;
  readonly #session: ort.InferenceSession;
  readonly #inputs: readonly string[];
  readonly #signal: AbortSignal | undefined;
  readonly #known = new WeakMap<HostTensor, ort.Tensor>();

  private constructor(
    runtime: OnnxLibrary,
    session: ort.InferenceSession,
    inputs: readonly string[],
    signal: AbortSignal | undefined,
  ) {
    this.#runtime = runtime;
    this.#session = session;
    this.#inputs = inputs;
    this.#signal = signal;
  }

  /**
   * Loads a model.
   *
   * @param runtime - ONNX Runtime's library for this platform.
   * @param signal - Once it is aborted, runs throw its reason.
   */
  static async create(
    runtime: OnnxLibrary,
    bytes: Uint8Array,
    inputs: readonly string[],
    options: ort.InferenceSession.SessionOptions,
    signal: AbortSignal | undefined,
  ): Promise<Loaded> {
    const session = await runtime.InferenceSession.create(bytes, options);
    return new Loaded(runtime, session, inputs, signal);
  }

  /**
   * Runs the model.
   *
   * @param fetches - Where outputs go; `null`: into new memory. Default: all of them.
   * @param present - Inputs that the runtime has as tensors already.
   */
  async run(
    feeds: NamedValues,
    fetches?: Record<string, ort.Tensor | null>,
    present: Readonly<Record<string, ort.Tensor>> = {},
  ): Promise<ort.InferenceSession.OnnxValueMapType> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const name of this.#inputs) {
      const known = present[name];
      if (known) {
        tensors[name] = known;
        continue;
      }
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
