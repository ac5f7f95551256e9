/** @module A split turned into numbers: what batches are cut from. */

import type { LabelKind, Score } from "../data/dataset.js";
import type { Normalisation } from "./normalisation.js";

/** Features that an encoder made of degraded inputs, by how they were degraded; each by its position in the split. */
export type DegradedFeatures = ReadonlyMap<string, (at: number) => Float32Array>;

/** Picture side of a split. */
export interface PreparedImages {
  /** Shape of one row: `[3, height, width]` (planar RGB, 0..255) or `[features]`. */
  readonly shape: readonly number[];
  /**
   * Values of one sample: bytes of a picture, or floats of precomputed features. Pictures of large data
   * sets lie on disk and are read here; nobody may write to what is returned.
   */
  readonly row: (at: number) => Uint8Array | Float32Array;
  /** SHA-256 of one picture's pixels, for pictures that were decoded: it is known without reading them. */
  readonly digest?: (at: number) => string;
  /** How pixels are normalised; default: to -1..1. */
  readonly normalisation?: Normalisation;
  /** Features of degraded pictures: noise belongs before the encoder, not on its output. */
  readonly degraded?: DegradedFeatures;
}

/** Text side of a split: token ids (1-based, 0 is padding) or feature rows. */
export type PreparedTexts =
  | {
      readonly kind: "tokens";
      readonly tokens: readonly Int32Array[];
      /** Length that all batches are padded to; default: of the batch's longest text. */
      readonly length?: number;
      /** Tokens that noise never drops. */
      readonly special?: ReadonlySet<number>;
      /** Tokens of one sample's text after a change of its words. */
      readonly retokenize?: (at: number, change: (text: string) => string) => Int32Array;
    }
  | {
      readonly kind: "features";
      /** Length of one row. */
      readonly size: number;
      /** Features of one sample; nobody may write to them. */
      readonly row: (at: number) => Float32Array;
      /** Features of degraded texts. */
      readonly degraded?: DegradedFeatures;
    };

/** One split as arrays. */
export interface PreparedSplit {
  readonly size: number;
  readonly ids: readonly string[];
  readonly images: PreparedImages;
  readonly texts: PreparedTexts;
  /** `[size]`, 1 where the sample has a picture, else 0. */
  readonly imagePresent: Uint8Array;
  /** `[size]`, 1 where the sample has a text, else 0. */
  readonly textPresent: Uint8Array;
  /** `[size, classes]`, 0 or 1, row-major. */
  readonly targets: Float32Array;
}

/** A data set as arrays, one entry per split. */
export interface PreparedDataset {
  readonly name: string;
  readonly labelKind: LabelKind;
  readonly classes: readonly string[];
  /** What models of it are judged by. */
  readonly score: Score;
  /** Features of the blank picture and of the empty text, where an encoder made the features. */
  readonly blanks?: { readonly image?: Float32Array; readonly text?: Float32Array };
  readonly train: PreparedSplit;
  readonly validation: PreparedSplit;
  readonly test: PreparedSplit;
}

/** Pictures or features that lie in memory, one row after the other. */
export function imagesInMemory(
  shape: readonly number[],
  data: Uint8Array | Float32Array,
): PreparedImages {
  const width = shape.reduce((product, dim) => product * dim, 1);
  return { shape, row: (at) => data.subarray(at * width, (at + 1) * width) };
}

/** Features of texts that lie in memory, one row after the other. */
export const textFeaturesInMemory = (size: number, data: Float32Array): PreparedTexts => ({
  kind: "features",
  size,
  row: (at) => data.subarray(at * size, (at + 1) * size),
});
