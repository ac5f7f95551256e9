/** @module Turns a data set into arrays; what cannot be used is counted and named. */

import { join } from "node:path";

import {
  type DataIssue,
  type Dataset,
  type OnBad,
  type Sample,
  samplesOf,
  scoreOf,
  type Split,
  SPLITS,
} from "../data/dataset.js";
import { DataError } from "../errors.js";
import { openCache, shardName } from "./cache.js";
import type { EncodedDataset, EncodedSplit } from "./encoded.js";
import { fingerprint } from "./fingerprint.js";
import { decodeImage } from "./image.js";
import {
  memoryShard,
  openShard,
  type PictureState,
  type Shard,
  type ShardEntry,
  writeShard,
} from "./shard.js";
import { type TextOptions, tokenize } from "./text.js";

/** How to encode. */
export interface EncodeOptions {
  /** Height and width of the encoded pictures. */
  readonly side: number;
  readonly text: TextOptions;
  /** What to do with a sample whose picture cannot be used; default `missing`. */
  readonly onBad?: OnBad;
  /** Called as samples are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was found out about one sample. */
export interface SampleFacts {
  readonly sample: Sample;
  readonly picture: PictureState;
  /** Number of text features. */
  readonly tokens: number;
}

/** A data set as arrays, and what was met on the way. */
export interface EncodeResult {
  readonly encoded: EncodedDataset;
  readonly issues: readonly DataIssue[];
  /** Of the samples that are used, split by split, in the order of the arrays. */
  readonly facts: Readonly<Record<Split, readonly SampleFacts[]>>;
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

/** Encodes some samples, whatever is wrong with their pictures. */
async function encodeShard(
  samples: readonly Sample[],
  { side, text }: EncodeOptions,
  onDone: () => void,
): Promise<{ entries: ShardEntry[]; pixels: Uint8Array; width: number }> {
  const width = 3 * side * side;
  const pixels = new Uint8Array(samples.length * width);
  const entries = await mapBounded(samples, async ({ image, text: words }, at) => {
    let picture: PictureState = { kind: "none" };
    try {
      if (image) {
        const { planes, size } = await decodeImage(image, side);
        pixels.set(planes, at * width);
        picture = { kind: "decoded", size, fingerprint: fingerprint(planes, side) };
      }
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      picture = { kind: "unusable", reason: error.message };
    }
    onDone();
    return { picture, ...tokenize(words ?? "", text) };
  });
  return { entries, pixels, width };
}

/** Shards of a data set: from the cache, or made and, where decoding was work, kept there. */
class ShardMaker {
  #resident = 0;
  #done = 0;

  private constructor(
    readonly options: EncodeOptions,
    readonly total: number,
    readonly cache: string | null,
  ) {}

  static async create(dataset: Dataset, options: EncodeOptions): Promise<ShardMaker> {
    const { samples } = dataset;
    const isWork = samples.some(({ image }) => image !== null && image.kind !== "pixels");
    return new ShardMaker(options, samples.length, isWork ? await openCache() : null);
  }

  /** The shard of some samples. */
  async shardOf(samples: readonly Sample[]): Promise<Shard> {
    const { side, text } = this.options;
    const path = this.cache && join(this.cache, await shardName(samples, side, text));
    const known = path === null ? null : await this.#open(path);
    if (known) {
      this.#report(samples.length);
      return known;
    }
    const { entries, pixels, width } = await encodeShard(samples, this.options, () => {
      this.#report(1);
    });
    if (path !== null) await writeShard(path, entries, pixels, width);
    // Read back, so that pixels beyond what may stay in memory do not.
    const written = path === null ? null : await this.#open(path);
    return written ?? this.#keep(memoryShard(entries, pixels, width));
  }

