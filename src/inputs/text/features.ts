/** @module Vectors that the data bring in place of texts. */

import { textFeaturesInMemory } from "../../prepare/prepared.js";
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

/** Vectors in place of texts. */
export const textFeatures: InputKind<"text", typeof featureSettings, typeof featureCard> = {
  modality: "text",
  settings: featureSettings,
  open: openFeatures<"text">,
  card: {
    schema: featureCard,
    prepare: () => Promise.resolve(null),
    ask: ({ size }) => ({
      ask(question) {
        const prepared = textFeaturesInMemory(size, vectorOf(question, "text", size));
        return Promise.resolve({ prepared, present: question.textFeatures !== undefined });
      },
    }),
    publicInput: () => renamed(vectorsName("text")),
    example: ({ size }) => vectorExample("text", size),
  },
};
