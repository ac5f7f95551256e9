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

/** Zeros in place of features. */
function blankFeatures(data: PreparedDataset, { image, text }: FrozenEncoders): PreparedDataset {
  const blank = (size: number) => {
    const zeros = new Float32Array(size);
    return () => zeros;
  };
  const splits = SPLITS.map((split): [string, PreparedSplit] => [
    split,
    {
      ...data[split],
      ...(image && { images: { shape: [image.size], row: blank(image.size) } }),
      ...(text && { texts: { kind: "features", size: text.size, row: blank(text.size) } }),
    },
  ]);
  return { ...data, ...Object.fromEntries(splits) };
}

/** How data are applied. */
export interface ApplyOptions extends ExtractOptions {
  /** `blank`: zeros stand for the features of frozen encoders, where only their sizes matter. */
  readonly features: "made" | "blank";
}

/** Data as the model of a run takes them: features of frozen encoders, inputs of the others. */
export async function applyInputs(
  data: PreparedDataset,
  inputs: OpenInputs,
  { features, ...options }: ApplyOptions,
): Promise<ModelData> {
  const encoders = frozenEncoders(inputs);
  const taken =
    !encoders.image && !encoders.text
      ? data
      : features === "blank"
        ? blankFeatures(data, encoders)
        : await extractFeatures(data, encoders, options);
  return { ...adapted(taken, inputs, "training"), inputs };
}

/** Prepared data as the complete model of a run takes them, see `completeModel`: pixels and ids. */
export const completeData = (data: PreparedDataset, inputs: OpenInputs): PreparedDataset =>
  adapted(data, inputs, "complete");
