/** @module What a run's settings ask to measure beside the protocol's cases, and whether its data allow that. */

import type { Dataset, Modality } from "../data/dataset.js";
import { askedCorruptions, corruptionsOn, type FurtherCases } from "../impairments/further.js";
import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import type { RunConfig } from "./config.js";

/** What a run's settings ask to measure beside the protocol's cases. */
export function furtherCases({
  evaluation,
  data,
}: Pick<RunConfig, "evaluation" | "data">): FurtherCases {
  const { noiseCurve, corruptions } = evaluation;
  return { noiseCurve, corruptions: askedCorruptions(corruptions, data.modalities) };
}

/** What corruptions of a modality act on, and the modality of the others. */
const WORDS: Readonly<Record<Modality, { inputs: string; other: Modality }>> = {
  image: { inputs: "pictures", other: "text" },
  text: { inputs: "texts", other: "image" },
};

const namesOf = (corruptions: readonly { readonly name: string }[]): string[] =>
  corruptions.map(({ name }) => name);

/**
 * Makes sure that corruptions find the inputs that they act on.
 *
 * @throws {ConfigError} where the data bring features in their place.
 */
export function assertCorruptible(config: RunConfig, { name, features = {} }: Dataset): void {
  const { corruptions = [] } = furtherCases(config);
  for (const side of ["image", "text"] as const) {
    const asked = corruptionsOn(side, corruptions);
    if (features[side] === undefined || asked.length === 0) continue;
    const { inputs, other } = WORDS[side];
    const others = namesOf(corruptionsOn(other)).join(",");
    throw new ConfigError(
      `${name}: ${namesOf(asked).join(", ")}: corruptions act on ${inputs}, and the data bring features of the ${side}s in their place.`,
      say`Leave ${setting("evaluation.corruptions")} out, name others (${setting("evaluation.corruptions", others)}), or let an encoder make the features: ${setting(`model.${side}.encoder`, "<folder>")}.`,
    );
  }
}
