/** @module What makes scores on a data set doubtful, though a model can be trained on it. */

import { say, setting, type Text } from "../message.js";
import type { Dataset } from "../data/dataset.js";
import { count } from "../text.js";
import type { Duplicate } from "./duplicates.js";

/** Something that a user should decide about. */
export interface DataWarning {
  /** Stable name: `look-alikes-straddle` or `labels-contradict`. */
  readonly name: "look-alikes-straddle" | "labels-contradict";
  /** Samples that it is about. */
  readonly samples: number;
  /** What is wrong and what can be done about it, without the name. */
  readonly message: Text;
}

/** How to get splits that look-alikes do not straddle. */
function remedy({ draw }: Dataset): Text {
  if (!draw) return "";
  return draw.samples.every(({ unit }) => unit !== null)
    ? say`; ${setting("data.lookAlikes", "together")}, the default, keeps them in one split, unless too many have the same picture`
    : say`; ${setting("data.splits", "draw")} replaces the splits that the data give by drawn ones that keep look-alikes together`;
}

const looking = (samples: number): string =>
  samples === 1 ? "1 picture looks" : `${count(samples, "picture")} look`;

/** The warnings about samples whose picture is the same as another's or nearly. */
export function warningsOf(dataset: Dataset, duplicates: readonly Duplicate[]): DataWarning[] {
  const images = duplicates.filter(({ what }) => what === "image");
  const straddling = images.filter(({ leaks }) => leaks).length;
  const contradicting = images.filter(({ contradicts }) => contradicts).length;
  const warnings: DataWarning[] = [];
  if (straddling > 0) {
    warnings.push({
      ...{ name: "look-alikes-straddle", samples: straddling },
      message: say`${looking(straddling)} like one of another split, so scores there are too good${remedy(dataset)}`,
    });
  }
  if (contradicting > 0) {
    warnings.push({
      ...{ name: "labels-contradict", samples: contradicting },
      message: `${looking(contradicting)} like one with other labels: a label is wrong, or pictures alone cannot tell these classes apart`,
    });
  }
  return warnings;
}
