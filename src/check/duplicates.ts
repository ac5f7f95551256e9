/** @module Samples that say the same: what is tested must not have been trained, nor contradict itself. */

import type { Sample, Split } from "../data/dataset.js";
import type { SampleFacts } from "../prepare/judge.js";
import { normaliseText, PrintIndex } from "../prepare/lookAlikes.js";
import type { Modality } from "../data/dataset.js";

/** One of two samples that say the same. */
export interface Place {
  readonly id: string;
  readonly split: Split;
  /** The picture's file, where it has one of its own. */
  readonly file?: string;
}

/** A sample that repeats an earlier one. */
export interface Duplicate extends Place {
  /** What is equal: the text but for case and spaces, or the look of the picture. */
  readonly what: Modality;
  /** What it repeats: a sample of another split where there is one. */
  readonly of: Place;
  /** Whether the two are in different splits: what is tested was trained. */
  readonly leaks: boolean;
  /** Whether the two have different labels. */
  readonly contradicts: boolean;
}

const placeOf = ({ id, split, image }: Sample): Place => ({
  id,
  split,
  ...(image?.kind === "file" && { file: image.path }),
});

const labelsOf = ({ labels }: Sample): string => labels.toSorted((a, b) => a - b).join(" ");

/** How much a pair matters: leaks before contradictions before plain repetition. */
const weightOf = (sample: Sample, other: Sample): number =>
  1 + 2 * Number(sample.split !== other.split) + Number(labelsOf(sample) !== labelsOf(other));

/** The earlier sample that matters most for a sample; the first of equals. */
function mostTelling(sample: Sample, earlier: Iterable<Sample>): Sample | null {
  let found: Sample | null = null;
  for (const other of earlier) {
    if (!found || weightOf(sample, other) > weightOf(sample, found)) found = other;
  }
  return found;
}

const duplicateOf = (what: Duplicate["what"], sample: Sample, other: Sample): Duplicate => ({
  what,
  ...placeOf(sample),
  of: placeOf(other),
  leaks: sample.split !== other.split,
  contradicts: labelsOf(sample) !== labelsOf(other),
});

/** Whether a sample tells nothing new beside one that it repeats: later ones are compared with that. */
const isPlain = (sample: Sample, other: Sample | null): boolean =>
  other !== null && weightOf(sample, other) === 1;

/** Texts that occurred before, once per sample. */
function repeatedTexts(facts: readonly SampleFacts[]): Duplicate[] {
  const known = new Map<string, Sample[]>();
  return facts.flatMap(({ sample }): Duplicate[] => {
    const text = sample.text === null ? "" : normaliseText(sample.text);
    if (text === "") return [];
    const earlier = known.get(text) ?? [];
    const found = mostTelling(sample, earlier);
    if (!earlier.some((other) => isPlain(sample, other))) known.set(text, [...earlier, sample]);
    return found ? [duplicateOf("text", sample, found)] : [];
  });
}

/** Pictures that look like an earlier one, by their fingerprints. */
function repeatedImages(facts: readonly SampleFacts[]): Duplicate[] {
  const index = new PrintIndex<Sample>();
  return facts.flatMap(({ sample, picture }): Duplicate[] => {
    const print = picture.kind === "decoded" ? picture.fingerprint : null;
    if (print === null) return [];
    const near = [...index.near(print)];
    // Thousands of equal pictures would otherwise all be compared with one another.
    if (!near.some((other) => isPlain(sample, other))) index.add(print, sample);
    const found = mostTelling(sample, near);
    return found ? [duplicateOf("image", sample, found)] : [];
  });
}

/**
 * Samples whose picture or text occurred before, in another split or in their own; leaks first, then
 * contradictions.
 *
 * @param facts - Of all splits, training first.
 */
export function findDuplicates(facts: readonly SampleFacts[]): Duplicate[] {
  const rank = ({ leaks, contradicts }: Duplicate): number =>
    2 * Number(leaks) + Number(contradicts);
  return [...repeatedImages(facts), ...repeatedTexts(facts)].sort((a, b) => rank(b) - rank(a));
}
