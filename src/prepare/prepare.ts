/** @module Turns a data set into arrays; what cannot be used is counted and named. */

import { join } from "node:path";

import {
  type DataIssue,
  type Dataset,
  type Modality,
  type OnBad,
  type Sample,
  scoreOf,
  type Split,
  SPLITS,
} from "../data/dataset.js";
import { cellExcerpt } from "../data/cells/tally.js";
import type { Yields } from "../data/fitness.js";
import { DataError } from "../errors.js";
import { type Message, say, setting, type Text } from "../message.js";
import { damagedCache, openCache, shardName } from "./cache.js";
import type { PreparedDataset, PreparedSplit } from "./prepared.js";
import { fingerprint } from "./images/fingerprint.js";
import type { ImagePreparation, TextPreparation, TokenizedText } from "./preparation.js";
import { words } from "./text.js";
import { placeOf, YieldCounter } from "./yields.js";
import {
  memoryShard,
  openShard,
  type PictureState,
  type Shard,
  type ShardEntry,
  writeShard,
} from "./shard.js";

/** How to prepare samples. */
export interface PrepareOptions {
  /** `null` where the data bring vectors in place of pictures, which are not looked at then. */
  readonly image: ImagePreparation | null;
  /** `null` where the data bring vectors in place of texts. */
  readonly text: TextPreparation | null;
  /** What to do with a sample whose picture cannot be used; default `missing`. */
  readonly onBad?: OnBad;
  /** Whether decoded pictures are kept in the cache on disk; default: yes. Without it they all stay in memory. */
  readonly cache?: boolean;
  /** Called as samples are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was found out about one sample. */
export interface SampleFacts {
  readonly sample: Sample;
  readonly picture: PictureState;
  /** Whether there is a usable picture, or features that stand for it. */
  readonly imagePresent: boolean;
  /** Whether there is a text that says something, or features that stand for it. */
  readonly textPresent: boolean;
}

/** A data set as arrays, and what was met on the way. */
export interface PrepareResult {
  readonly prepared: PreparedDataset;
  readonly issues: readonly DataIssue[];
  /** Of the samples that are used, split by split, in the order of the arrays. */
  readonly facts: Readonly<Record<Split, readonly SampleFacts[]>>;
  /** How many of the given pictures and texts could be used. */
  readonly yields: Yields;
}

// Decoding runs in the image library's threads; more in flight only costs memory.
const IN_FLIGHT = 64;
// A shard is made in memory as a whole.
const SHARD_BYTES = 32 * 2 ** 20;
const SHARD_SAMPLES = 1024;
/** Pixels beyond this stay on disk and are read batch by batch. */
const RESIDENT_BYTES = 256 * 2 ** 20;

/** Maps with bounded concurrency, results in order. */
async function mapBounded<T, R>(
  items: readonly T[],
  map: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      results[at] = await map(items[at]!, at);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return results;
}

/** Bytes of one decoded picture. */
const widthOf = (images: ImagePreparation | null): number =>
  (images?.shape ?? [0]).reduce((product, dim) => product * dim, 1);

const NO_TOKENS: TokenizedText = { tokens: new Int32Array(), truncated: false };

/** What is prepared of a sample. */
type Contents = Pick<Sample, "image" | "text">;

/** Prepares some samples, whatever is wrong with their pictures. */
async function makeShard(
  samples: readonly Contents[],
  { image: images, text: texts }: PrepareOptions,
  onDone: () => void,
): Promise<{ entries: ShardEntry[]; pixels: Uint8Array; width: number }> {
  const width = widthOf(images);
  const pixels = new Uint8Array(samples.length * width);
  const entries = await mapBounded(samples, async ({ image, text }, at) => {
    let picture: PictureState = { kind: "none" };
    try {
      if (image && images) {
        const { planes, ...about } = await images.decode(image);
        pixels.set(planes, at * width);
        picture = { kind: "decoded", ...about, fingerprint: fingerprint(planes, images.shape) };
      }
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      picture = { kind: "unusable", reason: error.message };
    }
    onDone();
    return { picture, ...(texts?.tokenize(text ?? "") ?? NO_TOKENS) };
  });
  return { entries, pixels, width };
}

/** Shards of a data set: from the cache, or made and, where decoding was work, kept there. */
class ShardMaker {
  #resident = 0;
  #done = 0;

  private constructor(
    readonly options: PrepareOptions,
    readonly total: number,
    readonly cache: string | null,
    readonly issues: DataIssue[],
  ) {}

