/** @module Classes that are too small to be in every split. */

import { say, setting, type Text } from "../../message.js";
import { count, someOf } from "../../text.js";
import { type Dataset, type Split, SPLITS } from "../dataset.js";
import type { IssueLog } from "../issues.js";

type Counted = Pick<Dataset, "classes" | "samples">;

/** A class of fewer samples cannot be in every split. */
const NEEDED = SPLITS.length;

const WHAT_TO_DO = say`add samples, merge classes, or give the splits yourself, by files or with ${setting("data.columns.split")}`;

const classCounts = ({ classes }: Counted, samples: Dataset["samples"]): readonly number[] => {
  const counts = classes.map(() => 0);
  for (const label of samples.flatMap(({ labels }) => labels)) counts[label]!++;
  return counts;
};

/** Names the classes of which the validation or test split has no sample. */
export function noteAbsentClasses(
  dataset: Counted & Pick<Dataset, "name">,
  issues: IssueLog,
): void {
  const { name, classes, samples } = dataset;
  for (const split of ["validation", "test"] as const) {
    const own = samples.filter((sample) => sample.split === split);
    if (own.length === 0) continue;
    const counts = classCounts(dataset, own);
    const absent = classes.filter((_, at) => counts[at] === 0);
    if (absent.length === 0) continue;
    const message = say`the ${split} split has no sample of ${absent.length} of the ${count(classes.length, "class")}: ${someOf(absent)}; a class needs ${NEEDED} samples to be in every split: ${WHAT_TO_DO}`;
    issues.add("class-absent", name, message, "noted");
  }
}

/** Why a split has no samples. */
export function emptySplit(dataset: Counted, split: Split): Text {
  const largest = Math.max(...classCounts(dataset, dataset.samples), 0);
  const all = dataset.samples.length;
  const drawn = all > 0 && all === dataset.samples.filter((one) => one.split === "train").length;
  if (!drawn || largest >= NEEDED) return `the ${split} split is empty`;
  return say`the ${split} split is empty: no class has the ${NEEDED} samples that it needs to be in every split (${count(all, "sample")} of ${count(dataset.classes.length, "class")}); ${WHAT_TO_DO}`;
}
