/** @module A frozen encoder at work: features of inputs, taken from the cache or made. */

import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";

import { DataError } from "../../errors.js";
import { type FileSession, openFileSession } from "../../runtime/file.js";
import type { FloatRows } from "../../tensors/rows.js";
import type { PretrainedEncoder } from "../pretrained/encoder.js";
import type { EncoderBatch, EncoderInputs, InputChange } from "./inputs.js";
import { pooled } from "./pooling.js";
import type { FeatureStore } from "./store.js";

/** Raised when the same inputs would give other features. */
const FORMAT = 2;

const BATCH = 32;

/** How encoders are run. */
export interface ExtractorOptions {
  /** Threads of one operator; default: all physical cores. */
  readonly threads?: number | undefined;
  /** Samples per call; default 32. */
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
  #session: FileSession | null = null;

  constructor(
    readonly encoder: E,
    readonly store: FeatureStore,
    readonly options: ExtractorOptions,
  ) {}

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
    for await (const batch of inputs.batches(rows, change, this.#batchSize)) {
      const values = await this.#run(batch);
      batch.places.forEach((place, at) => {
        const own = values.subarray(at * encoder.size, (at + 1) * encoder.size);
        assertFinite(own, encoder, nameOf(rows[place]!));
        result.set(own, place * encoder.size);
      });
      options.onDone(batch.places.length, batch.places.length);
    }
    return store.keep(name, encoder.size, result);
  }

  /** Features of one input that belongs to no sample; they are not counted. */
  async blank(name: string, feeds: EncoderBatch): Promise<Float32Array> {
    const { encoder, store } = this;
    const key = this.#hash(name).digest("hex");
    const known = await store.find(key, 1, encoder.size);
    if (known) return known.row(0);
    const values = (await this.#run(feeds)).slice(0, encoder.size);
    assertFinite(values, encoder, name);
    return (await store.keep(key, encoder.size, values)).row(0);
  }

  /** Frees the encoder. */
  async release(): Promise<void> {
    await this.#session?.release();
    this.#session = null;
  }

  /** Quantized models find their scale over the whole batch: one sample must not change another's. */
  get #batchSize(): number {
    const { weights, batch = Infinity } = this.encoder;
    return weights === "quantized" ? 1 : Math.min(batch, this.options.batchSize ?? BATCH);
  }

  async #run(batch: EncoderBatch): Promise<Float32Array> {
    const { encoder, options } = this;
    // A call blocks the thread: signals get their turn here.
    await setImmediate();
    options.signal?.throwIfAborted();
    this.#session ??= await openFileSession(encoder.model, options);
    const output = await this.#session.run(batch.feeds, encoder.pooling.output);
    return pooled(output, encoder, batch.lengths);
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
