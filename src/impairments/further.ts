/** @module What an evaluation measures on request: stronger and weaker noise, corruptions. */

import type { Modalities, Modality } from "../data/dataset.js";
import { CORRUPTIONS } from "./corruptions/list.js";
import { at, type ImageDegradation, type NoiseLevels, type TextDegradation } from "./impairment.js";
import { IMPAIRMENTS } from "./list.js";
import { droppedTokens, gaussianNoise, NOISE_STRENGTHS, noiseAt } from "./noisy.js";

/**
 * How severe a corruption is, from mild to strong.
 *
 * Source: Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
 * Perturbations", ICLR 2019.
 */
export const SEVERITIES = [1, 2, 3, 4, 5] as const;

type Listed = (typeof CORRUPTIONS)[number];

/** Name of a corruption. */
export type CorruptionName = Listed["name"];

/** Names of all corruptions, those of pictures first. */
export const CORRUPTION_NAMES = CORRUPTIONS.map(({ name }) => name);

/** Those of some corruptions that act on one modality, in the order of the tables. */
export const corruptionsOn = <M extends Modality>(
  side: M,
  names: readonly CorruptionName[] = CORRUPTION_NAMES,
): Extract<Listed, { readonly modality: M }>[] =>
  CORRUPTIONS.filter(
    (one): one is Extract<Listed, { readonly modality: M }> =>
      one.modality === side && names.includes(one.name),
  );

/** The corruptions that a setting asks for: `all` of the modalities that are used, or those it names. */
export function askedCorruptions(
  setting: "all" | readonly CorruptionName[],
  modalities: Modalities,
): readonly CorruptionName[] {
  if (setting !== "all") return CORRUPTION_NAMES.filter((name) => setting.includes(name));
  if (modalities === "both") return CORRUPTION_NAMES;
  return corruptionsOn(modalities).map(({ name }) => name);
}

/** What an evaluation asks for beside the protocol's cases. */
export interface FurtherCases {
  /** The noisy cases at {@link NOISE_STRENGTHS}. Default: where no encoder has to make features for them. */
  readonly noiseCurve?: boolean | undefined;
  /** Corruptions, each at all severities; default: none. */
  readonly corruptions?: readonly CorruptionName[];
}

/** Degradations of both modalities. */
export interface Degradations {
  readonly image: readonly ImageDegradation[];
  readonly text: readonly TextDegradation[];
}

/** Degradations whose features an encoder has to make for every evaluation. */
export const caseDegradations = (noise: NoiseLevels): Degradations => ({
  image: IMPAIRMENTS.flatMap(({ image }) => {
    const done: string | ImageDegradation = image(noise);
    return typeof done === "string" ? [] : [done];
  }),
  text: IMPAIRMENTS.flatMap(({ text }) => {
    const done: string | TextDegradation = text(noise);
    return typeof done === "string" ? [] : [done];
  }),
});

/** Degradations whose features an encoder has to make for an evaluation beside {@link caseDegradations}. */
export function furtherDegradations(
  { noiseCurve = false, corruptions = [] }: FurtherCases,
  noise: NoiseLevels,
): Degradations {
  const levels = noiseCurve
    ? NOISE_STRENGTHS.filter((strength) => strength !== 1).map((strength) =>
        noiseAt(noise, strength),
      )
    : [];
  const atSeverities = <D>(corruption: D) => SEVERITIES.map((severity) => at(corruption, severity));
  return {
    image: [
      ...levels.map(({ image }) => at(gaussianNoise, image)),
      ...corruptionsOn("image", corruptions).flatMap(atSeverities),
    ],
    text: [
      ...levels.map(({ text }) => at(droppedTokens, text)),
      ...corruptionsOn("text", corruptions).flatMap(atSeverities),
    ],
  };
}
