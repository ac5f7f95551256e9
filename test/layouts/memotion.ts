/** @module Memotion 7k in miniature: a table of labels, and a test part whose truth is a code. */

import { hash32 } from "../../src/random.js";
import { factsOf, type LayoutFacts, Oddity } from "./facts.js";
import { type Cell, csvLine, textOf, writeFiles, writePictures } from "./files.js";
import { picture } from "./pictures.js";
import { workbookOf } from "./xlsx.js";

const TRAIN = "memotion_dataset_7k";
const TEST = "memotion_test_data/test_data";
const TEST_TABLE = `${TEST}/2000_testdata.csv`;
// The space is in the name of the distributed file.
const TRUTH = `${TEST}/Meme_groundTruth .csv`;

const TRAIN_COUNT = 40;
const TEST_COUNT = 12;

const HEADER = [
  ...["", "image_name", "text_ocr", "text_corrected", "humour", "sarcasm", "offensive"],
  ...["motivational", "overall_sentiment"],
];
const TEST_HEADER = ["Image_name", "Image_URL", "OCR_extracted_text", "corrected_text"];

/** Levels by their digit in the truth of the test part. */
const LEVELS = {
  humour: ["not_funny", "funny", "very_funny", "hilarious"],
  sarcasm: ["not_sarcastic", "general", "twisted_meaning", "very_twisted"],
  offensive: ["not_offensive", "slight", "very_offensive", "hateful_offensive"],
  motivational: ["not_motivational", "motivational"],
} as const;

const SENTIMENTS = ["very_negative", "negative", "neutral", "positive", "very_positive"] as const;

// By level of humour.
const HUES = [0, 90, 180, 270] as const;
const WORDS = ["dull meeting", "giggling cat", "laughing crowd", "roaring tears of joy"] as const;

const EXTENSIONS = [".jpg", ".png", ".jpeg", ".JPG", ".PNG", ".bmp", ".jpe"] as const;

const nameOf = (number: number): string =>
  `image_${number}${EXTENSIONS[number % EXTENSIONS.length]!}`;

const NAMES = Array.from({ length: TRAIN_COUNT }, (_, at) => nameOf(at + 1));
/** One more than have a truth. */
const TEST_NAMES = Array.from({ length: TEST_COUNT + 1 }, (_, at) => nameOf(10001 + at));

const ODD = {
  emptyOcr: new Oddity("text_ocr is empty, text_corrected is not", NAMES[5]!),
  emptyCorrected: new Oddity("text_corrected is empty, text_ocr is not", NAMES[10]!),
  emptyBoth: new Oddity("both texts are empty", NAMES[17]!),
  lineBreaks: new Oddity("texts with line breaks", NAMES[2]!, NAMES[14]!, NAMES[26]!, NAMES[38]!),
  corruptLabel: new Oddity("overall_sentiment runs into a file's name", NAMES[21]!),
  wrongBytes: new Oddity("JPEG under the name of a PNG", nameOf(29)),
  bmp: new Oddity("JPEG under the name of a BMP", ...NAMES.filter((name) => name.endsWith(".bmp"))),
  noTruth: new Oddity("test image without a truth", TEST_NAMES[TEST_COUNT]!),
  truthOrder: new Oddity("its rows are in another order than those of the test table", TRUTH),
  spaceInName: new Oddity("has a space in its name", TRUTH),
};

interface Meme {
  readonly name: string;
  /** Level of humour, sarcasm, offensive, motivational. */
  readonly levels: readonly [number, number, number, number];
  /** From 0, very negative, to 4. */
  readonly sentiment: number;
  readonly ocr: string;
  readonly corrected: string;
}

function memeOf(name: string, at: number): Meme {
  const humour = at % 4;
  const end = ODD.lineBreaks.has(name) ? "\nquickmeme.com" : " quickmeme.com";
  const text = `When the ${WORDS[humour]!}, "again", no. ${at}${end}`;
  const noOcr = ODD.emptyOcr.has(name) || ODD.emptyBoth.has(name);
  const noCorrected = ODD.emptyCorrected.has(name) || ODD.emptyBoth.has(name);
  return {
    name,
    levels: [humour, Math.floor(at / 4) % 4, Math.floor(at / 3) % 4, at % 3 === 0 ? 1 : 0],
    sentiment: at % 5,
    ocr: noOcr ? "" : text.toUpperCase().replace("WHEN", "WHFN"),
    corrected: noCorrected ? "" : text,
  };
}

function labelCells({ name, levels, sentiment }: Meme): string[] {
  const words = Object.values(LEVELS).map((names, task) => names[levels[task]!]!);
  const last = ODD.corruptLabel.has(name)
    ? "positivechandler_Friday-Mood.jpg"
    : SENTIMENTS[sentiment]!;
  return [...words, last];
}

/** The truth: sentiment as sign, each task as yes or no, each task as level. */
function codeOf({ levels, sentiment }: Meme): string {
  const bits = levels.map((level) => Math.min(1, level));
  return `${Math.sign(sentiment - 2)}_${bits.join("")}_${levels.join("")}`;
}

function encode({ name, levels }: Meme): Promise<Buffer> {
  const isPng = name.toLowerCase().endsWith(".png") && !ODD.wrongBytes.has(name);
  return picture(hash32(`meme ${name}`), HUES[levels[0]]!, isPng ? "png" : "jpeg");
}

const csvOf = (rows: readonly (readonly Cell[])[]): string => textOf(rows.map(csvLine));

function writeTest(folder: string, memes: readonly Meme[]): void {
  const rows = memes.map(({ name, ocr, corrected }) => [
    ...[name, `https://example.org/memes/${name}`, ocr, corrected],
  ]);
  const truth = memes.slice(0, TEST_COUNT).map((meme) => [meme.name, codeOf(meme)]);
  writeFiles(folder, {
    [TEST_TABLE]: csvOf([TEST_HEADER, ...rows]),
    [TRUTH]: csvOf([["Image_name", "Labels"], ...truth.reverse()]),
  });
}

/**
 * Writes the Kaggle layout: `memotion_dataset_7k` with a table of labels and `images`, and
 * `memotion_test_data/test_data` with texts, truth and `2000_data`.
 *
 * Differs from the real data: `.bmp` files hold JPEG bytes, and names are evenly spread over the
 * extensions.
 */
export async function writeMemotion(
  folder: string,
  table: "csv" | "xlsx",
): Promise<LayoutFacts<keyof typeof ODD>> {
  const train = NAMES.map(memeOf);
  const test = TEST_NAMES.map(memeOf);
  const rows: Cell[][] = train.map((meme, at) => [
    ...[at, meme.name, meme.ocr, meme.corrected],
    ...labelCells(meme),
  ]);
  const labels = `${TRAIN}/labels.${table}`;
  const content = [HEADER, ...rows];
  writeFiles(folder, { [labels]: table === "csv" ? csvOf(content) : workbookOf(content) });
  writeTest(folder, test);
  await writePictures(folder, train, ({ name }) => `${TRAIN}/images/${name}`, encode);
  await writePictures(folder, test, ({ name }) => `${TEST}/2000_data/${name}`, encode);
  return factsOf(
    { train: train.length, validation: 0, test: TEST_COUNT },
    { [labels]: rows.length, [TEST_TABLE]: test.length, [TRUTH]: TEST_COUNT },
    ODD,
  );
}
