/** @module What the features of frozen encoders depend on by a run's settings. */

import type { Split } from "../data/dataset.js";
import type { ExtractOptions } from "../encode/features/extract.js";
import { furtherDegradations } from "../impairments/further.js";
import type { RunConfig } from "./config.js";
import { furtherCases } from "./further.js";

/**
 * What features depend on by a run's settings.
 *
 * @param split - The one that is evaluated.
 */
export function extractionOf(
  config: RunConfig,
  split: Split,
): Pick<ExtractOptions, "noise" | "seed" | "further" | "threads"> {
  const { evaluation, train } = config;
  const noise = { image: evaluation.imageNoise, text: evaluation.textNoise };
  return {
    noise,
    seed: evaluation.seed,
    further: { split, ...furtherDegradations(furtherCases(config), noise) },
    threads: train.threads,
  };
}
