/** @module Inputs of exported models under the names that users of Transformers.js know. */

import type { HostTensor } from "../graph/hostTensor.js";
import type { CardImage, CardText } from "./card.js";

/** Names of an exported model's inputs; hashed words are ours, features are whoever made them's. */
export const PUBLIC = {
  image: "pixel_values",
  imageFeatures: "image_features",
  ids: "input_ids",
  mask: "attention_mask",
  hashed: "hashed_words",
  textFeatures: "text_features",
} as const;

/** What decides about the inputs of an exported model. */
export interface PublicKinds {
  readonly image: Pick<CardImage, "type">;
  readonly text: Pick<CardText, "type">;
}

/** Names of a model's inputs. */
export const publicNames = ({ image, text }: PublicKinds): string[] => [
  image.type === "features" ? PUBLIC.imageFeatures : PUBLIC.image,
  ...(text.type === "encoder" ? [PUBLIC.ids, PUBLIC.mask] : [vectorName(text)]),
];

/** Name of a text input that is one tensor. */
const vectorName = ({ type }: Pick<CardText, "type">): string =>
  type === "features" ? PUBLIC.textFeatures : PUBLIC.hashed;

/** Ids that count from 1, with 0 as padding, as ids that count from 0 and a mask. */
function idsAndMask({ shape, data }: HostTensor): Record<string, HostTensor> {
  const ours = Array.from(data as Int32Array);
  const integers = (values: readonly number[]): HostTensor => ({
    dtype: "int64",
    shape,
    data: BigInt64Array.from(values, BigInt),
  });
  return {
    [PUBLIC.ids]: integers(ours.map((id) => Math.max(0, id - 1))),
    [PUBLIC.mask]: integers(ours.map((id) => (id > 0 ? 1 : 0))),
  };
}

/** A batch's inputs `image` and `text` under the public names. */
export function publicFeeds(
  inputs: Readonly<Record<string, HostTensor>>,
  { image, text }: PublicKinds,
): Record<string, HostTensor> {
  const { image: pictures, text: texts } = inputs as { image: HostTensor; text: HostTensor };
  const pixels = image.type === "features" ? PUBLIC.imageFeatures : PUBLIC.image;
  if (text.type === "encoder") return { [pixels]: pictures, ...idsAndMask(texts) };
  return { [pixels]: pictures, [vectorName(text)]: texts };
}
