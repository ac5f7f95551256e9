/** @module Single samples: what is answered to each under every impairment, and what decided. */

import type { CaseLogits } from "../evaluate/cases.js";
import { ALL_CASES, type AnyCase } from "../impairments/cases.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import { answersOf, type DecidedBy } from "../predict/answer.js";
import type { ModelCard } from "../predict/card.js";

/** The answer to one sample in one case. */
export interface CaseAnswer {
  /** Labels that are decided for. */
  readonly labels: readonly string[];
  /** The likeliest label, and its probability. */
  readonly first: string;
  readonly probability: number;
  /** How sure the answer is, `0..1`. */
  readonly sure: number;
  readonly decidedBy: DecidedBy;
}

/** A sample with its answers. */
export interface JudgedSample {
  readonly id: string;
  /** Its true labels. */
  readonly truth: readonly string[];
  readonly answers: Readonly<Record<AnyCase, CaseAnswer>>;
}

const sameLabels = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((label) => b.includes(label));

/** Whether a case is answered with exactly the true labels. */
export const isRight = (
  { truth, answers }: Pick<JudgedSample, "truth" | "answers">,
  name: AnyCase,
): boolean => sameLabels(answers[name].labels, truth);

/**
 * All samples of a split with their answers, as `predict` gives them.
 *
 * @param logits - Of the split, for every case.
 */
export function judgedSamples(
  model: Pick<ModelCard, "aware" | "classes">,
  { ids, targets, size }: PreparedSplit,
  logits: CaseLogits,
): JudgedSample[] {
  const { classes } = model;
  const none = ids.map(() => []);
  const perCase = ALL_CASES.map((name) => {
    const answers = answersOf(model, logits[name], none, "aware").map((answer): CaseAnswer => {
      const { predictions, sure, decidedBy } = answer;
      const { label: first, probability } = predictions[0]!;
      const labels = predictions.filter(({ decided }) => decided).map(({ label }) => label);
      return { labels, first, probability, sure, decidedBy };
    });
    return [name, answers] as const;
  });
  return Array.from({ length: size }, (_, row) => ({
    id: ids[row]!,
    truth: classes.filter((__, label) => targets[row * classes.length + label] === 1),
    answers: Object.fromEntries(
      perCase.map(([name, answers]) => [name, answers[row]!]),
    ) as JudgedSample["answers"],
  }));
}

/** The worst samples: wrong on full input, the surest first, then right ones, the least sure first. */
export function worstFirst(samples: readonly JudgedSample[]): JudgedSample[] {
  const badness = (sample: JudgedSample): number => {
    const { sure } = sample.answers.full;
    return isRight(sample, "full") ? -sure : sure;
  };
  return [...samples].sort((a, b) => badness(b) - badness(a));
}
