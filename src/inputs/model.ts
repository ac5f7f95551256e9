/** @module The model of a run: its settings, and the networks of its inputs. */

import type { Modality } from "../data/dataset.js";
import type { ModelConfig, NetworkSettings } from "../model/config.js";
import type { InputNetwork } from "../model/inputs.js";
import type { ModelData } from "./data.js";
import type { CardInput, TrainingSide } from "./kind.js";

/** Both modalities of the training split. */
function trainingSides({ train, blanks = {} }: ModelData): {
  readonly image: TrainingSide<"image">;
  readonly text: TrainingSide<"text">;
} {
  const { images, texts, imagePresent, textPresent } = train;
  const { image, text } = blanks;
  return {
    image: { prepared: images, present: imagePresent, ...(image && { blank: image }) },
    text: { prepared: texts, present: textPresent, ...(text && { blank: text }) },
  };
}

/** What no training sample has cannot be described. */
function describedAs(network: InputNetwork, { present }: TrainingSide<Modality>): InputNetwork {
  if (!network.descriptor || present.includes(1)) return network;
  const { dtype, shape, encode } = network;
  return { dtype, shape, encode };
}

/**
 * The model that is trained on some data: features are taken as they come, encoders that train are part
 * of it.
 *
 * @throws {UserError} where an encoder cannot be trained.
 */
export async function modelFor(settings: NetworkSettings, data: ModelData): Promise<ModelConfig> {
  const { image, text } = trainingSides(data);
  return {
    ...settings,
    image: describedAs(await data.inputs.image.trained(image), image),
    text: describedAs(await data.inputs.text.trained(text), text),
  };
}

/** A model that answers on its own, and what its card says about its inputs. */
export interface CompleteModel {
  readonly model: ModelConfig;
  readonly cards: { readonly image: CardInput; readonly text: CardInput };
}

/**
 * The model that answers on its own: like {@link modelFor}, with frozen encoders built in, too. It takes
 * pixels and ids where training took features of them.
 */
export async function completeModel(
  settings: NetworkSettings,
  data: ModelData,
): Promise<CompleteModel> {
  const sides = trainingSides(data);
  const image = await data.inputs.image.complete(sides.image);
  const text = await data.inputs.text.complete(sides.text);
  return {
    model: { ...settings, image: image.network, text: text.network },
    cards: { image: image.card, text: text.card },
  };
}
