/** @module Signs of imbalance in what a run recorded while it trained. */

import type { RunRecord } from "../run/records.js";
import type { StepRecord } from "../train/trainer.js";

/** How a metric developed: its mean over the first and the last tenth of the steps. */
export interface Development {
  readonly metric: string;
  /** What it is, as a phrase; empty where the method does not say it. */
  readonly meaning: string;
  readonly first: number;
  readonly last: number;
}

/** Signs that a run recorded; what its method does not record is `null` or absent. */
export interface Signs {
  readonly steps: number;
  /** Share of steps in which the task's gradient and the balance term's pointed apart, `0..1`. */
  readonly conflict: number | null;
  /** Steps by the cosine of the two gradients, ten equal bins from -1 to 1. */
  readonly cosine: readonly number[] | null;
  /** Losses, weights and norms of gradients. */
  readonly developments: readonly Development[];
  /** Validation scores of the unimodal heads at the epoch that was kept, percent; `null` without heads. */
  readonly heads: { readonly image: number; readonly text: number } | null;
}

const BINS = 10;
const DEVELOPING = /^(loss|weight|norm|rate)\./;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Values of a metric in the steps that recorded it. */
const valuesOf = (steps: readonly StepRecord[], metric: string): number[] =>
  steps.flatMap((step) => step[metric] ?? []);

function histogram(cosines: readonly number[]): number[] {
  const counts = new Array<number>(BINS).fill(0);
  for (const cosine of cosines) {
    counts[Math.min(BINS - 1, Math.max(0, Math.floor(((cosine + 1) / 2) * BINS)))]!++;
  }
  return counts;
}

function headsOf({ epochs }: RunRecord): Signs["heads"] {
  const kept = epochs.findLast(({ best }) => best);
  const { imageRight: image, textRight: text } = kept?.validation ?? {};
  return image === undefined || text === undefined ? null : { image, text };
}

/** Reads the signs off a run's record. */
export function signsOf(run: RunRecord): Signs {
  const { steps, meanings } = run;
  const metrics = [...new Set(steps.flatMap((step) => Object.keys(step)))];
  // Steps whose balance term has no gradient yet have a cosine of 0 that says nothing.
  const working = steps.filter((step) => step["cosine"] !== undefined && step["norm.kl"] !== 0);
  const conflicts = valuesOf(working, "conflict");
  return {
    steps: steps.length,
    conflict: conflicts.length > 0 ? mean(conflicts) : null,
    cosine: working.length > 0 ? histogram(valuesOf(working, "cosine")) : null,
    developments: metrics
      .filter((metric) => DEVELOPING.test(metric))
      .map((metric) => {
        const values = valuesOf(steps, metric);
        const tenth = Math.ceil(values.length / 10);
        const [first, last] = [mean(values.slice(0, tenth)), mean(values.slice(-tenth))];
        return { metric, meaning: meanings[metric] ?? "", first, last };
      }),
    heads: headsOf(run),
  };
}
