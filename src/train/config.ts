/** @module Schema of the training settings. */

import { z } from "zod";

import { DEVICE_CHOICES } from "../runtime/devices.js";
import { settingNotes } from "../settings/notes.js";

/** What a model is selected by; always measured on the validation split. */
export const SELECTIONS = ["experts", "balanced", "full", "missing", "loss"] as const;

/** Whether the lower of two figures is the better one. */
export const isLowestBest = (selection: (typeof SELECTIONS)[number]): boolean =>
  selection === "experts" || selection === "loss";

const augmentConfig = z.strictObject({
  mirror: z.number().min(0).max(1).default(0).describe("share of pictures that are mirrored"),
  shift: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe("largest shift of a picture, as a share of its side"),
  zoom: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe("largest relative change of a picture's scale"),
  colour: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("largest relative change of a colour channel's contrast and brightness"),
});

/** How training pictures are varied. */
export type AugmentConfig = z.infer<typeof augmentConfig>;

/** Rules that make class weights of the training split's counts. */
export const CLASS_WEIGHT_RULES = ["none", "balanced", "inverse-sqrt"] as const;

/** A rule, or weights by class name; classes that are left out weigh 1. */
export type ClassWeights = (typeof CLASS_WEIGHT_RULES)[number] | Readonly<Record<string, number>>;

const isWeight = (value: unknown): boolean =>
  typeof value === "number" && value > 0 && Number.isFinite(value);

/** By hand, because a record of the schema library would lose a class called `__proto__`. */
const isClassWeights = (value: unknown): boolean =>
  typeof value === "string"
    ? (CLASS_WEIGHT_RULES as readonly string[]).includes(value)
    : typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every(isWeight);

const settings = z.strictObject({
  epochs: z
    .int()
    .min(1)
    .default(25)
    .describe("passes over the training split")
    .register(settingNotes, { flag: "epochs" }),
  time: z
    .number()
    .positive()
    .exactOptional()
    .describe(
      "longest training time in seconds, validation included; the run plans the epochs that fit, at most `epochs`; with the method auto its choice counts, too",
    )
    .register(settingNotes, {
      flag: "time",
      value: "length",
      unit: "seconds",
      accepts: "seconds, above 0; as a flag with a unit: 90s, 10m or 1.5h",
    }),
  plannedEpochs: z
    .int()
    .min(1)
    .exactOptional()
    .describe("epochs that fit the time, noted when the run begins"),
  batchSize: z
    .int()
    .min(1)
    .default(64)
    .describe("samples per step")
    .register(settingNotes, { flag: "batch-size" }),
  microBatch: z
    .int()
    .min(0)
    .default(0)
    .describe(
      "samples computed at a time, a divisor of the batch size: less memory; 0: the whole batch",
    )
    .register(settingNotes, { flag: "micro-batch" }),
  learningRate: z
    .number()
    .min(0)
    .default(3e-3)
    .describe("highest learning rate")
    .register(settingNotes, { flag: "learning-rate" }),
  warmup: z.number().min(0).max(0.9).default(0.05).describe("share of steps with a rising rate"),
  finalRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe("learning rate at the end, as a share of the highest"),
  weightDecay: z
    .number()
    .min(0)
    .default(0.01)
    .describe("decoupled weight decay of the weights of layers; biases and scales have none")
    .register(settingNotes, { flag: "weight-decay" }),
  beta1: z.number().min(0).lt(1).default(0.9).describe("AdamW's decay of the mean gradient"),
  beta2: z.number().min(0).lt(1).default(0.999).describe("AdamW's decay of the squared gradient"),
  epsilon: z.number().positive().default(1e-8).describe("AdamW's epsilon"),
  clipNorm: z
    .number()
    .min(0)
    .default(5)
    .describe("largest global gradient norm; 0: no clipping")
    .register(settingNotes, { flag: "clip-norm" }),
  classWeights: z
    .custom<ClassWeights>(isClassWeights)
    .default("none")
    .describe("weight of each class in the losses: none, balanced, inverse-sqrt, or by name")
    .register(settingNotes, {
      flag: "class-weights",
      value: "weights",
      accepts: `${CLASS_WEIGHT_RULES.join(", ")}, or positive numbers by class name`,
      json: {
        anyOf: [
          { enum: CLASS_WEIGHT_RULES },
          { type: "object", additionalProperties: { type: "number", exclusiveMinimum: 0 } },
        ],
      },
    }),
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("share of each target that is spread over the classes, or over yes and no")
    .register(settingNotes, { flag: "label-smoothing", value: "share" }),
  augment: augmentConfig.prefault({}).describe("how training pictures are varied"),
  seed: z.int().min(0).default(1).describe("seed of initial weights, shuffling and noise"),
  selectBy: z
    .enum(SELECTIONS)
    .default("experts")
    .describe(
      "validation figure that chooses the best epoch: experts, the log-losses of the joint classifier and both heads, smoothed; the score on full input, on a missing modality, the mean of the two; loss, the joint classifier's",
    )
    .register(settingNotes, { flag: "select-by" }),
  patience: z
    .int()
    .min(0)
    .default(0)
    .describe("epochs without improvement before stopping early; 0: never")
    .register(settingNotes, { flag: "patience", value: "epochs" }),
  threads: z
    .int()
    .min(1)
    .exactOptional()
    .describe(
      "threads of one operator; part of what makes a run repeatable; default: all cores, noted when the run begins",
    )
    .register(settingNotes, { flag: "threads" }),
  device: z
    .enum(DEVICE_CHOICES)
    .default("cpu")
    .describe(
      "where training steps run; auto: a GPU if a trial is faster there than on the CPU, noted when the run begins",
    )
    .register(settingNotes, { flag: "device" }),
});

/** Schema of {@link TrainConfig}. */
export const trainConfig = settings
  .refine(({ batchSize, microBatch }) => microBatch === 0 || batchSize % microBatch === 0, {
    path: ["microBatch"],
    message: "expected 0 or a divisor of the batch size",
  })
  .refine(
    ({ time, plannedEpochs, epochs }) =>
      plannedEpochs === undefined || (time !== undefined && plannedEpochs <= epochs),
    { path: ["plannedEpochs"], message: "expected a time, and no more than epochs" },
  );

/** Training settings, checked and complete. */
export type TrainConfig = z.infer<typeof trainConfig>;
