/** @module The inputs of a run: which kinds they are of, opened. */

import type { Dataset, Modality } from "../data/dataset.js";
import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import { modelConfig, type ModelSettings, nameOf } from "./config.js";
import type { Preparation } from "./forms.js";
import type { CardInput, InputContext, InputKind, OpenInput } from "./kind.js";
import { IMAGE_KINDS, TEXT_KINDS } from "./kinds.js";

/** A run's inputs. */
export interface OpenInputs {
  readonly image: OpenInput<"image">;
  readonly text: OpenInput<"text">;
}

/** Settings of a run that its inputs depend on. */
export interface InputSettings {
  readonly model: ModelSettings;
  readonly data: { readonly maxTokens: number };
}

const KINDS: { readonly [M in Modality]: readonly InputKind<M>[] } = {
  image: IMAGE_KINDS,
  text: TEXT_KINDS,
};

const defaults = modelConfig.parse({});

/** Whether an input's settings name the kind that is taken where they name none. */
export const isDefaultKind = (side: Modality, { type }: CardInput): boolean =>
  type === defaults[side].type;

/** Whether some input's encoder, where it is frozen, makes features ahead of training. */
export const makesFeatures = (model: Pick<ModelSettings, "image" | "text">): boolean =>
  (["image", "text"] as const).some((side) => kindOf(side, model[side]).makesFeatures === true);

/** The kind that settings name. */
function kindOf<M extends Modality>(side: M, { type }: CardInput): InputKind<M> {
  const kind = KINDS[side].find((one) => nameOf(one) === type);
  if (kind) return kind;
  throw new Error(`internal: no ${side} encoder is of the kind "${type}".`);
}

/** Settings of vectors of some length, in place of settings of an encoder that would have nothing to do. */
function ownFeatures(side: Modality, given: ModelSettings[Modality], size: number) {
  if (given.type === "features") {
    if (given.size === size) return given;
    throw new ConfigError(
      `model.${side}.size is ${given.size}, and the data's features have ${size} numbers.`,
      `Leave the setting out: the data determine it.`,
    );
  }
  if (JSON.stringify(given) !== JSON.stringify(defaults[side])) {
    throw new ConfigError(
      `The data bring features of the ${side}s: there is nothing for an encoder to do.`,
      `Leave out the settings of model.${side}, or the ${side} features.`,
    );
  }
  return { type: "features", size } as const;
}

/**
 * The settings of inputs on some data: vectors that these bring are taken as they are.
 *
 * @throws {ConfigError} where settings and data contradict each other.
 */
export function settingsOn(
  model: ModelSettings,
  { features = {} }: Pick<Dataset, "features">,
): ModelSettings {
  const on = (side: Modality) => {
    const [given, size] = [model[side], features[side]];
    if (size !== undefined) return ownFeatures(side, given, size);
    if (given.type !== "features") return given;
    throw new ConfigError(
      `model.${side} is set to features, and the data bring none.`,
      say`Give them with ${setting(`data.features.${side}`)}.`,
    );
  };
  return { ...model, image: on("image"), text: on("text") } as ModelSettings;
}

/** What a run's inputs depend on beside their own settings. */
const contextOf = ({ model, data }: InputSettings): InputContext => ({
  finetune: model.finetune,
  standardise: model.standardise,
  maxTokens: data.maxTokens,
});

/**
 * Opens the inputs that settings name.
 *
 * @throws {UserError} where a file is missing or cannot be used.
 */
export async function openInputs(settings: InputSettings): Promise<OpenInputs> {
  const { image, text } = settings.model;
  const context = contextOf(settings);
  return {
    image: await kindOf("image", image).open(image, context),
    text: await kindOf("text", text).open(text, context),
  };
}

/**
 * How samples are prepared for a look at them, whatever a model takes: as by default, with the settings of
 * the model where it is of the default kind.
 */
export async function plainPreparations({ model, data }: InputSettings): Promise<{
  readonly image: Preparation<"image">;
  readonly text: Preparation<"text">;
}> {
  const plain = (side: Modality) =>
    isDefaultKind(side, model[side]) ? model[side] : defaults[side];
  const sides = { image: plain("image"), text: plain("text") };
  const inputs = await openInputs({ model: { ...model, ...sides } as ModelSettings, data });
  return { image: inputs.image.preparation!, text: inputs.text.preparation! };
}
