/** @module Made-up pictures and texts with a known amount of label information in each. */

import { z } from "zod";

import { type Random, randomStream } from "../random.js";
import type { Dataset, Sample, Split } from "./dataset.js";
import { inFold } from "./split.js";

const share = z.number().min(0).max(1);

/** Schema of {@link SyntheticOptions}. */
export const syntheticOptions = z.strictObject({
  samples: z.int().min(10).default(3000).describe("number of samples over all splits"),
  classes: z.int().min(2).max(12).default(6).describe("number of classes, equally likely"),
  image: share.default(0.6).describe("share of samples whose image shows the label"),
  text: share.default(0.9).describe("share of samples whose text names the label"),
  shared: share
    .default(0)
    .describe(
      "0: both show the label independently; 1: if the weaker shows it, the other does, too",
    ),
  synergy: share
    .default(0)
    .describe("share of samples whose label only image and text together determine"),
  parts: z
    .int()
    .min(1)
    .max(4)
    .default(1)
    .describe("patches of a picture that give the label only together; more are slower to learn"),
});

/** How much image and text tell about the label. */
export type SyntheticOptions = z.infer<typeof syntheticOptions>;

/** Accuracy of the best possible prediction, `[0, 1]`. */
export interface BayesAccuracy {
  readonly image: number;
  readonly text: number;
  readonly both: number;
  /** Without any input. */
  readonly none: number;
}

/** Probabilities that the image, and that the text, shows the label: both, one, neither. */
function informedProbabilities({ image, text, shared }: SyntheticOptions) {
  const together = shared * Math.min(image, text) + (1 - shared) * image * text;
  return {
    both: together,
    image: image - together,
    text: text - together,
    neither: 1 - image - text + together,
  };
}

/** `P(image code, text code | label)`; the code `classes` stands for nothing to see. */
function likelihood(label: number, a: number, b: number, options: SyntheticOptions): number {
  const { classes: n, synergy } = options;
  const { both, image, text, neither } = informedProbabilities(options);
  const is = (code: number, value: number): number => Number(code === value);
  const plain =
    both * is(a, label) * is(b, label) +
    image * is(a, label) * is(b, n) +
    text * is(a, n) * is(b, label) +
    neither * is(a, n) * is(b, n);
  const coded = a < n && b < n && (a + b) % n === label;
  return synergy * (coded ? 1 / n : 0) + (1 - synergy) * plain;
}

/** Accuracy of the Bayes classifier that sees the image, the text, both or nothing; exact. */
export function bayesAccuracy(options: SyntheticOptions): BayesAccuracy {
  const n = options.classes;
  const labels = Array.from({ length: n }, (_, at) => at);
  const codes = [...labels, n];
  const joint = (label: number, a: number, b: number): number =>
    likelihood(label, a, b, options) / n;
  const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);
  const best = (weight: (label: number) => number): number => Math.max(...labels.map(weight));
  return {
    image: sum(codes.map((a) => best((y) => sum(codes.map((b) => joint(y, a, b)))))),
    text: sum(codes.map((b) => best((y) => sum(codes.map((a) => joint(y, a, b)))))),
    both: sum(codes.flatMap((a) => codes.map((b) => best((y) => joint(y, a, b))))),
    none: 1 / n,
  };
}

/** Codes of image and text for a label; the number of classes stands for nothing to see. */
function drawCodes(random: Random, label: number, options: SyntheticOptions): [number, number] {
  const n = options.classes;
  if (random.uniform() < options.synergy) {
    const a = random.integer(n);
    return [a, (label - a + n) % n];
  }
  const { both, image, text } = informedProbabilities(options);
  const u = random.uniform();
  const showsImage = u < both + image;
  const showsText = u < both || (u >= both + image && u < both + image + text);
  return [showsImage ? label : n, showsText ? label : n];
}

const SIDE = 32;
const PATCH = 8;
const COLUMNS = SIDE / PATCH;
const COLOURS = 8;
const NOISE = 40;
// The noise is centred where the blank picture lies, so that a missing picture looks like one that
// shows nothing.
const GREY = 128;
const BRIGHT = 210;
const DARK = 10;

/** Where a patch lies, in patches, and which of its channels are bright. */
interface Patch {
  readonly column: number;
  readonly row: number;
  readonly colour: number;
}

