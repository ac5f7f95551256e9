/** @module Samples as objects that machines share: some thousand in one, a line each. */

import { z } from "zod";

import { type FeatureSource, type Sample, type SampleFeatures, SPLITS } from "../data/dataset.js";
import { digestOf } from "../files/sealed.js";
import { sha256, wholeNumber } from "../files/schema.js";
import type { ObjectStore } from "../objects/objectStore.js";
import { writeOnce } from "../objects/once.js";
import type { Downloads } from "./downloads.js";
import { type PackWriter, pictureIn, type PlacedPicture, storedPicture } from "./packs.js";

/** Samples in one object. */
export const SAMPLES = 4096;

/** The first line: names of the packs that the pictures lie in. */
const head = z.strictObject({ packs: z.array(sha256) });

const row = wholeNumber.nullable();

/** One sample, one line. */
const storedSample = z.strictObject({
  id: z.string(),
  split: z.enum(SPLITS),
  labels: z.array(wholeNumber),
  text: z.string().nullable(),
  image: storedPicture.nullable(),
  features: z
    .strictObject({ image: row.exactOptional(), text: row.exactOptional() })
    .exactOptional(),
});

type StoredSample = z.infer<typeof storedSample>;

const keyOf = (digest: string): string => `samples/${digest}.jsonl`;

/** Numbers the packs of pictures in the order in which they are met. */
class PackList {
  readonly #numbers = new Map<string, number>();

  /** The names of the packs. */
  get names(): string[] {
    return [...this.#numbers.keys()];
  }

  /** A picture's place by the number of its pack. */
  stored(picture: PlacedPicture): StoredSample["image"] {
    if (picture.kind === "missing") return { missing: picture.reason };
    const { pack, at, bytes, digest, pixels } = picture;
    const name = pack.name!;
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    return { pack: number, at, bytes, digest, ...(pixels && { pixels: [...pixels] }) };
  }
}

/** Rows of matrices that stand for a sample's picture and text. */
export type RowsOf = (at: number) => StoredSample["features"];

/**
 * Publishes some samples; gives the digest of their object.
 *
 * @param first - Place of the first in the data set.
 * @param rowsOf - Rows of the vectors that the data bring, by the place in the data set.
 */
export async function publishSamples(
  store: ObjectStore,
  samples: readonly Sample[],
  first: number,
  packs: PackWriter,
  rowsOf: RowsOf,
): Promise<string> {
  const placed: (PlacedPicture | null)[] = [];
  for (const { image } of samples) placed.push(image && (await packs.place(image)));
  // The last pack is written when it is full: until then it has no name.
  await packs.flush();
  const list = new PackList();
  const lines = samples.map(({ id, split, labels, text }, at): StoredSample => {
    const [picture, features] = [placed[at], rowsOf(first + at)];
    return {
      ...{ id, split, labels: [...labels], text },
      image: picture ? list.stored(picture) : null,
      ...(features && { features }),
    };
  });
  const all = [{ packs: list.names } satisfies z.infer<typeof head>, ...lines];
  const bytes = Buffer.concat(all.map((line) => Buffer.from(`${JSON.stringify(line)}\n`)));
  const digest = digestOf(bytes);
  await writeOnce(store, keyOf(digest), bytes);
  return digest;
}

function* linesOf(bytes: Uint8Array): Generator {
  const decoder = new TextDecoder();
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(10, start);
    yield JSON.parse(decoder.decode(bytes.subarray(start, end)));
    start = end + 1;
  }
}

/** Vectors that the data bring, by their row. */
export interface Vectors {
  readonly image?: (row: number) => FeatureSource;
  readonly text?: (row: number) => FeatureSource;
}

function featuresOf({ features }: StoredSample, { image, text }: Vectors): SampleFeatures | null {
  if (!features) return null;
  const own = (row: number | null | undefined, source: (row: number) => FeatureSource) =>
    row === null || row === undefined ? null : source(row);
  return {
    ...(image && { image: own(features.image, image) }),
    ...(text && { text: own(features.text, text) }),
  };
}

/**
 * Reads published samples. Their pictures are brought here when they are decoded.
 *
 * @throws {StoreError} where the object is missing or damaged.
 */
export async function readSamples(
  downloads: Downloads,
  digest: string,
  vectors: Vectors,
): Promise<Sample[]> {
  const [first, ...lines] = linesOf(await downloads.checked(keyOf(digest), digest));
  const { packs } = head.parse(first);
  return lines.map((line): Sample => {
    const stored = storedSample.parse(line);
    const { id, split, labels, text, image } = stored;
    const features = featuresOf(stored, vectors);
    return {
      ...{ id, split, labels, text },
      image: image && pictureIn(downloads, packs, image),
      ...(features && { features }),
    };
  });
}
