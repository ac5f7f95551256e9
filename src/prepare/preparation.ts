/** @module How pictures and texts become what an encoder takes: the contract of all preparations. */

import type { ImageSource } from "../data/dataset.js";

/** Ids of a text and whether words were left out. */
export interface TokenizedText {
  /** Ids from 1. */
  readonly tokens: Int32Array;
  /** Whether words were lost: n-grams only refine them. */
  readonly truncated: boolean;
}

/** A decoded picture. */
export interface DecodedImage {
  /** Planar RGB, `[3, height, width]`, 0..255. */
  readonly planes: Uint8Array;
  /** Width and height before scaling. */
  readonly size: readonly [number, number];
  /** What was done to values that are no colours as they are. */
  readonly note?: string;
}

/** Turns pictures into pixels of one shape. */
export interface ImagePreparation {
  /** `[3, height, width]` of the pixels. */
  readonly shape: readonly [number, number, number];
  /** Changes whenever the same picture would give other pixels. */
  readonly identity: string;
  /**
   * Pixels of one picture, planar RGB, 0..255.
   *
   * @throws {DataError} when the picture cannot be used; the message has no path.
   */
  readonly decode: (image: ImageSource) => Promise<DecodedImage>;
}

/** Turns texts into ids. */
export interface TextPreparation {
  /** Changes whenever the same text would give other ids. */
  readonly identity: string;
  /** Ids from 1; 0 is left for padding. A text that says nothing has none. */
  readonly tokenize: (text: string) => TokenizedText;
  /** Why a text tells a model little or nothing, a sentence; `null` where it has known words. */
  readonly doubt: (text: string) => string | null;
}
