/** @module Score of the joint classifier as more and more samples miss a modality. */

import { spreadOf } from "../../evaluate/aggregate.js";
import { byMethod, type RunRecord } from "../../run/records.js";
import { plotImpaired } from "./impaired.js";
import type { Drawing } from "./plot.js";

/** Scores of a row of results by the share of samples that miss a modality, mean over seeds. */
export interface RatioScores {
  readonly label: string;
  readonly ratios: readonly {
    /** `0..1`. */
    readonly ratio: number;
    readonly imageMissing: number;
    readonly textMissing: number;
  }[];
}

/** The scores of some runs, by method. */
export function ratiosOf(runs: readonly RunRecord[]): RatioScores[] {
  return [...byMethod(runs)].map(([label, group]) => ({
    label,
    ratios: group[0]!.test.ratios.map(({ ratio }, at) => {
      const mean = (key: "imageMissing" | "textMissing"): number =>
        spreadOf(group.map(({ test }) => test.ratios[at]![key])).mean;
      return { ratio, imageMissing: mean("imageMissing"), textMissing: mean("textMissing") };
    }),
  }));
}

/** Draws the missing-ratio curves (the paper's figure 4). */
export const plotRatios = (rows: readonly RatioScores[], mainScore: string): Drawing =>
  plotImpaired(
    rows.map(({ label, ratios }) => ({
      label,
      points: ratios.map(({ ratio, imageMissing, textMissing }) => ({
        ...{ at: 100 * ratio, image: imageMissing, text: textMissing },
      })),
    })),
    mainScore,
    {
      title: "Score by share of samples that miss a modality",
      axis: "samples with the modality missing, %",
      impaired: "missing",
    },
  );
