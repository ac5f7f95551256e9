/** @module Calibration: whether answers are as often right as they are sure. */

import type { AnyCase } from "../impairments/cases.js";
import type { JudgedSample } from "./samples.js";

/** Samples of one case whose answers are about equally sure. */
export interface ReliabilityBin {
  readonly samples: number;
  /** Mean of how sure the answers are, `0..1`. */
  readonly sure: number;
  /** Share of them that is right, `0..1`. */
  readonly right: number;
}

/** How honest the sureness of one case's answers is. */
export interface Calibration {
  readonly name: AnyCase;
  /** Those that have samples, the least sure first. */
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error: the mean distance of sure and right, percentage points. */
  readonly error: number;
}

const BINS = 10;

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/**
 * What {@link CaseAnswer.sure} is a promise of, `0..1`: that the answer is right; multi-label the share of the decided
 * labels that is right, or, where none is decided for, that the likeliest one is rightly left out.
 */
function outcome({ truth, answers }: JudgedSample, name: AnyCase): number {
  const { labels, first } = answers[name];
  if (labels.length === 0) return truth.includes(first) ? 0 : 1;
  return labels.filter((label) => truth.includes(label)).length / labels.length;
}

/**
 * Calibration of the answers in one case, in ten bins of equal width.
 *
 * Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 2.
 */
export function calibrationOf(samples: readonly JudgedSample[], name: AnyCase): Calibration {
  const groups = Array.from({ length: BINS }, (): JudgedSample[] => []);
  for (const sample of samples) {
    const { sure } = sample.answers[name];
    groups[Math.min(BINS - 1, Math.floor(sure * BINS))]!.push(sample);
  }
  const bins = groups
    .filter((group) => group.length > 0)
    .map((group) => ({
      samples: group.length,
      sure: sum(group.map(({ answers }) => answers[name].sure)) / group.length,
      right: sum(group.map((sample) => outcome(sample, name))) / group.length,
    }));
  const distances = bins.map(({ samples: size, sure, right }) => size * Math.abs(sure - right));
  return { name, bins, error: (100 * sum(distances)) / Math.max(1, samples.length) };
}
