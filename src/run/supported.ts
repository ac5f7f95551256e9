/** @module Whether a run can be made of its settings and its data, before anything of it is. */

import { refuseUnsupported } from "../balance/supports.js";
import { linearViews } from "../companion/companions.js";
import { ConfigError } from "../errors.js";
import type { ModelData } from "../inputs/data.js";
import type { RunConfig } from "./config.js";
import { findRunMethod, isFitted } from "./methods.js";
import { modelFor } from "../inputs/model.js";

/** @throws {ConfigError} where no training sample has a picture, or none a text. */
function refuseOneModality({ train }: ModelData): void {
  const sides = { picture: train.imagePresent, text: train.textPresent };
  for (const [what, present] of Object.entries(sides)) {
    if (present.includes(1)) continue;
    throw new ConfigError(
      `linear needs images and texts: no training sample has a ${what}.`,
      "Choose another method.",
    );
  }
}

/**
 * Stops where the method of a run does not work with its model or its data.
 *
 * @throws {ConfigError} saying what it needs, and why.
 */
export async function refuseUnsupportedRun(
  { method, model }: Pick<RunConfig, "method" | "model">,
  data: ModelData,
): Promise<void> {
  if (isFitted(method)) {
    refuseOneModality(data);
    linearViews(await modelFor(model, data));
  } else
    refuseUnsupported(findRunMethod(method.name), { fusion: model.fusion, labels: data.labelKind });
}
