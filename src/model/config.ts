/** @module Schema of the model: encoders, embedding layers, fusion and heads. */

import { z } from "zod";

const positive = z.int().min(1);

const convolutional = z.strictObject({
  type: z.literal("convolutional"),
  side: positive.default(32).describe("height and width of the pictures, pixels"),
  channels: z
    .array(positive)
    .min(1)
    .default([24, 48, 96])
    .describe("output channels of each 3x3 convolution of stride 2"),
});

const bagOfFeatures = z.strictObject({
  type: z.literal("bag"),
  buckets: positive.default(4096).describe("number of hashed word and character n-gram features"),
  width: positive.default(64).describe("length of a feature's embedding"),
});

const features = z.strictObject({
  type: z.literal("features"),
  size: positive.describe("length of the precomputed feature vectors"),
});

/** Fusions of the two embeddings. */
export const FUSIONS = ["concat", "add", "attention", "cosine"] as const;

/** Schema of {@link ModelConfig}. */
export const modelConfig = z.strictObject({
  image: z
    .discriminatedUnion("type", [convolutional, features])
    .prefault({ type: "convolutional" }),
  text: z.discriminatedUnion("type", [bagOfFeatures, features]).prefault({ type: "bag" }),
  embed: positive.default(128).describe("length of the embeddings z_v and z_l"),
  blank: z
    .enum(["encoded", "learned", "head"])
    .default("encoded")
    .describe(
      "what a missing modality means: the blank input's embedding, a learned one, or that the other modality's head answers",
    ),
  modalities: z
    .enum(["both", "image", "text"])
    .default("both")
    .describe("what the model looks at; the other modality is embedded as zeros"),
  fusion: z.enum(FUSIONS).default("concat").describe("how the embeddings are joined"),
  dropout: z.number().min(0).max(0.95).default(0.5).describe("dropout rate on the embeddings"),
});

/** Model settings, checked and complete. */
export type ModelConfig = z.infer<typeof modelConfig>;

/** What the data decide about a model. */
export interface ModelTask {
  readonly task: "single-label" | "multi-label";
  readonly classes: number;
}
