/** @module Features of frozen encoders in shards, each the work of one job. */

import type { Dataset, Sample, Split } from "../data/dataset.js";
import { SPLITS } from "../data/dataset.js";
import { FEATURE_CHUNK } from "../encode/features/extract.js";
import type { PrepareResult } from "../prepare/prepare.js";
import type {
  PreparedDataset,
  PreparedImages,
  PreparedSplit,
  PreparedTexts,
} from "../prepare/prepared.js";

/** Samples of a split whose features one job makes. */
export interface Shard {
  readonly split: Split;
  /** Place of the first in the prepared split. */
  readonly first: number;
  /** Places in the data set: from, and to before which. */
  readonly samples: readonly (readonly [from: number, to: number])[];
}

/** Jobs that a data set is divided into, where there is enough of it. */
const WANTED = 64;
/** Largest shard; a job that is lost costs so many samples. */
const MOST_CHUNKS = 4;

/** Ascending numbers as ranges. */
export function rangesOf(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === number) last[1]++;
    else ranges.push([number, number + 1]);
  }
  return ranges;
}

/** The numbers of {@link rangesOf}. */
export const numbersIn = (ranges: readonly (readonly [number, number])[]): number[] =>
  ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at));

/** Divides a prepared data set; samples that cannot be used are in no shard. */
export function* shardsOf(
  { samples }: Pick<Dataset, "samples">,
  { facts }: Pick<PrepareResult, "facts">,
): Generator<Shard> {
  const places = new Map<Sample, number>(samples.map((sample, at) => [sample, at]));
  const chunks = SPLITS.reduce(
    (sum, split) => sum + Math.ceil(facts[split].length / FEATURE_CHUNK),
    0,
  );
  const each = Math.min(MOST_CHUNKS, Math.max(1, Math.ceil(chunks / WANTED)));
  const length = each * FEATURE_CHUNK;
  for (const split of SPLITS) {
    const rows = facts[split].map(({ sample }) => places.get(sample)!);
    for (let first = 0; first < rows.length; first += length) {
      yield { split, first, samples: rangesOf(rows.slice(first, first + length)) };
    }
  }
}

const shiftedImages = (images: PreparedImages, first: number): PreparedImages => {
  const { digest } = images;
  return {
    ...images,
    row: (at) => images.row(at - first),
    ...(digest && { digest: (at) => digest(at - first) }),
  };
};

function shiftedTexts(texts: PreparedTexts, first: number): PreparedTexts {
  if (texts.kind === "features") return { ...texts, row: (at) => texts.row(at - first) };
  const { retokenize } = texts;
  const before = new Array<Int32Array>(first).fill(new Int32Array());
  return {
    ...texts,
    tokens: [...before, ...texts.tokens],
    ...(retokenize && { retokenize: (at, change) => retokenize(at - first, change) }),
  };
}

/** A split whose samples stand where they stand in the whole one; those before are there, without a picture or a text. */
function shifted(own: PreparedSplit, first: number): PreparedSplit {
  const size = first + own.size;
  const present = (one: Uint8Array): Uint8Array => {
    const all = new Uint8Array(size);
    all.set(one, first);
    return all;
  };
  return {
    size,
    ids: [...new Array<string>(first).fill(""), ...own.ids],
    images: shiftedImages(own.images, first),
    texts: shiftedTexts(own.texts, first),
    imagePresent: present(own.imagePresent),
    textPresent: present(own.textPresent),
    targets: own.targets,
  };
}

/**
 * The prepared samples of a shard at their places in the whole split: what is drawn for a noisy input depends on
 * its place.
 */
export const atTheirPlaces = (
  prepared: PreparedDataset,
  { split, first }: Pick<Shard, "split" | "first">,
): PreparedDataset => ({ ...prepared, [split]: shifted(prepared[split], first) });
