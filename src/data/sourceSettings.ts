/** @module Schemas of the settings that only some data sources have, one per kind of source. */

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

/** Settings of the embedded emoji. */
const emoji = {
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
};

/** Settings of made-up data. */
const synthetic = {
  synthetic: syntheticOptions.prefault({}).describe("what the synthetic data's modalities tell"),
};

const caption = z
  .enum(["all", "first", "random"])
  .default("all")
  .describe("which of a sample's several texts is its text")
  .register(settingNotes, { flag: "captions" });
const memes = z
  .enum(["unseen", "seen"])
  .default("unseen")
  .describe("which dev and test files validate and test");
const plot = z
  .enum(["longest", "first", "all"])
  .default("longest")
  .describe("which of a film's plots is its text");
const target = z
  .enum(["humour", "sarcasm", "offensive", "motivational", "overall_sentiment"])
  .default("humour")
  .describe("which column is the label");

const VARIANT = "choices that some data leave open";

/** Settings of everything that has rows and columns; a file has an encoding or a separator only by its format. */
const tables = {
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
  variant: z.strictObject({ caption }).prefault({}).describe(VARIANT),
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
};

const variant = <S extends z.ZodRawShape>(shape: S) => ({
  variant: z
    .strictObject(shape)
    .prefault({} as never)
    .describe(VARIANT),
});

/** A kind of data source: what it is called, and the settings that it has beside those of all sources. */
export interface SourceKind {
  /** As in "a setting of CSV tables". */
  readonly name: string;
  readonly settings: z.ZodObject;
}

const kind = <S extends z.ZodRawShape>(name: string, shape: S) => ({
  name,
  settings: z.strictObject(shape),
});

/** All kinds of data sources. */
export const SOURCE_KINDS = {
  emoji: kind("the emoji", emoji),
  synthetic: kind("synthetic data", synthetic),
  tables: kind("tables", tables),
  classFolders: kind("folders of classes", variant({ caption })),
  food101: kind("Food-101", {}),
  hatefulMemes: kind("Hateful Memes", variant({ memes })),
  mmimdb: kind("MM-IMDb", variant({ plot })),
  mmimdbHdf5: kind("MM-IMDb as HDF5", {}),
  memotion: kind("Memotion", variant({ target })),
  cub: kind("CUB", variant({ caption })),
  program: kind("samples of a program", {}),
} satisfies Readonly<Record<string, SourceKind>>;

/** Settings of all sources together, complete. */
export const sourceShape = {
  ...emoji,
  ...synthetic,
  ...tables,
  ...variant({ memes, plot, target, caption }),
};
