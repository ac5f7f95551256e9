/** @module Schema of the data settings. */

import { z } from "zod";

import { settingNotes } from "../settings/notes.js";
import { EMOJI_VENDORS } from "./emoji.js";
import { encodingNamed } from "./encodings.js";
import { syntheticOptions } from "./synthetic.js";

const column = (what: string, flag: string) =>
  z
    .string()
    .optional()
    .describe(`column with ${what}`)
    .register(settingNotes, { flag, value: "name" });

const features = (what: string, flag: string) =>
  z
    .string()
    .optional()
    .describe(
      `.npy, .safetensors, .parquet or .jsonl file with features of the ${what}, or a column`,
    )
    .register(settingNotes, { flag, value: "file" });

/** Largest number of features or tokens of one text. */
export const LARGEST_TEXT = 2 ** 16;

/** Schema of {@link DataConfig}. */
export const dataConfig = z.strictObject({
  source: z
    .string()
    .default("emoji:groups")
    .describe("emoji:groups, emoji:subgroups, synthetic, or the path of a table or data set"),
  synthetic: syntheticOptions.prefault({}).describe("what the synthetic data's modalities tell"),
  locale: z
    .string()
    .default("en")
    .describe("language of the emoji texts")
    .register(settingNotes, { flag: "locale", value: "code" }),
  vendors: z
    .array(z.enum(EMOJI_VENDORS))
    .min(1)
    .default([...EMOJI_VENDORS])
    .describe("vendors of the emoji drawings"),
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
  columns: z
    .strictObject({
      id: column("the sample's name", "id-column"),
      image: column("the picture's path", "image-column"),
      text: column("the text", "text-column"),
      label: column("the label or labels", "label-column"),
      labels: z
        .array(z.string())
        .min(2)
        .optional()
        .describe("columns of zeros and ones, one per class, instead of a column with the label")
        .register(settingNotes, { flag: "label-columns" }),
      split: column("train, validation or test", "split-column"),
      group: column("what must stay in one split, such as a product or an author", "group-column"),
    })
    .prefault({})
    .describe("columns of a table; guessed where not given"),
  modalities: z
    .enum(["both", "image", "text"])
    .default("both")
    .describe("which inputs are used: both, or one alone")
    .register(settingNotes, { choices: { "text-only": "text", "image-only": "image" } }),
  encoding: z
    .string()
    .refine((name) => encodingNamed(name) !== null)
    .optional()
    .describe("encoding of text files; detected if it is not given")
    .register(settingNotes, {
      flag: "encoding",
      value: "name",
      accepts: "an encoding, for example gbk, shift_jis, windows-1252 or utf-16le",
    }),
  separator: z
    .string()
    .transform((text) => (text === "tab" || text === "\\t" ? "\t" : text))
    .refine((text) => /^[^"\r\n]$/.test(text))
    .optional()
    .describe(
      "what separates the columns of a CSV file, one character or tab; detected if it is not given",
    )
    .register(settingNotes, {
      flag: "separator",
      value: "sign",
      accepts: "one character that is no quotation mark, or tab",
    }),
  images: z
    .string()
    .optional()
    .describe("folder of the pictures; default: the table's folder")
    .register(settingNotes, { flag: "images", value: "folder" }),
  features: z
    .strictObject({
      image: features("pictures", "image-features"),
      text: features("texts", "text-features"),
    })
    .prefault({})
    .describe("your own features, instead of pictures and texts"),
  labelSeparator: z
    .string()
    .min(1)
    .optional()
    .describe("separates several labels in one cell; makes the data multi-label")
    .register(settingNotes, { flag: "label-separator" }),
  classNames: z
    .string()
    .optional()
    .describe("file with the names of class numbers or positions, one per line or a JSON list")
    .register(settingNotes, { flag: "class-names", value: "file" }),
  missingLabels: z
    .array(z.string())
    .optional()
    .describe("words that mean a missing label; default: None, NA, null and the like, if rare")
    .register(settingNotes, { flag: "missing-labels", value: "words" }),
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
  variant: z
    .strictObject({
      memes: z
        .enum(["unseen", "seen"])
        .default("unseen")
        .describe("Hateful Memes: which dev and test files validate and test"),
      plot: z
        .enum(["longest", "first", "all"])
        .default("longest")
        .describe("MM-IMDb: which of a film's plots is its text"),
      target: z
        .enum(["humour", "sarcasm", "offensive", "motivational", "overall_sentiment"])
        .default("humour")
        .describe("Memotion: which column is the label"),
      caption: z
        .enum(["all", "first", "random"])
        .default("all")
        .describe("tables and CUB: which of a sample's several texts is its text")
        .register(settingNotes, { flag: "captions" }),
    })
    .prefault({})
    .describe("choices that some published data sets leave open"),
  maxTokens: z
    .int()
    .min(1)
    .max(LARGEST_TEXT)
    .default(192)
    .describe("largest number of features of one text"),
});

/** Data settings, checked and complete. */
export type DataConfig = z.infer<typeof dataConfig>;
