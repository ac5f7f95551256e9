/** @module A look at a data set: counts, trouble, and whether it is fit to train on. */

import {
  type DataIssue,
  type Dataset,
  type Sample,
  samplesOf,
  type Split,
  SPLITS,
  type Task,
} from "./dataset.js";
import { unfitness } from "./open.js";

/** Findings about a data set; plain JSON. */
export interface DataReport {
  readonly name: string;
  readonly task: Task;
  readonly origin?: string;
  readonly splits: Readonly<
    Record<Split, { samples: number; withoutImage: number; withoutText: number }>
  >;
  /** Samples per class and split. */
  readonly classes: Readonly<Record<string, Readonly<Record<Split, number>>>>;
  /** Size of the largest class of the training split over that of the smallest. */
  readonly imbalance: number;
  /** Share of texts that contain the name of one of their labels, `0..1`. */
  readonly leakage: number;
  /** Validation and test samples whose normalised text occurs in the training split. */
  readonly repeatedTexts: number;
  /** Characters. */
  readonly textLength: { readonly median: number; readonly longest: number };
  readonly issues: readonly DataIssue[];
  readonly fit: boolean;
  /** Why the data are not fit. */
  readonly reasons: readonly string[];
}

const perSplit = <T>(value: (split: Split) => T): Record<Split, T> =>
  Object.fromEntries(SPLITS.map((split) => [split, value(split)])) as Record<Split, T>;

const normalise = (text: string): string =>
  text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();

function classCounts(dataset: Dataset): Record<string, Record<Split, number>> {
  const counts = dataset.classes.map(() => perSplit(() => 0));
  for (const { labels, split } of dataset.samples) {
    for (const label of labels) counts[label]![split]++;
  }
  return Object.fromEntries(dataset.classes.map((name, at) => [name, counts[at]!]));
}

function leakageOf({ samples, classes }: Dataset): number {
  const names = classes.map((name) => normalise(name.replaceAll(/[_-]/g, " ")));
  const withText = samples.filter(({ text }) => text !== null);
  const leaking = withText.filter(({ text, labels }) => {
    const plain = normalise(text!);
    return labels.some((label) => plain.includes(names[label]!));
  });
  return leaking.length / Math.max(1, withText.length);
}

function repeatedTexts(dataset: Dataset): number {
  const texts = (split: Split): string[] =>
    samplesOf(dataset, split).flatMap(({ text }) => (text === null ? [] : [normalise(text)]));
  const known = new Set(texts("train"));
  return [...texts("validation"), ...texts("test")].filter((text) => known.has(text)).length;
}

function lengths(samples: readonly Sample[]): DataReport["textLength"] {
  const sorted = samples.map(({ text }) => text?.length ?? 0).sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, longest: sorted.at(-1) ?? 0 };
}

/**
 * Examines a data set.
 *
 * @param encodingIssues - Issues of decoding it, such as broken pictures.
 */
export function checkDataset(dataset: Dataset, encodingIssues: readonly DataIssue[]): DataReport {
  const { name, task, origin, samples } = dataset;
  const classes = classCounts(dataset);
  const training = Object.values(classes).map(({ train }) => train);
  const reasons = unfitness(dataset);
  return {
    name,
    task,
    ...(origin !== undefined && { origin }),
    splits: perSplit((split) => {
      const own = samplesOf(dataset, split);
      return {
        samples: own.length,
        withoutImage: own.filter(({ image }) => !image).length,
        withoutText: own.filter(({ text }) => text === null).length,
      };
    }),
    classes,
    imbalance: Math.max(...training) / Math.max(1, Math.min(...training)),
    leakage: leakageOf(dataset),
    repeatedTexts: repeatedTexts(dataset),
    textLength: lengths(samples),
    issues: [...dataset.issues, ...encodingIssues],
    fit: reasons.length === 0,
    reasons,
  };
}
