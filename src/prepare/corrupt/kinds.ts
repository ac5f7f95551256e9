/** @module The corruptions that inputs are tested with, by name and severity. */

import type { Modalities, Modality } from "../../data/dataset.js";

/**
 * How severe a corruption is, from mild to strong.
 *
 * Source: Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
 * Perturbations", ICLR 2019.
 */
export const SEVERITIES = [1, 2, 3, 4, 5] as const;

/** One of {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number];

/** Corruptions of pictures, see `corruptPicture`. */
export const IMAGE_CORRUPTIONS = [
  "gaussian-blur",
  "jpeg-compression",
  "occlusion",
  "darkness",
] as const;

/** Name of a corruption of pictures. */
export type ImageCorruption = (typeof IMAGE_CORRUPTIONS)[number];

/** Corruptions of texts, see `corruptText`. */
export const TEXT_CORRUPTIONS = ["typos", "word-swap", "ocr"] as const;

/** Name of a corruption of texts. */
export type TextCorruption = (typeof TEXT_CORRUPTIONS)[number];

/** All corruptions, those of pictures first. */
export const CORRUPTIONS = [...IMAGE_CORRUPTIONS, ...TEXT_CORRUPTIONS] as const;

/** Name of a corruption. */
export type Corruption = (typeof CORRUPTIONS)[number];

/** A corruption at a severity. */
export interface Corrupted<Name extends Corruption> {
  readonly corruption: Name;
  readonly severity: Severity;
}

const OF_SIDE: Readonly<Record<Modality, readonly Corruption[]>> = {
  image: IMAGE_CORRUPTIONS,
  text: TEXT_CORRUPTIONS,
};

/** Those of some corruptions that act on one modality, in the order of the tables. */
export const corruptionsOn = <Side extends Modality>(
  side: Side,
  names: readonly Corruption[],
): (Side extends "image" ? ImageCorruption : TextCorruption)[] =>
  OF_SIDE[side].filter((name) => names.includes(name)) as (Side extends "image"
    ? ImageCorruption
    : TextCorruption)[];

/** The corruptions that a setting asks for: `all` of the modalities that are used, or those it names. */
export function askedCorruptions(
  setting: "all" | readonly Corruption[],
  modalities: Modalities,
): readonly Corruption[] {
  if (setting !== "all") return CORRUPTIONS.filter((name) => setting.includes(name));
  return modalities === "both" ? CORRUPTIONS : OF_SIDE[modalities];
}
