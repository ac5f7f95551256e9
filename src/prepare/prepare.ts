/** @module Turns a data set into arrays; what cannot be used is counted and named. */

import {
  type DataIssue,
  type Dataset,
  type Modality,
  scoreOf,
  type Split,
  SPLITS,
} from "../data/dataset.js";
import type { Yields } from "../data/fitness.js";
import { type PreparedSample, type SampleFacts, SampleJudge } from "./judge.js";
import type { PreparedDataset, PreparedSplit } from "./prepared.js";
import { type PrepareOptions, prepareRows } from "./rows.js";

/** A data set as arrays, and what was met on the way. */
export interface PrepareResult {
  readonly prepared: PreparedDataset;
  readonly issues: readonly DataIssue[];
  /** Of the samples that are used, split by split, in the order of the arrays. */
  readonly facts: Readonly<Record<Split, readonly SampleFacts[]>>;
  /** How many of the given pictures and texts could be used. */
  readonly yields: Yields;
}

/** Features that the samples bring along; zeros where the modality is missing. */
function ownRows(
  rows: readonly PreparedSample[],
  side: Modality,
  size: number,
): (at: number) => Float32Array {
  const missing = new Float32Array(size);
  return (at) => rows[at]!.sample.features?.[side]?.row() ?? missing;
}

/** A preparation, where the data bring nothing in its place. */
function given<P>(preparation: P | null): P {
  if (preparation !== null) return preparation;
  throw new Error("internal: nothing is said about how samples are prepared.");
}

/** Digest of a picture's pixels; of none where there is no picture. */
const digestOf = ({ picture }: PreparedSample): string =>
  picture.kind === "decoded" ? picture.digest : "";

function toSplit(
  rows: readonly PreparedSample[],
  { classes, features: own = {} }: Dataset,
  { image, text }: Pick<PrepareOptions, "image" | "text">,
): PreparedSplit {
  const targets = new Float32Array(rows.length * classes.length);
  rows.forEach(({ sample }, row) => {
    for (const label of sample.labels) targets[row * classes.length + label] = 1;
  });
  return {
    size: rows.length,
    ids: rows.map(({ sample }) => sample.id),
    images:
      own.image === undefined
        ? {
            shape: given(image).shape,
            row: (at) => rows[at]!.pixels(),
            digest: (at) => digestOf(rows[at]!),
          }
        : { shape: [own.image], row: ownRows(rows, "image", own.image) },
    texts:
      own.text === undefined
        ? {
            kind: "tokens",
            tokens: rows.map(({ entry }) => entry.tokens),
            retokenize: (at, change) =>
              given(text).tokenize(change(rows[at]!.sample.text ?? "")).tokens,
          }
        : { kind: "features", size: own.text, row: ownRows(rows, "text", own.text) },
    imagePresent: Uint8Array.from(rows, ({ imagePresent }) => Number(imagePresent)),
    textPresent: Uint8Array.from(rows, ({ textPresent }) => Number(textPresent)),
    targets,
  };
}

/**
 * Prepares all splits of a data set. Decoded pictures are kept in a cache on disk and, but for the first
 * 256 MB, read from there batch by batch, so memory does not grow with the number of pictures.
 *
 * A sample without a usable picture or text is kept with what it has; one with neither is skipped.
 *
 * @throws {DataError} with `onBad: "stop"` at the first unusable picture.
 */
export async function prepareDataset(
  dataset: Dataset,
  options: PrepareOptions,
): Promise<PrepareResult> {
  const { onBad = "missing" } = options;
  const judge = new SampleJudge(onBad);
  const rows: Record<Split, PreparedSample[]> = { train: [], validation: [], test: [] };
  for await (const found of prepareRows(dataset.samples, options, judge.issues)) {
    const row = judge.judge(found);
    if (row) rows[found.sample.split].push(row);
  }
  const { name, labelKind, classes } = dataset;
  const splits = {} as Record<Split, PreparedSplit>;
  const facts = {} as Record<Split, readonly SampleFacts[]>;
  for (const split of SPLITS) {
    splits[split] = toSplit(rows[split], dataset, options);
    facts[split] = rows[split].map(({ sample, picture, imagePresent, textPresent }) => ({
      ...{ sample, picture, imagePresent, textPresent },
    }));
  }
  const { issues, counter } = judge;
  issues.sort((a, b) => (a.where < b.where ? -1 : 1));
  const score = scoreOf(dataset);
  const prepared = { name, labelKind, classes, score, ...splits };
  return { prepared, issues, facts, yields: counter.yields };
}
