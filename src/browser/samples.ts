/** @module Samples in a page's memory, and the arrays that a model takes. */

import { z } from "zod";

import { drawSplits } from "../data/split.js";
import { DataError } from "../errors.js";
import { imagesInMemory, type PreparedSplit } from "../prepare/prepared.js";
import { MAX_TOKENS, tokenize } from "../prepare/text.js";
import type { CheckedSettings } from "./settings.js";

/** Share of the samples that choose the best epoch, where the samples do not say which these are. */
const VALIDATION_SHARE = 0.2;

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "expected bytes");

/** Schema of {@link Question}. */
export const questionSchema = z.strictObject({
  pixels: bytes.exactOptional(),
  text: z.string().exactOptional(),
});

/** What a model is asked about: a picture, a text or both. */
export interface Question {
  /** Planar RGB, `[3, side, side]`, 0..255, see `pixelsOf`. Without: the picture is missing. */
  readonly pixels?: Uint8Array;
  /** Without, and where there is no word in it: the text is missing. */
  readonly text?: string;
}

const sampleSchema = questionSchema.extend({
  label: z.int().min(0),
  split: z.enum(["train", "validation"]).exactOptional(),
});

/** Schema of {@link Samples}. */
export const samplesSchema = z.strictObject({
  classes: z.array(z.string()).min(2).readonly(),
  samples: z.array(sampleSchema).min(1).readonly(),
});

/** A sample to train on. */
export interface LabelledSample extends Question {
  /** Position of its class in `classes`. */
  readonly label: number;
  /** Whether it trains, or chooses the best epoch. Default for all, where no sample says it: drawn by seed. */
  readonly split?: "train" | "validation";
}

/** Samples to train on. */
export interface Samples {
  readonly classes: readonly string[];
  readonly samples: readonly LabelledSample[];
}

/** Samples as arrays. */
export interface PreparedSamples {
  readonly classes: readonly string[];
  readonly train: PreparedSplit;
  readonly validation: PreparedSplit;
  /** Whether the training samples choose the best epoch, because there are too few for others. */
  readonly isSelfValidated: boolean;
}

type Inputs = Pick<CheckedSettings, "image" | "text">;

/** Questions as arrays. Their targets are zeros. */
export function preparedQuestions(
  questions: readonly Question[],
  { image: { side }, text: { buckets } }: Inputs,
  classes: number,
): PreparedSplit {
  const width = 3 * side * side;
  const blank = new Uint8Array(width);
  const rows = questions.map(({ pixels, text }, at) => {
    if (pixels && pixels.length !== width) {
      throw new DataError(
        `Sample ${at + 1}: a picture has ${pixels.length} values; expected 3 * ${side} * ${side}.`,
        `Make its pixels with pixelsOf(picture, ${side}), or set image.side.`,
      );
    }
    return { pixels, tokens: tokenize(text ?? "", { buckets, maxTokens: MAX_TOKENS }).tokens };
  });
  const images = new Uint8Array(rows.length * width);
  rows.forEach(({ pixels }, at) => {
    images.set(pixels ?? blank, at * width);
  });
  return {
    size: rows.length,
    ids: rows.map((_, at) => String(at)),
    images: imagesInMemory([3, side, side], images),
    texts: { kind: "tokens", tokens: rows.map(({ tokens }) => tokens) },
    imagePresent: Uint8Array.from(rows, ({ pixels }) => Number(pixels !== undefined)),
    textPresent: Uint8Array.from(rows, ({ tokens }) => Number(tokens.length > 0)),
    targets: new Float32Array(rows.length * classes),
  };
}

function checkLabels({ classes, samples }: Samples): void {
  samples.forEach(({ label }, at) => {
    if (label >= classes.length) {
      throw new DataError(
        `Sample ${at + 1}: its label is ${label}; there are ${classes.length} classes, counted from 0.`,
      );
    }
  });
}

/** Which samples choose the best epoch. */
function isValidating({ samples }: Samples, seed: number): readonly boolean[] {
  const said = samples.filter(({ split }) => split !== undefined).length;
  if (said > 0 && said < samples.length) {
    throw new DataError(
      `${samples.length - said} of ${samples.length} samples do not say their split.`,
      "Give split to all samples, or to none.",
    );
  }
  if (said > 0) return samples.map(({ split }) => split === "validation");
  const units = samples.map(({ label }, at) => ({ key: String(at), stratum: String(label) }));
  const drawn = drawSplits(units, seed, { validation: VALIDATION_SHARE, test: 0 });
  return samples.map((_, at) => drawn.get(String(at)) === "validation");
}

/**
 * Prepares samples for the training.
 *
 * @throws {DataError} for a sample without picture and text, a picture of another size, a label that is no class,
 *   or where no sample is left to train on.
 */
export function prepareSamples(given: Samples, settings: CheckedSettings): PreparedSamples {
  checkLabels(given);
  const { classes, samples } = given;
  const validating = isValidating(given, settings.train.seed);
  const split = (isIn: (at: number) => boolean): PreparedSplit => {
    const own = samples.filter((_, at) => isIn(at));
    const questions = own.map(({ pixels, text }) => ({
      ...(pixels && { pixels }),
      ...(text !== undefined && { text }),
    }));
    const prepared = preparedQuestions(questions, settings, classes.length);
    own.forEach(({ label }, row) => (prepared.targets[row * classes.length + label] = 1));
    return prepared;
  };
  const all = split(() => true);
  const empty = all.imagePresent.findIndex((has, at) => !has && !all.textPresent[at]);
  if (empty >= 0) {
    throw new DataError(
      `Sample ${empty + 1} has neither a picture nor a word.`,
      "Give it one of the two, or leave it out.",
    );
  }
  const isSelfValidated = !validating.includes(true);
  if (!validating.includes(false)) {
    throw new DataError(
      "All samples are for validation; none is left to train on.",
      'Give some of them the split "train".',
    );
  }
  const train = isSelfValidated ? all : split((at) => !validating[at]);
  const validation = isSelfValidated ? all : split((at) => validating[at]!);
  return { classes, train, validation, isSelfValidated };
}
