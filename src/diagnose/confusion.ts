/** @module Which classes are taken for which, case by case. */

import type { AnyCase } from "../impairments/cases.js";
import type { JudgedSample } from "./samples.js";

/** Confusions of one case's answers. */
export interface Confusion {
  readonly name: AnyCase;
  /** Samples by true class and answered class, `[classes][classes]`. */
  readonly counts: readonly (readonly number[])[];
}

/** Counts single-label answers of one case by true and answered class. */
export function confusionOf(
  samples: readonly JudgedSample[],
  classes: readonly string[],
  name: AnyCase,
): Confusion {
  const places = new Map(classes.map((label, at) => [label, at] as const));
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  for (const { truth, answers } of samples) {
    const [from, to] = [places.get(truth[0]!), places.get(answers[name].labels[0]!)];
    if (from !== undefined && to !== undefined) counts[from]![to]!++;
  }
  return { name, counts };
}
