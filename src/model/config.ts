/** @module Schema of the model: encoders, embedding layers, fusion and heads. */

import { z } from "zod";

import type { Standardisation } from "../encode/features/statistics.js";
import { POOLING_KINDS } from "../encode/pretrained/encoder.js";
import { WEIGHT_CHOICES } from "../encode/pretrained/names.js";
import type { LabelKind } from "../data/dataset.js";
import { ConfigError } from "../errors.js";
import { settingNotes } from "../settings/notes.js";
import type { ImportedImage, ImportedText } from "./imported.js";

/** Largest sizes that make sense; beyond them memory ends before anything is computed. */
export const LARGEST = {
  /** Height and width of a picture, pixels. */
  side: 4096,
  /** Hashed words and n-grams. */
  buckets: 2 ** 24,
  /** Length of a feature vector. */
  features: 2 ** 20,
  /** Length of an embedding, and channels of a layer. */
  width: 2 ** 16,
} as const;

const upTo = (most: number) => z.int().min(1).max(most);

const convolutional = z.strictObject({
  type: z.literal("convolutional"),
  side: upTo(LARGEST.side).default(32).describe("height and width of the pictures, pixels"),
  channels: z
    .array(upTo(LARGEST.width))
    .min(1)
    .default([24, 48, 96])
    .describe("output channels of each 3x3 convolution of stride 2"),
});

const bagOfFeatures = z.strictObject({
  type: z.literal("bag"),
  buckets: upTo(LARGEST.buckets)
    .default(4096)
    .describe("number of hashed word and character n-gram features"),
  width: upTo(LARGEST.width).default(64).describe("length of a feature's embedding"),
});

const features = z.strictObject({
  type: z.literal("features"),
  size: upTo(LARGEST.features).describe("length of the precomputed feature vectors"),
});

const pretrained = z.strictObject({
  type: z.literal("pretrained"),
  encoder: z
    .string()
    .min(1)
    .describe("hub name or folder of an encoder in ONNX")
    .register(settingNotes, { flag: "%-encoder", value: "name" }),
  weights: z
    .enum(WEIGHT_CHOICES)
    .optional()
    .describe(
      "which of the encoder's files is read; default: fp32, or else the first that there is",
    ),
  pooling: z
    .enum(POOLING_KINDS)
    .optional()
    .describe("how positions become one vector; default: as the encoder's folder states"),
});

/** What of pretrained encoders is trained: nothing, the last blocks, low-rank updates, everything. */
const FINETUNE_MODE = /^(none|all|lora|last:[1-9]\d*)$/;

/** Where gradients of several losses are compared, see {@link FinetuneSettings}. */
export const SURGERIES = ["exact", "representation"] as const;

const finetune = z.strictObject({
  mode: z
    .string()
    .regex(FINETUNE_MODE)
    .default("none")
    .describe("what of pretrained encoders is trained: none, last:N blocks, lora, all")
    .register(settingNotes, {
      flag: "finetune",
      value: "what",
      accepts: "none, last:N with a number of blocks, lora or all",
    }),
  rate: z
    .number()
    .positive()
    .optional()
    .describe("encoders' learning rate as a share of the other layers'; default: 0.01, lora 0.3")
    .register(settingNotes, { flag: "encoder-rate", value: "share" }),
  layerDecay: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe("factor of the learning rate from a block to the one before it")
    .register(settingNotes, { flag: "layer-decay", value: "factor" }),
  rank: upTo(LARGEST.width)
    .default(8)
    .describe("lora: rank of the updates")
    .register(settingNotes, { flag: "lora-rank" }),
  alpha: z.number().positive().default(16).describe("lora: updates are scaled by alpha / rank"),
  targets: z
    .string()
    .min(1)
    .default("attention")
    .describe("lora: attention (queries and values), all, or parts of layers' names, with commas")
    .register(settingNotes, { flag: "lora-targets", value: "names" }),
  dropout: z
    .number()
    .min(0)
    .max(0.95)
    .default(0)
    .describe("dropout rate inside encoders: their own dropout layers, lora's inputs, their output")
    .register(settingNotes, { flag: "encoder-dropout", value: "rate" }),
  batchNorm: z
    .enum(["frozen", "trained"])
    .default("frozen")
    .describe("scale and bias of batch normalisations; running statistics never change"),
  surgery: z
    .enum(SURGERIES)
    .default("exact")
    .describe(
      "compare gradients over all parameters (exact) or at the encoders' outputs (representation)",
    )
    .register(settingNotes, { flag: "surgery" }),
});

