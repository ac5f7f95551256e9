/** @module Samples that say the same in different splits: what is tested must not have been trained. */

import type { Sample, Split } from "../data/dataset.js";
import type { SampleFacts } from "../encode/encode.js";
import { fingerprintDistance } from "../encode/fingerprint.js";

/** A sample outside the training split that repeats one of an earlier split. */
export interface Duplicate {
  readonly what: "image" | "text";
  readonly id: string;
  readonly split: Split;
  /** What it repeats. */
  readonly of: { readonly id: string; readonly split: Split };
}

/** Text as far as it matters for a comparison. */
export const normaliseText = (text: string): string =>
  text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();

const placeOf = ({ id, split }: Sample) => ({ id, split });

/** Texts that occur in an earlier split, once per sample. */
function repeatedTexts(facts: readonly SampleFacts[]): Duplicate[] {
  const known = new Map<string, Sample>();
  return facts.flatMap(({ sample }): Duplicate[] => {
    if (sample.text === null) return [];
    const text = normaliseText(sample.text);
    const first = known.get(text);
    if (!first) known.set(text, sample);
    if (!first || first.split === sample.split) return [];
    return [{ what: "text", ...placeOf(sample), of: placeOf(first) }];
  });
}

// Of 256 bits; recompressed and rescaled copies differ in fewer, other pictures in far more.
const NEAR_BITS = 10;
// Of 16 bands at least one is the same where fewer than 16 bits differ.
const BAND_DIGITS = 4;

/** Pictures that look like one of an earlier split, by their fingerprints. */
function repeatedImages(facts: readonly SampleFacts[]): Duplicate[] {
  const bands = new Map<string, { readonly print: string; readonly sample: Sample }[]>();
  return facts.flatMap(({ sample, picture }): Duplicate[] => {
    const print = picture.kind === "decoded" ? picture.fingerprint : null;
    if (print === null) return [];
    let found: Sample | undefined;
    for (let at = 0; at < print.length; at += BAND_DIGITS) {
      const key = `${at} ${print.slice(at, at + BAND_DIGITS)}`;
      const entries = bands.get(key) ?? [];
      if (entries.length === 0) bands.set(key, entries);
      found ??= entries.find(
        (entry) =>
          entry.sample.split !== sample.split &&
          fingerprintDistance(entry.print, print) <= NEAR_BITS,
      )?.sample;
      entries.push({ print, sample });
    }
    return found ? [{ what: "image", ...placeOf(sample), of: placeOf(found) }] : [];
  });
}

/**
 * Samples whose picture or text occurs in an earlier split too.
 *
 * @param facts - Of all splits, training first.
 */
export const findDuplicates = (facts: readonly SampleFacts[]): Duplicate[] => [
  ...repeatedImages(facts),
  ...repeatedTexts(facts),
];
