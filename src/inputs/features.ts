/** @module Vectors that the data bring in place of pictures or texts. */

import { z } from "zod";

import type { Modality } from "../data/dataset.js";
import { LARGEST, upTo } from "../model/config.js";
import { imagesInMemory, textFeaturesInMemory } from "../prepare/prepared.js";
import { type ExamplePart, renamed } from "./exported.js";
import type { Prepared } from "./forms.js";
import type { InputContext, InputKind, OpenInput } from "./kind.js";
import { vectorOf } from "./question.js";
import { trainedVectors } from "./vectors.js";

const settings = z.strictObject({
  type: z.literal("features"),
  size: upTo(LARGEST.features).describe("length of the precomputed feature vectors"),
});

const card = z.strictObject({
  type: z.literal("features"),
  size: upTo(LARGEST.features),
});

/** Name of the vectors in exported models. */
const vectorsName = (side: Modality): string => `${side}_features`;

/** How a program gives vectors, which whoever uses the model makes. */
function vectorExample(side: Modality, size: number): ExamplePart {
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

/** Nothing is prepared, and no encoder runs. */
function openVectors<M extends Modality>(
  { type, size }: z.infer<typeof settings>,
  context: InputContext,
): Promise<OpenInput<M>> {
  const about = { type, size };
  return Promise.resolve({
    preparation: null,
    trained: (train) => Promise.resolve(trainedVectors(train, context)),
    complete: (train) => Promise.resolve({ network: trainedVectors(train, context), card: about }),
  });
}

/** The kind of input for vectors of one modality; `inMemory` is how they are kept. */
const vectorsOf = <M extends Modality>(
  modality: M,
  inMemory: (size: number, data: Float32Array) => Prepared<M>,
): InputKind<M, typeof settings, typeof card> => ({
  modality,
  settings,
  open: openVectors<M>,
  card: {
    schema: card,
    prepare: () => Promise.resolve(null),
    ask: ({ size }) => ({
      ask(question) {
        const prepared = inMemory(size, vectorOf(question, modality, size));
        const present = question[`${modality}Features` as const] !== undefined;
        return Promise.resolve({ prepared, present });
      },
    }),
    publicInput: () => renamed(vectorsName(modality)),
    example: ({ size }) => vectorExample(modality, size),
  },
});

/** Vectors in place of pictures. */
export const imageFeatures = vectorsOf("image", (size, data) => imagesInMemory([size], data));

/** Vectors in place of texts. */
export const textFeatures = vectorsOf("text", textFeaturesInMemory);
