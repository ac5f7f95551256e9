/** @module Batches: rows of a split, normalised and padded. */

import { DEFAULT_NORMALISATION, normalisePixels } from "./normalisation.js";
import type { DegradedFeatures, PreparedSplit } from "./prepared.js";

/** Several samples as the model takes them. */
export interface Batch {
  readonly size: number;
  /** Position of each sample in its split. */
  readonly rows: readonly number[];
  readonly image: {
    readonly shape: readonly number[];
    readonly data: Float32Array;
    /** Features of degraded pictures; see `EncodedImages.degraded`. */
    readonly degraded?: DegradedFeatures;
  };
  /** Token ids `[size, length]` padded with 0, or features `[size, length]`. */
  readonly text: {
    readonly length: number;
    readonly data: Int32Array | Float32Array;
    /** Tokens that noise never drops. */
    readonly special?: ReadonlySet<number>;
    /** Features of degraded texts. */
    readonly degraded?: DegradedFeatures;
  };
  /** `[size]`, 1 where the sample has a picture. */
  readonly imagePresent: Float32Array;
  /** `[size]`, 1 where the sample has a text. */
  readonly textPresent: Float32Array;
  /** `[size, classes]`, 0 or 1. */
  readonly targets: Float32Array;
}

/**
 * The blank pixel AFTER normalisation. It stands for a missing picture in training, evaluation and
 * prediction alike: the mean colour, not black.
 */
export const BLANK = 0;

function imageRows({ images, imagePresent }: PreparedSplit, rows: readonly number[]): Float32Array {
  const { normalisation = DEFAULT_NORMALISATION } = images;
  const width = images.shape.reduce((product, dim) => product * dim, 1);
  const result = new Float32Array(rows.length * width).fill(BLANK);
  rows.forEach((row, at) => {
    if (!imagePresent[row]) return;
    const source = images.row(row);
    const target = result.subarray(at * width, (at + 1) * width);
    if (source instanceof Float32Array) target.set(source);
    else normalisePixels(source, normalisation, target);
  });
  return result;
}

function textRows({ texts, textPresent }: PreparedSplit, rows: readonly number[]): Batch["text"] {
  if (texts.kind === "features") {
    const { size: length, degraded } = texts;
    const data = new Float32Array(rows.length * length);
    rows.forEach((row, at) => {
      if (textPresent[row]) data.set(texts.row(row), at * length);
    });
    return { length, data, ...(degraded && { degraded }) };
  }
  // An axis of length 0 is legal but not every kernel likes it.
  const length = texts.length ?? Math.max(1, ...rows.map((row) => texts.tokens[row]!.length));
  const data = new Int32Array(rows.length * length);
  rows.forEach((row, at) => {
    data.set(texts.tokens[row]!, at * length);
  });
  const { special } = texts;
  return { length, data, ...(special && { special }) };
}

/** Cuts a batch out of a split. Rows may repeat and come in any order. */
export function makeBatch(split: PreparedSplit, rows: readonly number[]): Batch {
  const classes = split.targets.length / split.size;
  const targets = new Float32Array(rows.length * classes);
  rows.forEach((row, at) => {
    targets.set(split.targets.subarray(row * classes, (row + 1) * classes), at * classes);
  });
  const { shape, degraded } = split.images;
  return {
    size: rows.length,
    rows,
    image: { shape, data: imageRows(split, rows), ...(degraded && { degraded }) },
    text: textRows(split, rows),
    imagePresent: Float32Array.from(rows, (row) => split.imagePresent[row]!),
    textPresent: Float32Array.from(rows, (row) => split.textPresent[row]!),
    targets,
  };
}