/** The patch of a number; no two numbers below twelve share both column and colour. */
const patchOf = (number: number, row: number): Patch => ({
  column: number % COLUMNS,
  row,
  colour: (number + 1 + Math.floor(number / COLOURS)) % COLOURS,
});

/**
 * The patches that show a code. One alone tells it by place and colour; several lie in a row each, and
 * their numbers add up to the code, so that none tells anything by itself.
 */
function patchesOf(random: Random, code: number, { classes, parts }: SyntheticOptions): Patch[] {
  if (parts === 1) return [patchOf(code, Math.floor(code / COLUMNS))];
  const free = Array.from({ length: parts - 1 }, () => random.integer(classes));
  const last = free.reduce((rest, number) => rest - number + classes, code) % classes;
  return [...free, last].map(patchOf);
}

/** A picture of noise that shows some patches. */
function picture(random: Random, patches: readonly Patch[]): Uint8Array {
  const pixels = Uint8Array.from(
    { length: SIDE * SIDE * 3 },
    () => GREY - NOISE + random.integer(2 * NOISE),
  );
  for (const { column, row, colour } of patches) {
    for (let y = row * PATCH; y < (row + 1) * PATCH; y++) {
      for (let x = column * PATCH; x < (column + 1) * PATCH; x++) {
        for (let channel = 0; channel < 3; channel++) {
          const lit = (colour >> channel) & 1;
          pixels[3 * (y * SIDE + x) + channel] = (lit ? BRIGHT : DARK) + random.integer(NOISE);
        }
      }
    }
  }
  return pixels;
}

const CODE_WORDS = [
  ...["amber", "basil", "cedar", "delta", "ember", "fjord"],
  ...["grove", "heron", "islet", "jetty", "koala", "lotus"],
];
const FILLERS = ["the", "one", "seen", "near", "with", "some", "under", "over", "quite", "very"];

/** Filler words, among which a code, if any, is named. */
function sentence(random: Random, code: number | null): string {
  const words = Array.from({ length: 5 }, () => FILLERS[random.integer(FILLERS.length)]!);
  if (code !== null) words.splice(random.integer(words.length + 1), 0, CODE_WORDS[code]!);
  return words.join(" ");
}

/** Seven, one and two tenths of the samples. */
function splitOf(at: number): Split {
  const tenth = at % 10;
  return tenth < 7 ? "train" : tenth < 8 ? "validation" : "test";
}

const idOf = (at: number): string => `synthetic-${at}`;

const percent = (accuracy: number): string => `${(100 * accuracy).toFixed(1)} %`;

/**
 * Draws a synthetic data set. Image and text each show the label's code or nothing, or codes that
 * tell it only together; how often is up to the options, so that the best possible accuracy of image,
 * text and both is known exactly and a dominant modality is a fact, not a guess.
 *
 * @param fold - Of a cross-validation.
 */
export function loadSynthetic(options: SyntheticOptions, seed: number, fold = 0): Dataset {
  const foldSplit = inFold(
    Array.from({ length: options.samples }, (_, at) => ({
      ...{ key: idOf(at), stratum: "", split: splitOf(at) },
    })),
    seed,
    fold,
  );
  const random = randomStream(seed, "synthetic");
  const samples = Array.from({ length: options.samples }, (_, at): Sample => {
    const label = random.integer(options.classes);
    const [imageCode, textCode] = drawCodes(random, label, options).map((code) =>
      code < options.classes ? code : null,
    ) as [number | null, number | null];
    const patches = imageCode === null ? [] : patchesOf(random, imageCode, options);
    return {
      id: idOf(at),
      image: { kind: "pixels", pixels: picture(random, patches), width: SIDE, height: SIDE },
      text: sentence(random, textCode),
      labels: [label],
      split: foldSplit(splitOf(at), idOf(at)),
    };
  });
  const { image, text, both } = bayesAccuracy(options);
  return {
    name: "synthetic",
    labelKind: "single-label",
    classes: Array.from({ length: options.classes }, (_, at) => `class-${at}`),
    samples,
    issues: [],
    origin: `made up; best possible accuracy: image ${percent(image)}, text ${percent(text)}, both ${percent(both)}`,
  };
}
