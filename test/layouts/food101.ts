/** @module UPMC Food-101 in miniature: headerless tables of titles, or the JSON files of prompts. */

import type { Split } from "../../src/data/dataset.js";
import { hash32 } from "../../src/random.js";
import { factsOf, type LayoutFacts, Oddity } from "./facts.js";
import { csvLine, type LineEnd, textOf, writeFiles, writePictures } from "./files.js";
import { brokenJpeg, picture } from "./pictures.js";

/** Classes with their hue and what their titles speak of where they do not name the class. */
const CLASSES: Readonly<Record<string, { readonly hue: number; readonly words: string }>> = {
  apple_pie: { hue: 0, words: "Cinnamon Crust" },
  fried_rice: { hue: 120, words: "Wok and Soy" },
  sushi: { hue: 240, words: "Nori Rolls" },
  waffles: { hue: 60, words: "Maple Syrup" },
};

const USUAL = ["apple_pie", "fried_rice", "sushi"];

const PER_CLASS = { train: 12, test: 5 } as const;

const TITLES = "texts/train_titles.csv";
const TEST_TITLES = "texts/test_titles.csv";

const ODD_PICTURES = {
  missingImage: new Oddity("listed, but the image is not on disk", "sushi_901.jpg"),
  truncated: new Oddity("JPEG cut in the middle", "apple_pie_10.jpg"),
  pngBytes: new Oddity("PNG under the name of a JPEG", "fried_rice_17.jpg"),
  gifBytes: new Oddity("GIF under the name of a JPEG", "sushi_12.jpg"),
  cmyk: new Oddity("JPEG of four inks", "sushi_24.jpg"),
  grey: new Oddity("JPEG with one channel", "apple_pie_31.jpg"),
};

const ODD = {
  ...ODD_PICTURES,
  noRow: new Oddity("training image without a row", "fried_rice_902.jpg"),
  latin1: new Oddity("title in Latin-1 bytes", "sushi_38.jpg"),
  utf8: new Oddity("title with letters beyond ASCII, in UTF-8", "apple_pie_38.jpg", "sushi_33.jpg"),
  repeatedRow: new Oddity("row that occurs twice", "apple_pie_3.jpg"),
  repeatedTitle: new Oddity("same title, other image", "fried_rice_45.jpg", "fried_rice_73.jpg"),
  unknownClass: new Oddity("test row of a class that training lacks", "waffles_17.jpg"),
  byteOrderMark: new Oddity("starts with a byte-order mark", TITLES),
  carriageReturns: new Oddity("lines end in CRLF", TEST_TITLES),
};

const ODD_PROMPTS = {
  ...ODD_PICTURES,
  noText: new Oddity("listed in split.json, not in text.json", "fried_rice_24.jpg"),
  classOrder: new Oddity("classes are not numbered in alphabetical order", "class_idx.json"),
};

/** Titles that the rule of {@link titleOf} does not make. */
const SPECIAL_TITLES: Readonly<Record<string, string>> = {
  "sushi_38.jpg": "Café Sushi at Home",
  "apple_pie_38.jpg": "Apple Pie à la Crème",
  "sushi_33.jpg": "寿司 Sushi for Beginners",
  "fried_rice_73.jpg": "My Fried Rice Recipe",
  "fried_rice_45.jpg": "My Fried Rice Recipe",
};

interface Row {
  readonly file: string;
  readonly title: string;
  readonly name: string;
}

