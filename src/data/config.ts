/** @module Schema of the data settings: those of all sources, and those that only some have. */

import { z } from "zod";

import { settingNotes } from "../settings/notes.js";
import { givenShape } from "./given.js";
import { sourceShape } from "./sourceSettings.js";

/** Largest number of features or tokens of one text. */
export const LARGEST_TEXT = 2 ** 16;

/** Settings of all sources. */
const common = {
  source: z
    .string()
    .default("emoji:groups")
    .describe("emoji:groups, emoji:subgroups, synthetic, or the path of a table or data set"),
  splitSeed: z
    .int()
    .min(0)
    .default(1)
    .describe("seed of a drawn split")
    .register(settingNotes, { flag: "split-seed" }),
  fold: z
    .int()
    .min(0)
    .default(0)
    .describe(
      "which part validates, as in a cross-validation: 0: the validation split; 1, 2, ...: other training samples in its place",
    ),
  splits: z
    .enum(["given", "draw"])
    .default("given")
    .describe("given: the data's own splits, drawn where they have none; draw: always drawn")
    .register(settingNotes, { flag: "splits" }),
  lookAlikes: z
    .enum(["together", "ignore"])
    .default("together")
    .describe(
      "together: samples of tables and folders that look alike are drawn into one split; ignore: each by itself",
    )
    .register(settingNotes, { flag: "look-alikes" }),
  modalities: z
    .enum(["both", "image", "text"])
    .default("both")
    .describe("which inputs are used: both, or one alone")
    .register(settingNotes, { choices: { "text-only": "text", "image-only": "image" } }),
  onBad: z
    .enum(["skip", "stop", "missing"])
    .default("missing")
    .describe("samples with an unusable picture or text: skip them, stop, or treat it as missing")
    .register(settingNotes, { flag: "on-bad" }),
  onUnknownLabel: z
    .enum(["skip", "stop"])
    .default("skip")
    .describe("samples with a label that does not occur in the training split")
    .register(settingNotes, { flag: "on-unknown-label" }),
  maxTokens: z
    .int()
    .min(1)
    .max(LARGEST_TEXT)
    .default(192)
    .describe("largest number of features of one text"),
};

/**
 * Schema of {@link DataSettings}. Settings that only some sources have stay without a default: whatever is there
 * was given, and a source that does not have it refuses it.
 */
export const dataConfig = z.strictObject({ ...common, ...givenShape(sourceShape) });

/** Data settings, checked; those that only some sources have as they were given. */
export type DataSettings = z.infer<typeof dataConfig>;

const completeConfig = z.strictObject({ ...common, ...sourceShape });

/** Data settings, complete: every source finds its own. */
export type DataConfig = z.infer<typeof completeConfig>;

/** Fills in what the sources' settings are where they are not given. */
export const completeData = (settings: DataSettings): DataConfig => completeConfig.parse(settings);
