/** @module Degraded inputs of a frozen encoder: noise on what it is fed, or corrupted pictures and texts. */

import { corruptTexts, type TokenTexts } from "../../impairments/corrupt.js";
import { degradationKey } from "../../impairments/degraded.js";
import type { ImageDegradation, TextDegradation } from "../../impairments/impairment.js";
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
    change: { ...degradation, seed },
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
    const { by, strength } = degradation;
    if (by.kind === "noise") {
      const inputs = textInputs(texts.tokens, encoder);
      yield { key, inputs, change: { by, strength, seed } };
    } else {
      const { tokens } = corruptTexts(texts, rows, { by, strength }, seed);
      yield { key, inputs: textInputs(tokens, encoder), change: null };
    }
  }
}
