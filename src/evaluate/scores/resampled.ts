/** @module The main score of resampled predictions: prepared once, then quick for any counts of the samples. */

import type { Score } from "../../data/dataset.js";
import { decide } from "./metrics.js";
import { type Predictions } from "./predictions.js";

/**
 * The score, `0..1`, of predictions in which sample `i` occurs `counts[i]` times; `null` where it is not
 * defined. With all counts 1 it is that of `scorePredictions`.
 */
export type ResampledScore = (counts: ArrayLike<number>) => number | null;

function accuracy(predictions: Predictions): ResampledScore {
  const { classes, targets } = predictions;
  const decisions = decide(predictions);
  const right = Uint8Array.from({ length: targets.length / classes }, (_, row) => {
    const [start, end] = [row * classes, (row + 1) * classes];
    for (let at = start; at < end; at++) if (decisions[at] !== targets[at]) return 0;
    return 1;
  });
  return (counts) => {
    let [hits, all] = [0, 0];
    right.forEach((value, row) => {
      hits += counts[row]! * value;
      all += counts[row]!;
    });
    return all > 0 ? hits / all : null;
  };
}

/** Samples that a label is decided for rightly, and those where decision and truth differ: all that F1 looks at. */
interface LabelRows {
  readonly hits: Uint32Array;
  readonly misses: Uint32Array;
}

function labelRows(predictions: Predictions): LabelRows[] {
  const { classes, targets } = predictions;
  const decisions = decide(predictions);
  const found = Array.from({ length: classes }, () => ({
    hits: [] as number[],
    misses: [] as number[],
  }));
  for (let at = 0; at < targets.length; at++) {
    const marks = decisions[at]! + targets[at]!;
    if (marks === 0) continue;
    const { hits, misses } = found[at % classes]!;
    (marks === 2 ? hits : misses).push(Math.floor(at / classes));
  }
  return found.map(({ hits, misses }) => ({
    hits: Uint32Array.from(hits),
    misses: Uint32Array.from(misses),
  }));
}

function totalOf(counts: ArrayLike<number>, rows: Uint32Array): number {
  let total = 0;
  for (let at = 0; at < rows.length; at++) total += counts[rows[at]!]!;
  return total;
}

function macroF1(predictions: Predictions): ResampledScore {
  const labels = labelRows(predictions);
  return (counts) => {
    let total = 0;
    let present = 0;
    for (const { hits, misses } of labels) {
      const right = 2 * totalOf(counts, hits);
      const all = right + totalOf(counts, misses);
      if (all === 0) continue;
      total += right / all;
      present++;
    }
    return total / Math.max(1, present);
  };
}

/** One class against the rest: samples in the order of their probability, those that tie in a group. */
function classAuroc({ classes, probabilities, targets }: Predictions, label: number) {
  const of = (values: Float32Array, row: number): number => values[row * classes + label]!;
  const order = [...Array(targets.length / classes).keys()].sort(
    (a, b) => of(probabilities, a) - of(probabilities, b),
  );
  return (counts: ArrayLike<number>): number | null => {
    let [below, positives, pairs] = [0, 0, 0];
    for (let from = 0; from < order.length;) {
      let to = from;
      let [up, down] = [0, 0];
      for (; to < order.length; to++) {
        const row = order[to]!;
        if (of(probabilities, row) !== of(probabilities, order[from]!)) break;
        if (of(targets, row)) up += counts[row]!;
        else down += counts[row]!;
      }
      pairs += up * (below + down / 2);
      below += down;
      positives += up;
      from = to;
    }
    return positives > 0 && below > 0 ? pairs / (positives * below) : null;
  };
}

function auroc(predictions: Predictions): ResampledScore {
  const { labelKind, classes } = predictions;
  const labels = labelKind === "single-label" && classes === 2 ? [1] : [...Array(classes).keys()];
  const perClass = labels.map((label) => classAuroc(predictions, label));
  return (counts) => {
    const areas = perClass.map((area) => area(counts)).filter((area) => area !== null);
    return areas.length > 0 ? areas.reduce((sum, area) => sum + area, 0) / areas.length : null;
  };
}

const SCORERS: Readonly<Record<Score, (predictions: Predictions) => ResampledScore>> = {
  accuracy,
  macroF1,
  auroc,
};

/** Prepares the main score of some predictions for resampling. */
export const resampledScore = (predictions: Predictions, main: Score): ResampledScore =>
  SCORERS[main](predictions);
