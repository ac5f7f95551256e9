/** @module A split turned into numbers: what batches are cut from. */

/** Picture side of a split: one row of `shape` values per sample, absent pictures are zero rows. */
export interface EncodedImages {
  /** Shape of one row: `[3, height, width]` (planar RGB, 0..255) or `[features]`. */
  readonly shape: readonly number[];
  /** Raw bytes for pictures, floats for precomputed features. */
  readonly data: Uint8Array | Float32Array;
}

/** Text side of a split: token ids (1-based, 0 is padding) or feature rows. */
export type EncodedTexts =
  | { readonly kind: "tokens"; readonly tokens: readonly Int32Array[] }
  | { readonly kind: "features"; readonly size: number; readonly data: Float32Array };

/** One split as arrays. */
export interface EncodedSplit {
  readonly size: number;
  readonly ids: readonly string[];
  readonly images: EncodedImages;
  readonly texts: EncodedTexts;
  /** `[size]`, 1 where the sample has a picture, else 0. */
  readonly imagePresent: Uint8Array;
  /** `[size]`, 1 where the sample has a text, else 0. */
  readonly textPresent: Uint8Array;
  /** `[size, classes]`, 0 or 1, row-major. */
  readonly targets: Float32Array;
}

/** A data set as arrays, one entry per split. */
export interface EncodedDataset {
  readonly name: string;
  readonly task: "single-label" | "multi-label";
  readonly classes: readonly string[];
  readonly train: EncodedSplit;
  readonly validation: EncodedSplit;
  readonly test: EncodedSplit;
}