  /** @param issues - Files of the cache that were damaged are added to it. */
  static async create(
    samples: readonly Contents[],
    options: PrepareOptions,
    issues: DataIssue[],
  ): Promise<ShardMaker> {
    const isWork =
      options.image !== null &&
      samples.some(({ image }) => image !== null && image.kind !== "pixels");
    const isKept = isWork && options.cache !== false;
    return new ShardMaker(options, samples.length, isKept ? await openCache() : null, issues);
  }

  /** The shard of some samples. */
  async shardOf(samples: readonly Contents[]): Promise<Shard> {
    const { image, text } = this.options;
    const path = this.cache && join(this.cache, await shardName(samples, image, text));
    const known = path === null ? null : await this.#open(path);
    if (known) {
      this.#report(samples.length);
      return known;
    }
    const { entries, pixels, width } = await makeShard(samples, this.options, () => {
      this.#report(1);
    });
    if (path !== null) await writeShard(path, entries, pixels, width);
    // Read back where pixels may not stay in memory.
    const isFull = path !== null && this.#resident >= RESIDENT_BYTES;
    const written = isFull ? await this.#open(path) : null;
    return written ?? this.#keep(memoryShard(entries, pixels, width));
  }

  async #open(path: string): Promise<Shard | null> {
    const shard = await openShard(path, this.#resident < RESIDENT_BYTES, () =>
      this.issues.push(damagedCache(path)),
    );
    return shard && this.#keep(shard);
  }

  #keep(shard: Shard): Shard {
    this.#resident += shard.resident;
    return shard;
  }

  #report(samples: number): void {
    this.#done += samples;
    this.options.onProgress?.(this.#done, this.total);
  }
}

/** A sample, what became of it, and access to its pixels. */
export interface ShardRow<T> {
  readonly sample: T;
  readonly entry: ShardEntry;
  readonly pixels: () => Uint8Array;
}

/**
 * Prepares samples one shard after the other, or reads what the cache has of them. Shards follow the order
 * of the samples and not their splits, so that other splits find the same shards.
 *
 * @param issues - Files of the cache that were damaged are added to it.
 */
export async function* prepareRows<T extends Contents>(
  samples: readonly T[],
  options: PrepareOptions,
  issues: DataIssue[],
): AsyncGenerator<ShardRow<T>> {
  const maker = await ShardMaker.create(samples, options, issues);
  const width = widthOf(options.image);
  const length = Math.min(SHARD_SAMPLES, Math.max(1, Math.floor(SHARD_BYTES / width)));
  for (let start = 0; start < samples.length; start += length) {
    const chunk = samples.slice(start, start + length);
    const shard = await maker.shardOf(chunk);
    for (const [at, sample] of chunk.entries()) {
      yield { sample, entry: shard.entries[at]!, pixels: () => shard.pixels(at) };
    }
  }
}

interface PreparedSample extends SampleFacts {
  readonly entry: ShardEntry;
  readonly pixels: () => Uint8Array;
}

/** How to go on after a picture or text that cannot be used. */
const GO_ON: Readonly<Record<Modality, Message>> = {
  image: say`Fix the file, or continue with ${setting("data.onBad", "missing")} (use the text alone) or ${setting("data.onBad", "skip")}.`,
  text: say`Fix the text, or continue with ${setting("data.onBad", "missing")} (use the image alone) or ${setting("data.onBad", "skip")}.`,
};

/** Decides about samples whose picture or text cannot be used, and counts them. */
class SampleJudge {
  readonly issues: DataIssue[] = [];
  readonly counter = new YieldCounter();

  constructor(readonly onBad: OnBad) {}

  /** A sample with what can be used of it; `null` means that it is skipped. */
  judge(sample: Sample, entry: ShardEntry, pixels: () => Uint8Array): PreparedSample | null {
    const { picture, tokens, truncated } = entry;
    const own = sample.features ?? {};
    const isImageLost = picture.kind === "unusable" && this.#lose("image", sample, picture.reason);
    if (picture.kind === "decoded") {
      this.counter.count("image", sample, null);
      if (picture.note !== undefined) {
        const message = `the image has no plain range: ${picture.note}`;
        this.#note("image-rescaled", placeOf(sample), message, "kept");
      }
    }
    let isTextLost = false;
    if (own.text === undefined && sample.text !== null) {
      if (tokens.length > 0) this.counter.count("text", sample, null);
      else {
        const what = words(sample.text).length > 0 ? "known word" : "word";
        isTextLost = this.#lose("text", sample, `the text has no ${what}`);
      }
      if (truncated) {
        const message = `the text has ${sample.text.length} characters; its first ${tokens.length} tokens are used`;
        this.#note("text-truncated", sample.id, message, "kept");
      }
    }
    if (this.onBad === "skip" && (isImageLost || isTextLost)) return null;
    const imagePresent = own.image === undefined ? picture.kind === "decoded" : own.image !== null;
    const textPresent = own.text === undefined ? tokens.length > 0 : own.text !== null;
    if (!imagePresent && !textPresent) {
      const message = "neither a usable image nor a text";
      this.#note("sample-empty", sample.id, message, "sample-skipped");
      return null;
    }
    this.counter.countTraining(sample, { image: imagePresent, text: textPresent });
    return { sample, picture, imagePresent, textPresent, entry, pixels };
  }

