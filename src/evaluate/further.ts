/** @module What an evaluation measures on request: noise at other strengths, corruptions. */

import type { Case } from "../impairments/cases.js";
import type { Impaired } from "../impairments/impairment.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import type { ProtocolOptions } from "./cases.js";
import { measureCorruptions } from "./corruptions.js";
import { mainPercentOf } from "./scores/metrics.js";
import { measureNoise, type WayScores } from "./noiseCurve.js";
import type { SplitLogits } from "./predictor.js";
import type { Further, Predict } from "./row.js";

/** Measures what is asked for beside the cases, for all ways to answer at once. */
export async function measureFurther(
  split: PreparedSplit,
  logits: Readonly<Record<Case, SplitLogits>>,
  ways: Readonly<Record<string, Predict>>,
  options: ProtocolOptions,
): Promise<(way: string) => Further> {
  const { predictor, state, noise, seed, mainScore, noiseCurve, corruptions = [] } = options;
  const { labelKind, classes } = predictor.labels;
  const { targets } = split;
  const scoresOf = (found: SplitLogits): WayScores =>
    Object.fromEntries(
      Object.entries(ways).map(([way, predict]) => {
        const predictions = { labelKind, classes, ...predict(found), targets };
        return [way, mainPercentOf(predictions, mainScore)] as const;
      }),
    );
  const measure = async (impaired: Impaired): Promise<WayScores> =>
    scoresOf(await predictor.runSplit(split, impaired, seed, state));
  const { images, texts } = split;
  // Features of noise at other strengths have to be made by an encoder, so they must be asked for.
  const isFree = !images.degraded && !(texts.kind === "features" && texts.degraded);
  const curveOf =
    (noiseCurve ?? isFree)
      ? await measureNoise(measure, noise, {
          image: scoresOf(logits["image-noisy"]),
          text: scoresOf(logits["text-noisy"]),
        })
      : null;
  const corruptionsOf =
    corruptions.length > 0 ? await measureCorruptions(measure, corruptions) : null;
  return (way) => ({
    noiseCurve: curveOf && curveOf(way),
    corruptions: corruptionsOf && corruptionsOf(way),
  });
}
