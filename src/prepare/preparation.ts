/** @module How pictures and texts become what an encoder takes: the contract of all preparations. */

import type { ImageSource } from "../data/dataset.js";
import type { DecodedImage } from "./images/decode.js";
import type { TokenizedText } from "./text.js";

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
