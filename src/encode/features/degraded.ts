/** @module Degraded inputs of a frozen encoder: noise on what it is fed, or corrupted pictures and texts. */

import { PICTURE_FORMAT } from "../../prepare/corrupt/picture.js";
import { corruptTexts, type TokenTexts } from "../../prepare/corrupt/split.js";
import {
  degradationKey,
  type ImageDegradation,
  type TextDegradation,
} from "../../prepare/degradations.js";
import type { TextEncoder } from "../pretrained/encoder.js";
import { type EncoderInputs, type InputChange, textInputs } from "./inputs.js";

/** Inputs that are degraded on their way to an encoder, or were before. */
export interface DegradedInputs {
  /** See {@link degradationKey}. */
  readonly key: string;
  readonly inputs: EncoderInputs;
  readonly change: InputChange | null;
}

/** Pictures under each of some degradations. */
export const degradedImages = (
  inputs: EncoderInputs,
  degradations: readonly ImageDegradation[],
  seed: number,
): DegradedInputs[] =>
  degradations.map((degradation) => ({
    key: degradationKey(degradation),
    inputs,
    change:
      "noise" in degradation
        ? { level: degradation.noise, seed }
        : { ...degradation, seed, format: PICTURE_FORMAT },
  }));

/**
 * Texts under each of some degradations, one after the other: corrupted ones are tokenized again, and need
 * not lie in memory together.
 *
 * @param present - `[samples]`, 0 where there is no text.
 */
export function* degradedTexts(
  texts: TokenTexts,
  present: Uint8Array,
  degradations: readonly TextDegradation[],
  encoder: TextEncoder,
  seed: number,
): Iterable<DegradedInputs> {
  const rows = [...present.keys()].filter((row) => present[row]);
  for (const degradation of degradations) {
    const key = degradationKey(degradation);
    if ("drop" in degradation) {
      const inputs = textInputs(texts.tokens, encoder);
      yield { key, inputs, change: { level: degradation.drop, seed } };
    } else {
      const { tokens } = corruptTexts(texts, rows, degradation, seed);
      yield { key, inputs: textInputs(tokens, encoder), change: null };
    }
  }
}
