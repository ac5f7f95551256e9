/** @module Vectors that the data bring in place of pictures. */

import { imagesInMemory } from "../../prepare/prepared.js";
import { renamed } from "../exported.js";
import {
  featureCard,
  featureSettings,
  openFeatures,
  vectorExample,
  vectorsName,
} from "../features.js";
import type { InputKind } from "../kind.js";
import { vectorOf } from "../question.js";

/** Vectors in place of pictures. */
export const imageFeatures: InputKind<"image", typeof featureSettings, typeof featureCard> = {
  modality: "image",
  settings: featureSettings,
  open: openFeatures<"image">,
  card: {
    schema: featureCard,
    prepare: () => Promise.resolve(null),
    ask: ({ size }) => ({
      ask(question) {
        const prepared = imagesInMemory([size], vectorOf(question, "image", size));
        return Promise.resolve({ prepared, present: question.imageFeatures !== undefined });
      },
    }),
    publicInput: () => renamed(vectorsName("image")),
    example: ({ size }) => vectorExample("image", size),
  },
};