  async #open(path: string): Promise<Shard | null> {
    const shard = await openShard(path, this.#resident < RESIDENT_BYTES);
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

interface EncodedSample extends SampleFacts {
  readonly entry: ShardEntry;
  readonly pixels: () => Uint8Array;
}

const where = ({ id, image }: Sample): string =>
  image?.kind === "file" ? `${id} (${image.path})` : id;

/** What is done about a sample's trouble; `null` means that it is skipped. */
function usable(
  sample: Sample,
  entry: ShardEntry,
  pixels: () => Uint8Array,
  onBad: OnBad,
  issues: DataIssue[],
): EncodedSample | null {
  const { picture, tokens, truncated } = entry;
  if (picture.kind === "unusable") {
    const message = picture.reason;
    if (onBad === "stop") {
      throw new DataError(
        `${where(sample)}: ${message}.`,
        "Mend the file, or go on with --on-bad missing (train on the text alone) or --on-bad skip.",
      );
    }
    const outcome = onBad === "skip" ? "sample-skipped" : "modality-missing";
    issues.push({ kind: "image-unusable", where: where(sample), message, outcome });
    if (onBad === "skip") return null;
  }
  if (truncated) {
    const message = `the text has ${sample.text!.length} characters; its first ${tokens.length} words are used`;
    issues.push({ kind: "text-truncated", where: sample.id, message, outcome: "kept" });
  }
  if (picture.kind !== "decoded" && tokens.length === 0) {
    const message = "neither a usable image nor a text";
    issues.push({ kind: "sample-empty", where: sample.id, message, outcome: "sample-skipped" });
    return null;
  }
  return { sample, picture, tokens: tokens.length, entry, pixels };
}

function toSplit(rows: readonly EncodedSample[], side: number, classes: number): EncodedSplit {
  const targets = new Float32Array(rows.length * classes);
  rows.forEach(({ sample }, row) => {
    for (const label of sample.labels) targets[row * classes + label] = 1;
  });
  return {
    size: rows.length,
    ids: rows.map(({ sample }) => sample.id),
    images: { shape: [3, side, side], row: (at) => rows[at]!.pixels() },
    texts: { kind: "tokens", tokens: rows.map(({ entry }) => entry.tokens) },
    imagePresent: Uint8Array.from(rows, ({ picture }) => (picture.kind === "decoded" ? 1 : 0)),
    textPresent: Uint8Array.from(rows, ({ tokens }) => (tokens > 0 ? 1 : 0)),
    targets,
  };
}

/**
 * Encodes all splits of a data set. Decoded pictures are kept in a cache on disk and, but for the first
 * 256 MB, read from there batch by batch, so memory does not grow with the number of pictures.
 *
 * A sample without a usable picture or text is kept with what it has; one with neither is skipped.
 *
 * @throws {DataError} with `onBad: "stop"` at the first unusable picture.
 */
export async function encodeDataset(
  dataset: Dataset,
  options: EncodeOptions,
): Promise<EncodeResult> {
  const { side, onBad = "missing" } = options;
  const issues: DataIssue[] = [];
  const maker = await ShardMaker.create(dataset, options);
  const length = Math.min(SHARD_SAMPLES, Math.max(1, Math.floor(SHARD_BYTES / (3 * side * side))));
  const encodeSplit = async (split: Split): Promise<EncodedSample[]> => {
    const samples = samplesOf(dataset, split);
    const rows: EncodedSample[] = [];
    for (let start = 0; start < samples.length; start += length) {
      const chunk = samples.slice(start, start + length);
      const shard = await maker.shardOf(chunk);
      chunk.forEach((sample, at) => {
        const pixels = (): Uint8Array => shard.pixels(at);
        const row = usable(sample, shard.entries[at]!, pixels, onBad, issues);
        if (row) rows.push(row);
      });
    }
    return rows;
  };
  const { name, task, classes } = dataset;
  const splits = {} as Record<Split, EncodedSplit>;
  const facts = {} as Record<Split, readonly SampleFacts[]>;
  for (const split of SPLITS) {
    const rows = await encodeSplit(split);
    splits[split] = toSplit(rows, side, classes.length);
    facts[split] = rows.map(({ sample, picture, tokens }) => ({ sample, picture, tokens }));
  }
  issues.sort((a, b) => (a.where < b.where ? -1 : 1));
  const score = scoreOf(dataset);
  return { encoded: { name, task, classes, score, ...splits }, issues, facts };
}
