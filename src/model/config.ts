/** @module Schema of the model behind its inputs: what trains, embedding layers, fusion and heads. */

import { z } from "zod";

import type { LabelKind } from "../data/dataset.js";
import { settingNotes } from "../settings/notes.js";
import type { InputNetworks } from "./inputs.js";

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

/** A whole number from 1 to the largest that makes sense. */
export const upTo = (most: number) => z.int().min(1).max(most);

/** What of pretrained encoders is trained: nothing, the last blocks, low-rank updates, everything. */
const FINETUNE_MODE = /^(none|all|lora|last:[1-9]\d*)$/;

/** Where gradients of several losses are compared, see {@link FinetuneSettings}. */
export const SURGERIES = ["exact", "representation"] as const;

const finetune = z.strictObject({
  mode: z
    .string()
    .regex(FINETUNE_MODE)
    .default("none")
    .describe("which part of pretrained encoders is trained: none, last:N blocks, lora, all")
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

/** Schema of {@link NetworkSettings}. */
export const networkConfig = z.strictObject({
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
    .describe("inputs that the model uses; the other modality is embedded as zeros"),
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
    .describe(
      "dropout rate on features, also of frozen encoders; refused where both encoders train",
    ),
  standardise: z
    .boolean()
    .default(true)
    .describe("bring features, also of frozen encoders, to one scale by the training split"),
});

/** Settings of a model behind its inputs, checked and complete. */
export type NetworkSettings = z.infer<typeof networkConfig>;

/** A model ready to be built: its settings, and a network for each input. */
export type ModelConfig = NetworkSettings & InputNetworks;

/** What the data decide about a model. */
export interface LabelSpace {
  readonly labelKind: LabelKind;
  readonly classes: number;
}
