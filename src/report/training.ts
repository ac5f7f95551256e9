/** @module What a training shows while it goes on and afterwards: curves per modality, weights, gradients. */

import type { TrainingRecord } from "../run/records.js";
import type { Figure } from "./figure.js";
import { cosinesCaption, normsCaption, weightsCaption } from "./metricCaption.js";
import { conflictShare, cosinesOf, plotCosines } from "./plots/cosines.js";
import {
  plotCosineCurves,
  plotLosses,
  plotNorms,
  plotValidation,
  plotWeights,
} from "./plots/curves.js";

const FIRST = "The first seed of each method.";

/** Figures of some runs, finished or not; those without anything to draw are left out. */
export function trainingFigures(runs: readonly TrainingRecord[]): Figure[] {
  const conflict = (100 * conflictShare(cosinesOf(runs))).toFixed(0);
  const histogram = plotCosines(runs);
  const figures: Figure[] = [
    {
      name: "validation",
      title: "Learning curves per modality",
      caption: `Scores on the validation split after each epoch: of the joint classifier on both and with a modality missing, and of the heads (dashed). ${FIRST}`,
      drawings: plotValidation(runs),
    },
    {
      name: "losses",
      title: "Losses per modality",
      caption: `Training losses, smoothed. ${FIRST}`,
      drawings: plotLosses(runs),
    },
    {
      name: "weights",
      title: "Weights per modality",
      caption: weightsCaption(runs),
      drawings: plotWeights(runs),
    },
    {
      name: "norms",
      title: "Lengths of gradients",
      caption: normsCaption(runs),
      drawings: plotNorms(runs),
    },
    {
      name: "cosines",
      title: "Do the gradients agree?",
      caption: `${cosinesCaption(runs)} They do in ${conflict} % of the steps.`,
      drawings: histogram ? [histogram] : [],
    },
    {
      name: "cosines-over-time",
      title: "Cosines over time",
      caption: `Smoothed. ${FIRST}`,
      drawings: plotCosineCurves(runs),
    },
  ];
  return figures.filter(({ drawings }) => drawings.length > 0);
}
