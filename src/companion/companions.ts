/** @module Linear companions: logistic regressions on the same fixed features, beside the network. */

import { ConfigError } from "../errors.js";
import { concat } from "../graph/functions/layout.js";
import type { Tensor } from "../graph/tensor.js";
import { say, setting } from "../message.js";
import type { LabelSpace, ModelConfig } from "../model/config.js";
import type { InputNetwork } from "../model/inputs.js";
import type { Sides } from "../model/network.js";
import { linear } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";

/** Regressions on both modalities' features, on the image's and on the text's. */
export const COMPANIONS = ["linear", "linearImage", "linearText"] as const;

/** One of {@link COMPANIONS}. */
export type Companion = (typeof COMPANIONS)[number];

/** Scope of a companion's parameters among a model's. */
export const scopeOf = (name: Companion): string => `companion.${name}`;

type FixedInput = InputNetwork & { readonly fixed: number };

/** A model whose features are fixed, so that regressions on them are possible. */
export type FrozenModel = ModelConfig & { readonly image: FixedInput; readonly text: FixedInput };

/**
 * What the companions of a model's features are fitted to, checked.
 *
 * @throws {ConfigError} where the features are not fixed, or only one modality is used.
 */
export function frozenModel(model: ModelConfig): FrozenModel {
  if (hasCompanions(model)) return model;
  if (model.modalities !== "both") {
    throw new ConfigError(
      `linear needs images and texts: the ${model.modalities}s alone are used.`,
      "Choose another method.",
    );
  }
  const sides = (["image", "text"] as const).filter((side) => model[side].fixed === undefined);
  throw new ConfigError(
    `linear needs fixed features of images and texts: the ${sides.join(" and ")} encoder${sides.length > 1 ? "s are" : " is"} trained.`,
    say`Give features, or frozen encoders with ${setting("model.image.encoder")} and ${setting("model.text.encoder")}; or choose another method.`,
  );
}

/** Whether a model has companions: it looks at both modalities, and the features of both are fixed. */
export const hasCompanions = (model: ModelConfig): model is FrozenModel =>
  model.image.fixed !== undefined && model.text.fixed !== undefined && model.modalities === "both";

/**
 * Logits of the companions, `[batch, classes]` each.
 *
 * @param features - What the embedding layers get, `[batch, size]` each.
 */
export function companionLogits(
  scope: ParameterScope,
  { image, text }: Sides,
  { classes }: LabelSpace,
): Record<Companion, Tensor> {
  const of = (name: Companion, x: Tensor): Tensor => linear(scope.child(scopeOf(name)), x, classes);
  return {
    linear: of("linear", concat([image, text], 1)),
    linearImage: of("linearImage", image),
    linearText: of("linearText", text),
  };
}
