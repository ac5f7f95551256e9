/** @module Impairs batches: a modality missing, wrong, noisy or corrupted, for some or all of the samples. */

import type { Modality } from "../data/dataset.js";
import { type Batch, BLANK, makeBatch } from "../prepare/batch.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { randomStream } from "../random.js";
import { corruptImages, corruptTexts, isCorrupted } from "./corrupt.js";
import { degradedRows } from "./degraded.js";
import type { Corruption, Impaired, ImageDegradation, TextDegradation } from "./impairment.js";

/** Corruptions act on pixels and texts, so they are done before; features must be those of corrupted inputs. */
function refuseFeatures({ name }: Corruption): never {
  throw new Error(`internal: "${name}" cannot be applied to features.`);
}

/** Degrades one row of a batch's pictures, in place. */
function degradeImage(
  values: Float32Array,
  { image: { degraded, shape } }: Batch,
  degradation: ImageDegradation,
  seed: number,
  row: number,
): void {
  const { by, strength } = degradation;
  if (degraded) values.set(degradedRows(degraded, degradation)(row));
  else if (by.kind === "noise") by.values(values, { strength, seed, row });
  else if (shape.length !== 3) refuseFeatures(by);
}

/** Degrades one row of a batch's texts, in place. */
function degradeText(
  values: Int32Array | Float32Array,
  { text: { degraded, special } }: Batch,
  degradation: TextDegradation,
  seed: number,
  row: number,
): void {
  const { by, strength } = degradation;
  if (values instanceof Int32Array) {
    if (by.kind === "noise") by.tokens(values, { strength, seed, row }, special);
  } else if (degraded) {
    values.set(degradedRows(degraded, degradation)(row));
  } else if (by.kind === "corruption") {
    refuseFeatures(by);
  } else {
    by.values(values, { strength, seed, row });
  }
}

/**
 * Whose input each sample gets where inputs are wrong: those that have the modality in an order drawn by
 * seed, each the next one's, so that none keeps its own unless it is the only one.
 *
 * @param present - `[samples]`, 0 where the modality is missing; such samples keep what they have.
 */
export function wrongPartners(present: Uint8Array, seed: number, side: Modality): number[] {
  const order = randomStream(seed, "wrong", side).shuffle(
    [...present.keys()].filter((row) => present[row]),
  );
  const partners = [...present.keys()];
  order.forEach((row, at) => (partners[row] = order[(at + 1) % order.length]!));
  return partners;
}

/** Whether a sample is among those that are impaired. */
const isImpaired = (row: number, { ratio = 1 }: Impaired, seed: number): boolean =>
  ratio >= 1 || randomStream(seed, "impaired", row).uniform() < ratio;

/** A split in which the pictures and texts of some rows are corrupted, where the impairment is that. */
async function corruptedSplit(
  split: PreparedSplit,
  rows: readonly number[],
  impairment: Impaired,
  seed: number,
): Promise<PreparedSplit> {
  const { image, text } = impairment;
  const { images, texts, imagePresent, textPresent } = split;
  const having = (present: Uint8Array): number[] =>
    rows.filter((row) => present[row] && isImpaired(row, impairment, seed));
  return {
    ...split,
    // Features bring those of corrupted inputs along.
    ...(isCorrupted(image) &&
      images.shape.length === 3 && {
        images: await corruptImages(images, having(imagePresent), image, seed),
      }),
    ...(isCorrupted(text) &&
      texts.kind === "tokens" && {
        texts: corruptTexts(texts, having(textPresent), text, seed),
      }),
  };
}

/** A batch of a split under an impairment; see {@link impair}. */
export async function impairedBatch(
  split: PreparedSplit,
  rows: readonly number[],
  impairment: Impaired,
  seed: number,
): Promise<Batch> {
  const batch = makeBatch(await corruptedSplit(split, rows, impairment, seed), rows);
  const others = (side: Modality, present: Uint8Array): Batch => {
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
export function impair(batch: Batch, impairment: Impaired, seed: number): Batch {
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
