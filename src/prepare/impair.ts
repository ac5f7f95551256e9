/** @module Impaired inputs: a modality missing, wrong, noisy or corrupted, for some or all samples of a batch. */

import { randomStream } from "../random.js";
import { type Batch, BLANK, makeBatch } from "./batch.js";
import type { Corrupted, Corruption } from "./corrupt/kinds.js";
import {
  corruptImages,
  corruptTexts,
  isImageCorruption,
  isTextCorruption,
} from "./corrupt/split.js";
import { degradedRows, type ImageDegradation, type TextDegradation } from "./degradations.js";
import type { PreparedSplit } from "./prepared.js";

/** What is done to a batch. */
export interface Impairment {
  /** `missing`: the blank picture; `wrong`: another sample's; or the sample's own, degraded. */
  readonly image?: "missing" | "wrong" | ImageDegradation;
  /** `missing`: the empty text; `wrong`: another sample's; or the sample's own, degraded. */
  readonly text?: "missing" | "wrong" | TextDegradation;
  /** Share of the samples that are impaired, drawn by seed; default 1. */
  readonly ratio?: number;
}

/** Strength of the noisy cases. */
export interface NoiseLevels {
  /** Standard deviation of Gaussian noise on the normalised image. */
  readonly image: number;
  /** Probability that a token is dropped. */
  readonly text: number;
}

/** Noise of one standard deviation of the normalised pixel range; half of the tokens dropped. */
export const DEFAULT_NOISE: NoiseLevels = { image: 1, text: 0.5 };

/** The five cases of the protocol, in the order of the paper's tables. */
export const CASES = [
  "full",
  "image-missing",
  "text-missing",
  "image-noisy",
  "text-noisy",
] as const;

/** Name of a case. */
export type Case = (typeof CASES)[number];

/** Cases beyond the paper's: the picture or the text of another sample. */
export const WRONG_CASES = ["image-wrong", "text-wrong"] as const;

/** Name of a case with a wrong input. */
export type WrongCase = (typeof WRONG_CASES)[number];

/** All cases. */
export const ALL_CASES = [...CASES, ...WRONG_CASES] as const;

/** One of {@link ALL_CASES}. */
export type AnyCase = (typeof ALL_CASES)[number];

/** The impairment of a named case. */
export function impairmentOf(
  name: Case | WrongCase,
  noise: NoiseLevels = DEFAULT_NOISE,
): Impairment {
  switch (name) {
    case "full":
      return {};
    case "image-missing":
      return { image: "missing" };
    case "text-missing":
      return { text: "missing" };
    case "image-noisy":
      return { image: { noise: noise.image } };
    case "text-noisy":
      return { text: { drop: noise.text } };
    case "image-wrong":
      return { image: "wrong" };
    case "text-wrong":
      return { text: "wrong" };
  }
}

/**
 * Adds to one sample's values, in place, the Gaussian noise that it has under a seed.
 *
 * @param row - Position of the sample in its split.
 */
export function addNoise(values: Float32Array, deviation: number, seed: number, row: number): void {
  const random = randomStream(seed, "image-noise", row);
  for (let at = 0; at < values.length; at++) values[at]! += deviation * random.normal();
}

/** Which tokens or values of one sample's text stay under a seed: asked for one after the other. */
function keeper(drop: number, seed: number, row: number): () => boolean {
  const random = randomStream(seed, "text-noise", row);
  return () => random.uniform() >= drop;
}

/**
 * Drops tokens of one sample's text, in place: those that stay move up, and padding follows.
 *
 * @param tokens - Ids from 1, then padding (0).
 * @param special - Tokens that always stay.
 * @returns How many stayed.
 */
export function dropTokens(
  tokens: Int32Array,
  drop: number,
  seed: number,
  row: number,
  special?: ReadonlySet<number>,
): number {
  const keep = keeper(drop, seed, row);
  let kept = 0;
  for (const token of tokens) {
    if (token !== 0 && (special?.has(token) || keep())) tokens[kept++] = token;
  }
  tokens.fill(0, kept);
  return kept;
}

/** Sets values of one sample's text features to zero, in place, where no encoder can be asked for noisy ones. */
export function dropValues(
  values: Int32Array | Float32Array,
  drop: number,
  seed: number,
  row: number,
): void {
  const keep = keeper(drop, seed, row);
  for (let at = 0; at < values.length; at++) if (!keep()) values[at] = 0;
}

/** Corruptions act on pixels and texts, so they are done before; features must be those of corrupted inputs. */
function refuseFeatures({ corruption }: Corrupted<Corruption>): never {
  throw new Error(`internal: "${corruption}" cannot be applied to features.`);
}

/** Degrades one row of a batch's pictures, in place. */
function degradeImage(
  values: Float32Array,
  { image: { degraded, shape } }: Batch,
  degradation: ImageDegradation,
  seed: number,
  row: number,
): void {
  if (degraded) values.set(degradedRows(degraded, degradation)(row));
  else if ("noise" in degradation) addNoise(values, degradation.noise, seed, row);
  else if (shape.length !== 3) refuseFeatures(degradation);
}