/** What of pretrained encoders is trained, and how. */
export type FinetuneSettings = z.infer<typeof finetune>;

/** Fusions of the two embeddings that any method may train. */
export const GENERAL_FUSIONS = ["concat", "add", "attention", "cosine"] as const;
/** Fusions that know which modality is there, and need what one method does in training. */
export const OWN_FUSIONS = ["mixture", "prototypes", "quality"] as const;
/** Fusions of the two embeddings. */
export const FUSIONS = [...GENERAL_FUSIONS, ...OWN_FUSIONS] as const;

/** Schema of {@link ModelSettings}. */
export const modelConfig = z.strictObject({
  image: z
    .discriminatedUnion("type", [convolutional, features, pretrained])
    .prefault({ type: "convolutional" }),
  text: z
    .discriminatedUnion("type", [bagOfFeatures, features, pretrained])
    .prefault({ type: "bag" }),
  finetune: finetune.prefault({}),
  embed: upTo(LARGEST.width)
    .default(128)
    .describe("length of the embeddings z_v and z_l")
    .register(settingNotes, { flag: "embed" }),
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
  fusion: z
    .enum(FUSIONS)
    .default("concat")
    .describe("how the embeddings are joined")
    .register(settingNotes, { flag: "fusion" }),
  dropout: z
    .number()
    .min(0)
    .max(0.95)
    .default(0.5)
    .describe("dropout rate on the embeddings")
    .register(settingNotes, { flag: "dropout", value: "rate" }),
  inputDropout: z
    .number()
    .min(0)
    .max(0.95)
    .default(0)
    .describe("dropout rate on features, also of frozen encoders; those that train have none"),
  standardise: z
    .boolean()
    .default(true)
    .describe("bring features, also of frozen encoders, to one scale by the training split"),
});

/** Model settings, checked and complete. */
export type ModelSettings = z.infer<typeof modelConfig>;

/** Precomputed features: rows of zeros stand for what is missing. */
export type FeatureSide = z.infer<typeof features> & {
  /** What a frozen encoder makes of the blank input, `[size]`; default: zeros. */
  readonly blank?: Float32Array;
  /** How features are brought to one scale; default: they are taken as they are. */
  readonly standardisation?: Standardisation;
};

/**
 * A model ready to be built: as the settings say, with pretrained encoders read, as features where they
 * are frozen and were run ahead of training, or as graphs.
 */
export type ModelConfig = Omit<ModelSettings, "image" | "text"> & {
  readonly image: z.infer<typeof convolutional> | FeatureSide | ImportedImage;
  readonly text: z.infer<typeof bagOfFeatures> | FeatureSide | ImportedText;
};

/** What the data decide about a model. */
export interface LabelSpace {
  readonly labelKind: LabelKind;
  readonly classes: number;
}

/**
 * A model without pretrained encoders, ready to be built.
 *
 * @param settings - Settings of {@link modelConfig}, all optional.
 * @throws {ConfigError} where a pretrained encoder is asked for: its files must be read first.
 */
export function plainModel(settings: unknown): ModelConfig {
  const { image, text, ...rest } = modelConfig.parse(settings);
  if (image.type === "pretrained" || text.type === "pretrained") {
    throw new ConfigError("A pretrained encoder must be read before the model can be built.");
  }
  return { ...rest, image, text };
}
