/** @module The contract of impairments: all that the product has to know about one of them. */

import type { Modality } from "../data/dataset.js";

/** How strongly one sample is degraded, and what its random numbers depend on. */
export interface Degree {
  /** As the degradation means it: a severity, a deviation, a probability. */
  readonly strength: number;
  readonly seed: number;
  /** Position of the sample in its split. */
  readonly row: number;
}

/** What all degradations have; the same sample, strength and seed always give the same. */
interface Operation<K extends string, M extends Modality, N extends string> {
  readonly kind: K;
  readonly modality: M;
  /** Its name in settings and results, and for features of inputs so degraded. */
  readonly name: N;
}

/** What a name in the feature cache depends on, beside the encoder and the clean inputs. */
interface Cached {
  cachedAs(strength: number, seed: number): object;
}

/** Shape of a picture, `[3, height, width]`. */
export type PictureShape = readonly [number, number, number];

/** A corruption of pictures as an encoder takes them: after resizing and cropping, before normalisation. */
export interface PictureCorruption<N extends string = string>
  extends Operation<"corruption", "image", N>, Cached {
  /** Heading of its column in tables. */
  readonly caption: string;
  /**
   * A corrupted copy.
   *
   * @param planes - Planar RGB, 0..255.
   */
  picture(
    planes: Uint8Array,
    shape: PictureShape,
    degree: Degree,
  ): Uint8Array | Promise<Uint8Array>;
}

/** A corruption of texts, before they become tokens. */
export interface TextCorruption<N extends string = string> extends Operation<
  "corruption",
  "text",
  N
> {
  /** Heading of its column in tables. */
  readonly caption: string;
  /** A corrupted copy. */
  text(text: string, degree: Degree): string;
}

/** A degradation with a name and severities from 1 to 5. */
export type Corruption = PictureCorruption | TextCorruption;

/** Noise on normalised pixels. */
export interface PictureNoise<N extends string = string>
  extends Operation<"noise", "image", N>, Cached {
  /** Changes normalised pixels in place; or features, where the data bring these in place of pictures. */
  values(values: Float32Array, degree: Degree): void;
}

/** Noise on token ids. */
export interface TextNoise<N extends string = string>
  extends Operation<"noise", "text", N>, Cached {
  /**
   * Changes ids in place.
   *
   * @param tokens - Ids from 1, then padding (0).
   * @param special - Tokens that always stay.
   * @returns How many are left.
   */
  tokens(tokens: Int32Array, degree: Degree, special?: ReadonlySet<number>): number;
  /** Changes features in place, where the data bring these in place of texts. */
  values(values: Float32Array, degree: Degree): void;
}

/** A degradation at a strength. */
export interface At<D> {
  readonly by: D;
  readonly strength: number;
}

/** A degradation at a strength. */
export const at = <D>(by: D, strength: number): At<D> => ({ by, strength });

/** What makes a picture worse. */
export type ImageDegradation = At<PictureCorruption | PictureNoise>;

/** What makes a text worse. */
export type TextDegradation = At<TextCorruption | TextNoise>;

/** What is done to the samples of a batch. */
export interface Impaired {
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

/** A table beside that of the results. */
export interface OwnTable {
  readonly title: string;
}

/** Where scores are shown: in columns of the results table, with their mean and gap, or in a table of their own. */
export type Shown = "results" | OwnTable;

/** An impairment that every evaluation measures, on the image and on the text: two cases. */
export interface Impairment<N extends string = string, T extends Shown = Shown> {
  /** The cases are called `image-<name>` and `text-<name>`, and so are their scores. */
  readonly name: N;
  /** As in "image missing", the heading of a column. */
  readonly caption: string;
  readonly shown: T;
  /** Whether the gate of modality-aware prediction is fitted to samples so impaired, too. */
  readonly isLearned: boolean;
  /** What is done to the samples of each case. */
  readonly image: (noise: NoiseLevels) => NonNullable<Impaired["image"]>;
  readonly text: (noise: NoiseLevels) => NonNullable<Impaired["text"]>;
}