  /** Counts and names a picture or text that cannot be used. */
  #lose(side: Modality, sample: Sample, reason: string): true {
    this.counter.count(side, sample, reason);
    const where = placeOf(sample);
    const message = side === "text" ? `"${cellExcerpt(sample.text)}": ${reason}` : reason;
    if (this.onBad === "stop") throw new DataError(`${where}: ${message}.`, GO_ON[side]);
    const outcome = this.onBad === "skip" ? "sample-skipped" : "modality-missing";
    this.#note(`${side}-unusable`, where, message, outcome);
    return true;
  }

  #note(kind: string, where: string, message: Text, outcome: DataIssue["outcome"]): void {
    this.issues.push({ kind, where, message, outcome });
  }
}

/** Features that the samples bring along; zeros where the modality is missing. */
function ownRows(
  rows: readonly PreparedSample[],
  side: Modality,
  size: number,
): (at: number) => Float32Array {
  const missing = new Float32Array(size);
  return (at) => rows[at]!.sample.features?.[side]?.row() ?? missing;
}

/** A preparation, where the data bring nothing in its place. */
function given<P>(preparation: P | null): P {
  if (preparation !== null) return preparation;
  throw new Error("internal: nothing is said about how samples are prepared.");
}

function toSplit(
  rows: readonly PreparedSample[],
  { classes, features: own = {} }: Dataset,
  { image, text }: Pick<PrepareOptions, "image" | "text">,
): PreparedSplit {
  const targets = new Float32Array(rows.length * classes.length);
  rows.forEach(({ sample }, row) => {
    for (const label of sample.labels) targets[row * classes.length + label] = 1;
  });
  return {
    size: rows.length,
    ids: rows.map(({ sample }) => sample.id),
    images:
      own.image === undefined
        ? { shape: given(image).shape, row: (at) => rows[at]!.pixels() }
        : { shape: [own.image], row: ownRows(rows, "image", own.image) },
    texts:
      own.text === undefined
        ? {
            kind: "tokens",
            tokens: rows.map(({ entry }) => entry.tokens),
            retokenize: (at, change) =>
              given(text).tokenize(change(rows[at]!.sample.text ?? "")).tokens,
          }
        : { kind: "features", size: own.text, row: ownRows(rows, "text", own.text) },
    imagePresent: Uint8Array.from(rows, ({ imagePresent }) => Number(imagePresent)),
    textPresent: Uint8Array.from(rows, ({ textPresent }) => Number(textPresent)),
    targets,
  };
}

/**
 * Prepares all splits of a data set. Decoded pictures are kept in a cache on disk and, but for the first
 * 256 MB, read from there batch by batch, so memory does not grow with the number of pictures.
 *
 * A sample without a usable picture or text is kept with what it has; one with neither is skipped.
 *
 * @throws {DataError} with `onBad: "stop"` at the first unusable picture.
 */
export async function prepareDataset(
  dataset: Dataset,
  options: PrepareOptions,
): Promise<PrepareResult> {
  const { onBad = "missing" } = options;
  const judge = new SampleJudge(onBad);
  const rows: Record<Split, PreparedSample[]> = { train: [], validation: [], test: [] };
  for await (const { sample, entry, pixels } of prepareRows(
    dataset.samples,
    options,
    judge.issues,
  )) {
    const row = judge.judge(sample, entry, pixels);
    if (row) rows[sample.split].push(row);
  }
  const { name, labelKind, classes } = dataset;
  const splits = {} as Record<Split, PreparedSplit>;
  const facts = {} as Record<Split, readonly SampleFacts[]>;
  for (const split of SPLITS) {
    splits[split] = toSplit(rows[split], dataset, options);
    facts[split] = rows[split].map(({ sample, picture, imagePresent, textPresent }) => ({
      ...{ sample, picture, imagePresent, textPresent },
    }));
  }
  const { issues, counter } = judge;
  issues.sort((a, b) => (a.where < b.where ? -1 : 1));
  const score = scoreOf(dataset);
  const prepared = { name, labelKind, classes, score, ...splits };
  return { prepared, issues, facts, yields: counter.yields };
}
