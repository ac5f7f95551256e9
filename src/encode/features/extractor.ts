/** @module A frozen encoder at work: features of inputs, taken from the cache or made. */

import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";

import { DataError } from "../../errors.js";
import { usableCores } from "../../runtime/cores.js";
import type { FloatRows } from "../../tensors/rows.js";
import type { PretrainedEncoder } from "../pretrained/encoder.js";
import { forEachBounded } from "./bounded.js";
import type { EncoderInputs, EncoderSamples, InputChange } from "./inputs.js";
import { EncoderRunner, runnable } from "./runner.js";
import type { FeatureStore } from "./store.js";
import { EncoderThreads, sessionsFor } from "./threads.js";

/** Raised when the same inputs would give other features. */
const FORMAT = 2;

/** Pictures of large batches do not stay in the processor's cache between two layers. */
const BATCH = { image: 8, text: 32 } as const;

/** Threads start where so many samples are to be encoded at once: for fewer they are not worth it. */
const MANY = 64;

/** How encoders are run. */
export interface ExtractorOptions {
  /** Threads that work; default: as many as there are physical cores. */
  readonly threads?: number | undefined;
  /** Samples per call; default: 8 pictures or 32 texts. */
  readonly batchSize?: number;
  /** Stops between two calls; whole chunks that are done are kept. */
  readonly signal?: AbortSignal;
  /**
   * Called as features are done.
   *
   * @param encoded - How many of them the encoder made: the others were in the cache.
   */
  readonly onDone: (features: number, encoded: number) => void;
}

/** One encoder; its file is loaded when something is not in the cache. */
export class Extractor<E extends PretrainedEncoder = PretrainedEncoder> {
  readonly #runner: EncoderRunner;
  #threads: EncoderThreads | null = null;

  constructor(
    readonly encoder: E,
    readonly store: FeatureStore,
    readonly options: ExtractorOptions,
  ) {
    this.#runner = new EncoderRunner(runnable(encoder), options.threads);
  }

  /**
   * Features of some rows of a split, `[rows, size]`.
   *
   * @param nameOf - A sample's name, for errors.
   */
  async features(
    inputs: EncoderInputs,
    rows: readonly number[],
    change: InputChange | null,
    nameOf: (row: number) => string,
  ): Promise<FloatRows> {
    const { encoder, store, options } = this;
    const name = this.#name(inputs, rows, change);
    const known = await store.find(name, rows.length, encoder.size);
    if (known) {
      options.onDone(rows.length, 0);
      return known;
    }
    const result = new Float32Array(rows.length * encoder.size);
    if (rows.length >= MANY) await this.#startThreads();
    const batches = inputs.batches(rows, change, this.#batchSize);
    await forEachBounded(batches, this.#threads?.capacity ?? 1, async ({ places, samples }) => {
      const values = await this.#run(samples);
      places.forEach((place, at) => {
        const own = values.subarray(at * encoder.size, (at + 1) * encoder.size);
        assertFinite(own, encoder, nameOf(rows[place]!));
        result.set(own, place * encoder.size);
      });
      options.onDone(places.length, places.length);
    });
    return store.keep(name, encoder.size, result);
  }

  /** Features of one input that belongs to no sample; they are not counted. */
  async blank(name: string, samples: EncoderSamples): Promise<Float32Array> {
    const { encoder, store } = this;
    const key = this.#hash(name).digest("hex");
    const known = await store.find(key, 1, encoder.size);
    if (known) return known.row(0);
    const values = (await this.#run(samples)).slice(0, encoder.size);
    assertFinite(values, encoder, name);
    return (await store.keep(key, encoder.size, values)).row(0);
  }

  /** Frees the encoder. */
  async release(): Promise<void> {
    await this.#threads?.stop();
    this.#threads = null;
    await this.#runner.release();
  }

  async #startThreads(): Promise<void> {
    const { encoder, threads = usableCores() } = this.#runner;
    const sessions = sessionsFor(encoder, threads);
    if (sessions > 1) this.#threads ??= await EncoderThreads.start(encoder, sessions, threads);
  }

  /** Quantized models find their scale over the whole batch: one sample must not change another's. */
  get #batchSize(): number {
    const { weights, modality, batch = Infinity } = this.encoder;
    return weights === "quantized" ? 1 : Math.min(batch, this.options.batchSize ?? BATCH[modality]);
  }

  async #run(samples: EncoderSamples): Promise<Float32Array> {
    // A call in this thread blocks it: signals get their turn here.
    await setImmediate();
    this.options.signal?.throwIfAborted();
    // What a thread fails at is tried again here, where errors have their words.
    return (await this.#threads?.run(samples)) ?? this.#runner.run(samples);
  }

  #hash(...what: readonly unknown[]) {
    const encoder: PretrainedEncoder = this.encoder;
    const { hash, pooling, size, modality } = encoder;
    // The files of the hash state the rest: the batch, and the steps after pooling.
    const feeding =
      encoder.modality === "image"
        ? encoder.normalisation
        : [encoder.inputs, encoder.length, encoder.padding, encoder.paddingSide];
    const about = [FORMAT, hash, pooling, size, modality, feeding, ...what];
    return createHash("sha256").update(JSON.stringify(about));
  }

  #name(inputs: EncoderInputs, rows: readonly number[], change: InputChange | null): string {
    // What is drawn depends on a sample's position, features of clean inputs do not.
    const hash = this.#hash(
      "samples",
      rows.length,
      change && { ...change.by.cachedAs(change.strength, change.seed), rows },
    );
    for (const row of rows) {
      const identity = inputs.identity(row);
      hash.update(`${identity.length} `).update(identity);
    }
    return hash.digest("hex");
  }
}

function assertFinite(values: Float32Array, { name }: PretrainedEncoder, sample: string): void {
  if (values.every((value) => Number.isFinite(value))) return;
  throw new DataError(
    `${sample}: the encoder ${name} gives features that are no numbers.`,
    "Half-precision files can overflow: take the file in full precision.",
  );
}
