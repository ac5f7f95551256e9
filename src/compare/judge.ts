/** @module Which candidates can be told apart: validation answers under every condition, resampled in pairs. */

import type { Score } from "../data/dataset.js";
import { ALL_CASES, type AnyCase, casesOf, type ImpairmentName } from "../impairments/cases.js";
import { IMPAIRMENTS } from "../impairments/list.js";
import { drawnCounts, type Interval, percentileInterval } from "../evaluate/scores/bootstrap.js";
import type { CaseAnswers } from "../evaluate/crossfit.js";
import { resampledScore } from "../evaluate/scores/resampled.js";
import { randomStream } from "../random.js";

type Figure = "full" | ImpairmentName | "overall";

const NAMES: readonly ImpairmentName[] = IMPAIRMENTS.map(({ name }) => name);

/** What is told of a candidate: full input, the mean of both modalities' for each impairment, all together. */
export const FIGURES: readonly Figure[] = ["full", ...NAMES, "overall"];

/** Figures of a candidate, percent. */
export type Figures = Readonly<Record<Figure, number>>;

/** How a candidate did. */
export interface Judgement {
  readonly figures: Figures;
  /** Of the overall figure to the best candidate's, points, at most 0 in the mean. */
  readonly difference: Interval;
}

/** What the samples allow to say. */
export interface Verdict {
  readonly judgements: readonly Judgement[];
  /** Index of the candidate with the highest overall figure. */
  readonly best: number;
  /** Index of the first candidate that cannot be told apart from the best. */
  readonly chosen: number;
  /** Whether no candidate can be told apart from the best. */
  readonly undecided: boolean;
}

const RESAMPLES = 1000;

/**
 * Figures of a candidate from the scores of all cases. Overall, full input counts one half, and the impairments share
 * the other half.
 */
export function figuresOf(scores: Readonly<Record<AnyCase, number>>): Figures {
  const means = NAMES.map((name) => {
    const [image, text] = casesOf(name);
    return (scores[image] + scores[text]) / 2;
  });
  const named = Object.fromEntries(NAMES.map((name, at) => [name, means[at]!]));
  const total = means.reduce((sum, mean) => sum + mean, 0);
  const overall = scores.full / 2 + total / (2 * means.length);
  return { full: scores.full, ...(named as Record<ImpairmentName, number>), overall };
}

/** A candidate's figures where the samples of each fold occur so many times; `null` where not defined. */
type Scorer = (counts: readonly ArrayLike<number>[]) => Figures | null;

function scorerOf(folds: readonly CaseAnswers[], main: Score): Scorer {
  const prepared = ALL_CASES.map(
    (name) => [name, folds.map((fold) => resampledScore(fold[name], main))] as const,
  );
  return (counts) => {
    const scores: Partial<Record<AnyCase, number>> = {};
    for (const [name, perFold] of prepared) {
      let total = 0;
      for (const [at, score] of perFold.entries()) {
        const value = score(counts[at]!);
        if (value === null) return null;
        total += value;
      }
      scores[name] = (100 * total) / folds.length;
    }
    return figuresOf(scores as Record<AnyCase, number>);
  };
}

/**
 * The simplest candidate that is as good as the best, as far as the samples can tell: a candidate is worse
 * if the 95 % interval of its overall figure's difference to the best one's lies below 0. The samples of
 * each fold are drawn again with replacement, the same for all candidates.
 *
 * Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3; the rule is that of
 * one standard error (Breiman et al., "Classification and Regression Trees", 1984, section 3.4.3).
 *
 * @param candidates - The simplest first; each with its answers to the samples of every fold. At least one.
 * @throws {RangeError} where the score is not defined on a fold.
 */
export function judge(candidates: readonly (readonly CaseAnswers[])[], main: Score): Verdict {
  const scorers = candidates.map((folds) => scorerOf(folds, main));
  const sizes = candidates[0]!.map(({ full }) => full.targets.length / full.classes);
  const once = sizes.map((size) => new Uint32Array(size).fill(1));
  const figures = scorers.map((score) => {
    const found = score(once);
    if (!found) throw new RangeError(`the score ${main} is not defined on a validation split`);
    return found;
  });
  const overall = figures.map((one) => one.overall);
  const best = overall.indexOf(Math.max(...overall));
  const random = randomStream(0, "judge");
  const resampled = figures.map((): number[] => []);
  for (let draw = 0; draw < RESAMPLES; draw++) {
    const counts = sizes.map((size) => drawnCounts(size, random));
    const drawn = scorers.map((score) => score(counts)?.overall);
    const top = drawn[best];
    if (top === undefined) continue;
    drawn.forEach((value, at) => {
      if (value !== undefined) resampled[at]!.push(value - top);
    });
  }
  const judgements = figures.map((own, at) => ({
    figures: own,
    difference: percentileInterval(own.overall - overall[best]!, Float64Array.from(resampled[at]!)),
  }));
  const isTied = ({ difference }: Judgement): boolean => difference.high >= 0;
  return {
    judgements,
    best,
    chosen: judgements.findIndex(isTied),
    undecided: judgements.every(isTied),
  };
}