/** Degrades one row of a batch's texts, in place. */
function degradeText(
  values: Int32Array | Float32Array,
  { text: { degraded, special } }: Batch,
  degradation: TextDegradation,
  seed: number,
  row: number,
): void {
  if (values instanceof Int32Array) {
    if ("drop" in degradation) dropTokens(values, degradation.drop, seed, row, special);
  } else if (degraded) {
    values.set(degradedRows(degraded, degradation)(row));
  } else if ("corruption" in degradation) {
    refuseFeatures(degradation);
  } else {
    dropValues(values, degradation.drop, seed, row);
  }
}

/**
 * Whose input each sample gets where inputs are wrong: those that have the modality in an order drawn by
 * seed, each the next one's, so that none keeps its own unless it is the only one.
 *
 * @param present - `[samples]`, 0 where the modality is missing; such samples keep what they have.
 */
export function wrongPartners(present: Uint8Array, seed: number, side: "image" | "text"): number[] {
  const order = randomStream(seed, "wrong", side).shuffle(
    [...present.keys()].filter((row) => present[row]),
  );
  const partners = [...present.keys()];
  order.forEach((row, at) => (partners[row] = order[(at + 1) % order.length]!));
  return partners;
}

/** Whether a sample is among those that are impaired. */
const isImpaired = (row: number, { ratio = 1 }: Impairment, seed: number): boolean =>
  ratio >= 1 || randomStream(seed, "impaired", row).uniform() < ratio;

/** A split in which the pictures and texts of some rows are corrupted, where the impairment is that. */
async function corruptedSplit(
  split: PreparedSplit,
  rows: readonly number[],
  impairment: Impairment,
  seed: number,
): Promise<PreparedSplit> {
  const { image, text } = impairment;
  const { images, texts, imagePresent, textPresent } = split;
  const having = (present: Uint8Array): number[] =>
    rows.filter((row) => present[row] && isImpaired(row, impairment, seed));
  return {
    ...split,
    // Features bring those of corrupted inputs along.
    ...(isImageCorruption(image) &&
      images.shape.length === 3 && {
        images: await corruptImages(images, having(imagePresent), image, seed),
      }),
    ...(isTextCorruption(text) &&
      texts.kind === "tokens" && {
        texts: corruptTexts(texts, having(textPresent), text, seed),
      }),
  };
}

/** A batch of a split under an impairment; see {@link impair}. */
export async function impairedBatch(
  split: PreparedSplit,
  rows: readonly number[],
  impairment: Impairment,
  seed: number,
): Promise<Batch> {
  const batch = makeBatch(await corruptedSplit(split, rows, impairment, seed), rows);
  const others = (side: "image" | "text", present: Uint8Array): Batch => {
    const partners = wrongPartners(present, seed, side);
    return makeBatch(
      split,
      rows.map((row) => partners[row]!),
    );
  };
  const { image, text } = impairment;
  const mixed: Batch = {
    ...batch,
    ...(image === "wrong" && { image: others("image", split.imagePresent).image }),
    ...(text === "wrong" && { text: others("text", split.textPresent).text }),
  };
  return impair(mixed, impairment, seed);
}

/**
 * Applies an impairment to a copy of a batch; wrong inputs, and corrupted ones that are no features, come from
 * the split, see {@link impairedBatch}.
 *
 * What happens to a sample depends on the seed and its position in the split, never on the batch
 * that it is in. A missing modality is marked as not present; a degraded one stays present. Features that
 * come with those of the degraded input take these; other features are made noisy themselves.
 */
export function impair(batch: Batch, impairment: Impairment, seed: number): Batch {
  const image = impairment.image === "wrong" ? undefined : impairment.image;
  const text = impairment.text === "wrong" ? undefined : impairment.text;
  if (!image && !text) return batch;
  const pixels = batch.image.data.slice();
  const tokens = batch.text.data.slice();
  const imagePresent = batch.imagePresent.slice();
  const textPresent = batch.textPresent.slice();
  const width = pixels.length / batch.size;
  const { length } = batch.text;
  batch.rows.forEach((row, at) => {
    if (!isImpaired(row, impairment, seed)) return;
    const ownPixels = pixels.subarray(at * width, (at + 1) * width);
    const ownTokens = tokens.subarray(at * length, (at + 1) * length);
    if (image === "missing") {
      ownPixels.fill(BLANK);
      imagePresent[at] = 0;
    } else if (image && imagePresent[at]) {
      degradeImage(ownPixels, batch, image, seed, row);
    }
    if (text === "missing") {
      ownTokens.fill(0);
      textPresent[at] = 0;
    } else if (text && textPresent[at]) {
      degradeText(ownTokens, batch, text, seed, row);
    }
  });
  return {
    ...batch,
    image: { ...batch.image, data: pixels },
    text: { ...batch.text, data: tokens },
    imagePresent,
    textPresent,
  };
}
