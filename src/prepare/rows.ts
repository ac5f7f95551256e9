/** @module Samples prepared shard by shard: from the cache, or anew. */

import { join } from "node:path";

import { mapBounded } from "../bounded.js";
import type { DataIssue, OnBad, Sample } from "../data/dataset.js";
import { touch } from "../files/room.js";
import { digestOf } from "../files/sealed.js";
import { DataError } from "../errors.js";
import { damagedCache, openCache, shardName } from "./cache.js";
import { fingerprint } from "./images/fingerprint.js";
import type { ImagePreparation, TextPreparation, TokenizedText } from "./preparation.js";
import {
  memoryShard,
  openShard,
  type PictureState,
  type PixelPlace,
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
  /**
   * Whether pixels of the cache are read, and checked, only when they are asked for: where features of all pictures
   * are in the cache, they never are. Default: no.
   */
  readonly defersPixels?: boolean;
  /**
   * What became of the pictures of a shard when they were decoded elsewhere, by its name; `null`: that is not known. It
   * is asked where pixels are deferred, and who then asks for them meets {@link Undecoded}.
   */
  readonly known?: (shard: string) => Promise<readonly PictureState[] | null>;
  /** Called as samples are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Raised for the pixels of a picture of which only is known what became of it elsewhere. */
export class Undecoded extends Error {}

// Decoding runs in the image library's threads; more in flight only costs memory.
const IN_FLIGHT = 64;
// A shard is made in memory as a whole.
const SHARD_BYTES = 32 * 2 ** 20;
const SHARD_SAMPLES = 1024;
/** Pixels beyond this stay on disk and are read batch by batch. */
const RESIDENT_BYTES = 256 * 2 ** 20;

/** Bytes of one decoded picture. */
const widthOf = (images: ImagePreparation | null): number =>
  (images?.shape ?? [0]).reduce((product, dim) => product * dim, 1);

const NO_TOKENS: TokenizedText = { tokens: new Int32Array(), truncated: false };

/** What is prepared of a sample. */
type Contents = Pick<Sample, "image" | "text">;

const tokensOf = ({ text }: Contents, texts: TextPreparation | null): TokenizedText =>
  texts?.tokenize(text ?? "") ?? NO_TOKENS;

/** A shard whose pictures were decoded elsewhere. */
const knownShard = (
  samples: readonly Contents[],
  pictures: readonly PictureState[],
  texts: TextPreparation | null,
): Shard => ({
  entries: samples.map((sample, at) => ({ picture: pictures[at]!, ...tokensOf(sample, texts) })),
  pixels: () => {
    throw new Undecoded("internal: pixels were asked for that are not here.");
  },
  resident: 0,
});

/** Prepares some samples, whatever is wrong with their pictures. */
async function makeShard(
  samples: readonly Contents[],
  { image: images, text: texts }: PrepareOptions,
  onDone: () => void,
): Promise<{ entries: ShardEntry[]; pixels: Uint8Array; width: number }> {
  const width = widthOf(images);
  const pixels = new Uint8Array(samples.length * width);
  const entries = await mapBounded(samples, IN_FLIGHT, async (sample, at) => {
    const { image } = sample;
    let picture: PictureState = { kind: "none" };
    try {
      if (image && images) {
        const { planes, ...about } = await images.decode(image);
        pixels.set(planes, at * width);
        picture = {
          ...{ kind: "decoded", ...about, digest: digestOf(planes) },
          fingerprint: fingerprint(planes, images.shape),
        };
      }
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      picture = { kind: "unusable", reason: error.message };
    }
    onDone();
    return { picture, ...tokensOf(sample, texts) };
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
    const name = await shardName(samples, image, text);
    const path = this.cache && join(this.cache, name);
    const found =
      (path === null ? null : await this.#open(path)) ?? (await this.#known(name, samples));
    if (found) {
      this.#report(samples.length);
      return found;
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

  async #known(name: string, samples: readonly Contents[]): Promise<Shard | null> {
    const { defersPixels, known, text } = this.options;
    const pictures = defersPixels === true ? await known?.(name) : null;
    return pictures?.length === samples.length ? knownShard(samples, pictures, text) : null;
  }

  async #open(path: string): Promise<Shard | null> {
    const shard = await openShard(path, this.#place, () => this.issues.push(damagedCache(path)));
    if (shard) await touch(path);
    return shard && this.#keep(shard);
  }

  get #place(): PixelPlace {
    if (this.options.defersPixels === true) return "later";
    return this.#resident < RESIDENT_BYTES ? "memory" : "file";
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

/** Samples that are prepared together: those of one shard after the other. */
export function* shardsOf<T>(
  samples: readonly T[],
  image: ImagePreparation | null,
): Generator<readonly T[]> {
  const most = Math.max(1, Math.floor(SHARD_BYTES / widthOf(image)));
  const length = Math.min(SHARD_SAMPLES, most);
  for (let start = 0; start < samples.length; start += length) {
    yield samples.slice(start, start + length);
  }
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
  for (const chunk of shardsOf(samples, options.image)) {
    const shard = await maker.shardOf(chunk);
    for (const [at, sample] of chunk.entries()) {
      yield { sample, entry: shard.entries[at]!, pixels: () => shard.pixels(at) };
    }
  }
}
