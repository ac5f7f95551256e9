/** @module Figures of scores: full and impaired input, by how much is missing, by how strong the noise is. */

import type { ResultRow } from "../evaluate/aggregate.js";
import type { Figure } from "./figure.js";
import { plotCases } from "./plots/cases.js";
import { plotNoise } from "./plots/noise.js";
import { panels } from "./plots/panels.js";
import { plotRatios, type RatioScores } from "./plots/ratios.js";

/** What the figures are drawn from. */
export interface ScoreRows {
  readonly cases: readonly ResultRow[];
  readonly noise: readonly ResultRow[];
  readonly ratios: readonly RatioScores[];
  /** What the scores are called, such as `accuracy`. */
  readonly score: string;
  /** Whose answers are drawn, as a sentence; empty where the rows say it. */
  readonly whose: string;
}

/** The figures; those without anything to draw are left out. */
export function scoreFigures({ cases, noise, ratios, score, whose }: ScoreRows): Figure[] {
  const figures: Figure[] = [
    {
      name: "cases",
      title: "Full and impaired input",
      caption: `Test split; mean over seeds. ${whose}`,
      drawings: [plotCases(cases, score)],
    },
    {
      name: "missing-ratio",
      title: "How much can be missing?",
      caption:
        "Score of the joint classifier as more samples miss a modality (figure 4 of the paper); mean over seeds.",
      drawings: panels(ratios).map((group) => plotRatios(group, score)),
    },
    {
      name: "noise",
      title: "How much noise?",
      caption: `Score as Gaussian noise on the image gets stronger, or more of the text's tokens are dropped; at 1 are the noisy cases of the table. ${whose}`,
      drawings: panels(noise).flatMap((group) => plotNoise(group, score) ?? []),
    },
  ];
  return figures.filter(({ drawings }) => drawings.length > 0);
}
