/** @module Data as the inputs of a run take them. */

import { SPLITS } from "../data/dataset.js";
import {
  extractFeatures,
  type ExtractOptions,
  type FrozenEncoders,
} from "../encode/features/extract.js";
import type { PreparedDataset, PreparedSplit } from "../prepare/prepared.js";
import type { Prepared } from "./forms.js";
import type { OpenInput, Use } from "./kind.js";
import type { OpenInputs } from "./open.js";

/** A data set as the model of a run takes it, and that model's inputs. */
export interface ModelData extends PreparedDataset {
  readonly inputs: OpenInputs;
}

/** The encoders whose features are made ahead of training. */
export const frozenEncoders = ({ image, text }: OpenInputs): FrozenEncoders => ({
  ...(image.isFrozen && image.encoder && { image: image.encoder }),
  ...(text.isFrozen && text.encoder && { text: text.encoder }),
});

/** Samples of all splits as the inputs take them. */
function adapted(data: PreparedDataset, { image, text }: OpenInputs, use: Use): PreparedDataset {
  const splits = SPLITS.map((split) => data[split]);
  const isAdapted = ({ isFrozen = false }: Pick<OpenInput<"image">, "isFrozen">): boolean =>
    use === "complete" || !isFrozen;
  const own: readonly Prepared<"image">[] = splits.map(({ images }) => images);
  const images = (isAdapted(image) && image.adapt?.(own, use)) || own;
  const ownTexts: readonly Prepared<"text">[] = splits.map(({ texts }) => texts);
  const texts = (isAdapted(text) && text.adapt?.(ownTexts, use)) || ownTexts;
  const entries = SPLITS.map((split, at): [string, PreparedSplit] => [
    split,
    { ...data[split], images: images[at]!, texts: texts[at]! },
  ]);
  return { ...data, ...Object.fromEntries(entries) };
}

/** Data as the model of a run takes them: features of frozen encoders, inputs of the others. */
export async function applyInputs(
  data: PreparedDataset,
  inputs: OpenInputs,
  options: ExtractOptions,
): Promise<ModelData> {
  const encoders = frozenEncoders(inputs);
  const isNone = !encoders.image && !encoders.text;
  const taken = isNone ? data : await extractFeatures(data, encoders, options);
  return { ...adapted(taken, inputs, "training"), inputs };
}

/** Prepared data as the complete model of a run takes them, see `completeModel`: pixels and ids. */
export const completeData = (data: PreparedDataset, inputs: OpenInputs): PreparedDataset =>
  adapted(data, inputs, "complete");