/** As in the real data most titles name the class; some have commas, quotes or HTML entities. */
function titleOf(name: string, file: string, at: number): string {
  const food = name.split("_").map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}`);
  const titles = [
    `My ${food.join(" ")} Recipe No. ${at}`,
    `${food.join(" ")}, the easy way, part ${at}`,
    `The "real" ${food.join(" ")}: ${at} secrets`,
    `${CLASSES[name]!.words} &raquo; Kitchen Notes ${at}`,
  ];
  return SPECIAL_TITLES[file] ?? titles[at % titles.length]!;
}

function rowOf(name: string, number: number): Row {
  const file = `${name}_${number}.jpg`;
  return { file, title: titleOf(name, file, number), name };
}

/** Rows with an image, class by class. */
function rowsOf(split: keyof typeof PER_CLASS): Row[] {
  const first = split === "train" ? 3 : 5;
  return USUAL.flatMap((name) =>
    Array.from({ length: PER_CLASS[split] }, (_, at) => rowOf(name, first + 7 * at)),
  );
}

function encode({ file, name }: Row): Promise<Buffer> {
  const seed = hash32(file);
  if (ODD.truncated.has(file)) return brokenJpeg(seed);
  const format = ODD.pngBytes.has(file) ? "png" : ODD.gifBytes.has(file) ? "gif" : "jpeg";
  const options = { cmyk: ODD.cmyk.has(file), grey: ODD.grey.has(file) };
  return picture(seed, CLASSES[name]!.hue, format, options);
}

const writeImages = (folder: string, part: string, rows: readonly Row[]): Promise<void> =>
  writePictures(folder, rows, ({ name, file }) => `images/${part}/${name}/${file}`, encode);

/** The rows as bytes, each in its own encoding. */
function tableOf(rows: readonly Row[], end: LineEnd): Buffer {
  const lines = rows.map(({ file, title, name }) =>
    Buffer.from(
      textOf([csvLine([file, title, name])], end),
      ODD.latin1.has(file) ? "latin1" : "utf8",
    ),
  );
  return Buffer.concat(lines);
}

/**
 * Writes the layout of the Kaggle copy: `images/{train,test}/<class>/<class>_<n>.jpg` and tables
 * without a header, `texts/{train,test}_titles.csv`, of file, title and class.
 */
export async function writeFood101(folder: string): Promise<LayoutFacts<keyof typeof ODD>> {
  const train = rowsOf("train");
  const test = [...rowsOf("test"), rowOf("waffles", 17)];
  await writeImages(folder, "train", [...train, rowOf("fried_rice", 902)]);
  await writeImages(folder, "test", test);
  const listed = [...train, rowOf("sushi", 901)];
  const repeated = listed.filter(({ file }) => ODD.repeatedRow.has(file));
  const table = tableOf([...listed, ...repeated], "\n");
  writeFiles(folder, {
    [TITLES]: Buffer.concat([Buffer.from("\uFEFF"), table]),
    [TEST_TITLES]: tableOf(test, "\r\n"),
  });
  return factsOf(
    { train: listed.length, validation: 0, test: test.length },
    { [TITLES]: listed.length + repeated.length, [TEST_TITLES]: test.length },
    ODD,
  );
}

/**
 * Writes the layout of missing_aware_prompts: the same images, `class_idx.json`, `text.json` and
 * `split.json`; images of the validation split lie in `images/train`.
 *
 * Source: YiLunLee/missing_aware_prompts at 4da8cc7, `vilt/utils/write_food101.py`.
 */
export async function writeFood101Prompts(
  folder: string,
): Promise<LayoutFacts<keyof typeof ODD_PROMPTS>> {
  const train = rowsOf("train");
  const test = rowsOf("test");
  await writeImages(folder, "train", train);
  await writeImages(folder, "test", test);
  const listed = [...train, rowOf("sushi", 901)];
  const isValidation = (at: number): boolean => at % 6 === 5;
  const rows: Record<Split, Row[]> = {
    train: listed.filter((_, at) => !isValidation(at)),
    validation: listed.filter((_, at) => isValidation(at)),
    test,
  };
  const files = (split: Split): string[] => rows[split].map(({ file }) => file);
  const titles = [...listed, ...test]
    .filter(({ file }) => !ODD_PROMPTS.noText.has(file))
    .map(({ file, title }) => [file, title] as const);
  const split = { train: files("train"), val: files("validation"), test: files("test") };
  writeFiles(folder, {
    "class_idx.json": JSON.stringify({ sushi: 0, apple_pie: 1, fried_rice: 2 }),
    "text.json": JSON.stringify(Object.fromEntries(titles)),
    "split.json": JSON.stringify(split),
  });
  return factsOf(
    { train: split.train.length, validation: split.val.length, test: split.test.length },
    { "text.json": titles.length, "split.json": listed.length + test.length },
    ODD_PROMPTS,
  );
}
