/** @module Settings of vectors that the data bring, the same for both modalities. */

import { z } from "zod";

import type { Modality } from "../data/dataset.js";
import { LARGEST, upTo } from "../model/config.js";
import type { ExamplePart } from "./exported.js";
import type { InputContext, OpenInput } from "./kind.js";
import { trainedVectors } from "./vectors.js";

/** Schema of the settings. */
export const featureSettings = z.strictObject({
  type: z.literal("features"),
  size: upTo(LARGEST.features).describe("length of the precomputed feature vectors"),
});

/** Schema of what cards say about them. */
export const featureCard = z.strictObject({
  type: z.literal("features"),
  size: upTo(LARGEST.features),
});

/** Name of the vectors in exported models. */
export const vectorsName = (side: Modality): string => `${side}_features`;

/** How a program gives vectors, which whoever uses the model makes. */
export function vectorExample(side: Modality, size: number): ExamplePart {
  const name = vectorsName(side);
  return {
    imports: [],
    code: "",
    feeds: [
      `${name}: new ort.Tensor("float32", new Float32Array(${size}), [1, ${size}]) /* your vector */`,
    ],
    input: `\`${name}\` float32 \`[batch, ${size}]\`: the features that the model was trained on; missing ones are all zeros.`,
  };
}

/** Vectors that the data bring in place of pictures or texts: nothing is prepared, and no encoder runs. */
export function openFeatures<M extends Modality>(
  { type, size }: z.infer<typeof featureSettings>,
  context: InputContext,
): Promise<OpenInput<M>> {
  const card = { type, size };
  return Promise.resolve({
    preparation: null,
    trained: (train) => Promise.resolve(trainedVectors(train, context)),
    complete: (train) => Promise.resolve({ network: trainedVectors(train, context), card }),
  });
}
