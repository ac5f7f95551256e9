/** @module A look at a data set: counts, trouble, and whether it is fit to train on. */

import { say, type Text, withoutStop } from "../message.js";
import {
  type DataIssue,
  type Dataset,
  samplesOf,
  type Split,
  SPLITS,
  type LabelKind,
} from "../data/dataset.js";
import { unfitness } from "../data/fitness.js";
import type { SampleFacts } from "../prepare/judge.js";
import type { PrepareResult } from "../prepare/prepare.js";
import { normaliseText } from "../prepare/lookAlikes.js";
import { words } from "../prepare/text.js";
import { warningsOf, type DataWarning } from "./warnings.js";
import { imbalanceHint, imbalanceOf } from "./imbalance.js";
import { type Duplicate, findDuplicates } from "./duplicates.js";

/** Smallest, middle and largest of some numbers. */
export interface Range {
  readonly smallest: number;
  readonly median: number;
  readonly largest: number;
}

/** Findings about a data set; plain JSON. */
export interface DataReport {
  readonly name: string;
  readonly labelKind: LabelKind;
  readonly origin?: string;
  readonly splits: Readonly<
    Record<Split, { samples: number; withoutImage: number; withoutText: number }>
  >;
  /** Samples per class and split. */
  readonly classes: Readonly<Record<string, Readonly<Record<Split, number>>>>;
  /** Size of the largest class of the training split over that of the smallest. */
  readonly imbalance: number;
  /** What to try for a better model. */
  readonly hints: readonly Text[];
  /** Share of texts that contain the name of one of their labels, `0..1`. */
  readonly leakage: number;
  /** Samples whose picture or text occurs in an earlier one: leaks first, then contradictions. */
  readonly duplicates: readonly Duplicate[];
  /** Pixels; `null` where there is no picture. */
  readonly imageWidth: Range | null;
  readonly imageHeight: Range | null;
  /** Words per text; `null` where there is no text. */
  readonly textWords: Range | null;
  readonly issues: readonly DataIssue[];
  /** What makes scores on the data doubtful; the data are fit all the same. */
  readonly warnings: readonly DataWarning[];
  readonly fit: boolean;
  /** Why the data are not fit. */
  readonly reasons: readonly Text[];
}

const perSplit = <T>(value: (split: Split) => T): Record<Split, T> =>
  Object.fromEntries(SPLITS.map((split) => [split, value(split)])) as Record<Split, T>;

function classCounts(dataset: Dataset): Record<string, Record<Split, number>> {
  const counts = dataset.classes.map(() => perSplit(() => 0));
  for (const { labels, split } of dataset.samples) {
    for (const label of labels) counts[label]![split]++;
  }
  return Object.fromEntries(dataset.classes.map((name, at) => [name, counts[at]!]));
}

function leakageOf({ samples, classes }: Dataset): number {
  const names = classes.map((name) => normaliseText(name.replaceAll(/[_-]/g, " ")));
  const withText = samples.filter(({ text }) => text !== null);
  const leaking = withText.filter(({ text, labels }) => {
    const plain = normaliseText(text!);
    return labels.some((label) => plain.includes(names[label]!));
  });
  return leaking.length / Math.max(1, withText.length);
}

function rangeOf(values: readonly number[]): Range | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return {
    smallest: sorted[0]!,
    median: sorted[Math.floor(sorted.length / 2)]!,
    largest: sorted.at(-1)!,
  };
}

const sizesOf = (facts: readonly SampleFacts[]): (readonly [number, number])[] =>
  facts.flatMap(({ picture }) => (picture.kind === "decoded" ? [picture.size] : []));

/**
 * Examines a data set.
 *
 * @param result - Its encoding: what became of its pictures and texts.
 */
export function checkDataset(
  dataset: Dataset,
  { facts, issues, yields }: PrepareResult,
): DataReport {
  const { name, labelKind, origin } = dataset;
  const classes = classCounts(dataset);
  const imbalance = imbalanceOf(dataset);
  const hint = imbalanceHint(imbalance);
  const reasons = unfitness(dataset, yields).map(({ reason, hint }) =>
    hint === undefined ? reason : say`${reason}. ${withoutStop(hint)}`,
  );
  const all = SPLITS.flatMap((split) => facts[split]);
  const sizes = sizesOf(all);
  const texts = all.flatMap(({ sample }) => sample.text ?? []);
  const duplicates = findDuplicates(all);
  return {
    name,
    labelKind,
    ...(origin !== undefined && { origin }),
    splits: perSplit((split) => ({
      samples: samplesOf(dataset, split).length,
      withoutImage: facts[split].filter(({ imagePresent }) => !imagePresent).length,
      withoutText: facts[split].filter(({ textPresent }) => !textPresent).length,
    })),
    classes,
    imbalance,
    hints: hint === null ? [] : [hint],
    leakage: leakageOf(dataset),
    duplicates,
    imageWidth: rangeOf(sizes.map(([width]) => width)),
    imageHeight: rangeOf(sizes.map(([, height]) => height)),
    textWords: rangeOf(texts.map((text) => words(text).length)),
    issues: [...dataset.issues, ...issues],
    warnings: warningsOf(dataset, duplicates),
    fit: reasons.length === 0,
    reasons,
  };
}
