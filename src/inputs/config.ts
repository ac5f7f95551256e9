/** @module Schema of the whole model: its inputs, and what stands behind them. */

import { z } from "zod";

import type { Modality } from "../data/dataset.js";
import { networkConfig } from "../model/config.js";
import type { InputKind } from "./kind.js";
import { IMAGE_KINDS, TEXT_KINDS } from "./kinds.js";

/** The name of a kind, as settings and cards have it. */
export const nameOf = ({ settings }: InputKind<Modality>): string => settings.shape.type.value;

/** Settings of one input: those of a kind, by `type`; default: the first kind's. */
function inputConfig<const K extends readonly [InputKind<Modality>, ...InputKind<Modality>[]]>(
  kinds: K,
  help: string,
) {
  type Schema = K[number]["settings"];
  const schemas = kinds.map(({ settings }) => settings) as [Schema, ...Schema[]];
  return z
    .discriminatedUnion("type", schemas)
    .prefault({ type: nameOf(kinds[0]) } as never)
    .describe(help);
}

/** Schema of {@link ModelSettings}. */
export const modelConfig = z.strictObject({
  image: inputConfig(IMAGE_KINDS, "kind of the image encoder"),
  text: inputConfig(TEXT_KINDS, "kind of the text encoder"),
  ...networkConfig.shape,
});

/** Model settings, checked and complete. */
export type ModelSettings = z.infer<typeof modelConfig>;
