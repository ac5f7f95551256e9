/** @module Linear companions: logistic regressions on fixed features or descriptors, beside the network. */

import { ConfigError } from "../errors.js";
import { concat } from "../graph/functions/layout.js";
import type { Tensor } from "../graph/tensor.js";
import { say, setting } from "../message.js";
import type { LabelSpace, ModelConfig } from "../model/config.js";
import type { Modality } from "../data/dataset.js";
import type { InputNetwork, ModelInputs } from "../model/inputs.js";
import { bySide, type Sides } from "../model/network.js";
import { linear } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";

/** Regressions on both modalities' features, on the image's and on the text's. */
export const COMPANIONS = ["linear", "linearImage", "linearText"] as const;

/** One of {@link COMPANIONS}. */
export type Companion = (typeof COMPANIONS)[number];

/** Scope of a companion's parameters among a model's. */
export const scopeOf = (name: Companion): string => `companion.${name}`;

/** How a regression sees one modality of a model. */
export interface View {
  /** Length of what it sees. */
  readonly size: number;
  /** Mean squared length of it: standardised features have a deviation of 1 in each dimension. */
  readonly squaredLength: number;
  /** Whether most of it is zeros. */
  readonly isSparse: boolean;
}

/** How a regression sees an input: as features that are fixed, or by a descriptor; `null` for neither. */
function viewOf({ fixed, descriptor, dtype }: InputNetwork): View | null {
  if (fixed !== undefined) return { size: fixed, squaredLength: fixed, isSparse: false };
  if (!descriptor) return null;
  return { size: descriptor.size, squaredLength: 1, isSparse: dtype === "int32" };
}

/** How regressions see both modalities of a model; `null` where one is not seen or not used. */
export function viewsOf({ image, text, modalities }: ModelConfig): Record<Modality, View> | null {
  const views = { image: viewOf(image), text: viewOf(text) };
  if (modalities !== "both" || !views.image || !views.text) return null;
  return { image: views.image, text: views.text };
}

/** Whether a model has companions: it looks at both modalities, and regressions can see both. */
export const hasCompanions = (model: ModelConfig): boolean => viewsOf(model) !== null;

/**
 * How regressions see the model that `linear` is asked for, checked.
 *
 * @throws {ConfigError} where an encoder is pretrained and trained, or only one modality is used.
 */
export function linearViews(model: ModelConfig): Record<Modality, View> {
  const views = viewsOf(model);
  if (views) return views;
  if (model.modalities !== "both") {
    throw new ConfigError(
      `linear needs images and texts: the ${model.modalities}s alone are used.`,
      "Choose another method.",
    );
  }
  const sides = (["image", "text"] as const).filter((side) => !viewOf(model[side]));
  throw new ConfigError(
    `linear needs fixed features of images and texts: the pretrained ${sides.join(" and ")} encoder${sides.length > 1 ? "s are" : " is"} trained.`,
    say`Leave out ${setting("model.finetune.mode")}; or choose another method.`,
  );
}

/**
 * What regressions see of inputs, `[batch, size]` each.
 *
 * @param features - What the embedding layers get, where features are fixed.
 */
export const describedInputs = (
  inputs: ModelInputs,
  model: ModelConfig,
  features: () => Readonly<Partial<Sides>>,
): Sides =>
  bySide((side) => {
    const { descriptor } = model[side];
    return descriptor ? descriptor.of(inputs[side]) : features()[side]!;
  });

/**
 * Logits of the companions, `[batch, classes]` each.
 *
 * @param seen - Of {@link describedInputs}, `[batch, size]` each.
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
