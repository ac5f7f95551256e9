/** @module Which modality each class needs. */

import type { Modality } from "../data/dataset.js";
import type { AnyCase } from "../impairments/cases.js";
import type { JudgedSample } from "./samples.js";

/** One class of the split that was diagnosed; shares of its samples whose label is decided for, percent. */
export interface ClassNeed {
  readonly label: string;
  readonly samples: number;
  readonly full: number;
  /** Share of the samples decided for this label that have it, on full input, percent. */
  readonly precision: number;
  /** Harmonic mean of `full` and `precision`, percent. */
  readonly f1: number;
  readonly imageMissing: number;
  readonly textMissing: number;
  /** The modality without which clearly more is lost; `null` where both are alike or samples are few. */
  readonly needs: Modality | null;
}

/** Percentage points, and standard errors, by which one loss must exceed the other. */
const CLEAR = { points: 5, errors: 2 };

/** The modality that a class needs: the two losses differ by more than their chance difference. */
function needOf(right: Readonly<Record<Modality, readonly boolean[]>>): Modality | null {
  const samples = right.image.length;
  // Samples that are right without one modality and wrong without the other, as in McNemar's test.
  const onlyWithoutText = right.text.filter((is, at) => is && !right.image[at]).length;
  const onlyWithoutImage = right.image.filter((is, at) => is && !right.text[at]).length;
  const difference = onlyWithoutText - onlyWithoutImage;
  const error = Math.sqrt(onlyWithoutText + onlyWithoutImage);
  const isClear =
    Math.abs(difference) > CLEAR.errors * error &&
    (100 * Math.abs(difference)) / samples > CLEAR.points;
  if (!isClear) return null;
  return difference > 0 ? "image" : "text";
}

/** Precision and F1 of a label on full input, percent. */
function fullScores(samples: readonly JudgedSample[], label: string) {
  const decided = samples.filter(({ answers }) => answers.full.labels.includes(label));
  const has = samples.filter(({ truth }) => truth.includes(label));
  const right = decided.filter(({ truth }) => truth.includes(label)).length;
  return {
    precision: (100 * right) / Math.max(1, decided.length),
    f1: (200 * right) / (decided.length + has.length),
  };
}

/** Needs of all classes that the samples have, in the order of the classes. */
export function classNeeds(
  samples: readonly JudgedSample[],
  classes: readonly string[],
): ClassNeed[] {
  return classes.flatMap((label) => {
    const own = samples.filter(({ truth }) => truth.includes(label));
    if (own.length === 0) return [];
    const rightUnder = (name: AnyCase): boolean[] =>
      own.map(({ answers }) => answers[name].labels.includes(label));
    const share = (right: readonly boolean[]): number =>
      (100 * right.filter(Boolean).length) / own.length;
    const [image, text] = [rightUnder("image-missing"), rightUnder("text-missing")];
    return [
      {
        ...{ label, samples: own.length, full: share(rightUnder("full")) },
        ...fullScores(samples, label),
        ...{ imageMissing: share(image), textMissing: share(text) },
        needs: needOf({ image, text }),
      },
    ];
  });
}
