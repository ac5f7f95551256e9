/** @module Hateful Memes in miniature: JSON lines and PNG files, with the names of both phases. */

import { hash32 } from "../../src/random.js";
import { factsOf, type LayoutFacts, Oddity } from "./facts.js";
import { textOf, writeFiles, writePictures } from "./files.js";
import { picture } from "./pictures.js";

/** `phase1`: train, dev, test, with string ids; `phase2`: seen and unseen lists, with integer ids. */
export type MemePhase = "phase1" | "phase2";

// Memes by number, first and behind last; the dev lists of phase 2 share seven.
const LISTS: Readonly<Record<MemePhase, Readonly<Record<string, readonly [number, number]>>>> = {
  phase1: { train: [0, 29], dev: [30, 40], test: [43, 53] },
  phase2: {
    train: [0, 29],
    dev_seen: [30, 40],
    dev_unseen: [33, 43],
    test_seen: [43, 53],
    test_unseen: [53, 63],
  },
};

/** Which list stands for which split; of phase 2 those that MMF takes. */
const SPLITS = {
  phase1: { validation: "dev", test: "test" },
  phase2: { validation: "dev_unseen", test: "test_unseen" },
} as const;

// Label 0 and 1; harmless words, since only the difference counts.
const HUES = [120, 0] as const;
const WORDS = ["sunshine and friendship for everyone", "grumpy shouting at everyone"] as const;

/** Five digits; every tenth meme has a leading zero. */
function idOf(number: number): string {
  return String(number % 10 === 3 ? 1001 + 131 * number : 10007 + 1361 * number).padStart(5, "0");
}

function oddities(phase: MemePhase) {
  const numbers = numbersOf(phase);
  const unlabelled = phase === "phase1" ? range(LISTS.phase1["test"]!) : [];
  const shared = phase === "phase2" ? range([33, 40]) : [];
  return {
    missingImage: new Oddity("listed, but the image is not on disk", idOf(17)),
    repeatedId: new Oddity("id that occurs again with another text", idOf(5)),
    confounder: new Oddity("same text, other image, other label", idOf(7), idOf(9)),
    rgba: new Oddity("PNG with transparent pixels", idOf(11), idOf(44)),
    grey: new Oddity("PNG with one channel", idOf(12), idOf(45)),
    leadingZero: new Oddity(
      "id below 10000: the file's name has a zero that an integer id lacks",
      ...numbers.map(idOf).filter((id) => id.startsWith("0")),
    ),
    noLabel: new Oddity("row without a label", ...unlabelled.map(idOf)),
    sharedByDev: new Oddity("in dev_seen and in dev_unseen", ...shared.map(idOf)),
    carriageReturns: new Oddity("lines end in CRLF", `${SPLITS[phase].validation}.jsonl`),
  };
}

type MemeOddities = ReturnType<typeof oddities>;

const range = ([first, end]: readonly [number, number]): number[] =>
  Array.from({ length: end - first }, (_, at) => first + at);

/** All memes of a phase, each once. */
const numbersOf = (phase: MemePhase): number[] => [
  ...new Set(Object.values(LISTS[phase]).flatMap(range)),
];

const labelOf = (number: number): 0 | 1 => (number % 3 === 0 ? 1 : 0);

/** A meme's text; of number 9 it is that of number 7, which has the other label. */
function captionOf(number: number): string {
  const own = number === 9 ? 7 : number;
  const caption = `${WORDS[labelOf(own)]}, said "meme" no. ${own}`;
  return own % 4 === 0 ? `${caption} — really` : caption;
}

function lineOf(phase: MemePhase, list: string, number: number, text: string): string {
  const id = idOf(number);
  const hidden = phase === "phase1" && list === "test";
  return JSON.stringify({
    id: phase === "phase1" ? id : Number(id),
    img: `img/${id}.png`,
    ...(!hidden && { label: labelOf(number) }),
    text,
  });
}

function linesOf(phase: MemePhase, list: string): string[] {
  const numbers = range(LISTS[phase][list]!);
  const lines = numbers.map((number) => lineOf(phase, list, number, captionOf(number)));
  const again = lineOf(phase, list, 5, "the same meme, transcribed once more");
  return list === "train" ? [...lines, again] : lines;
}

function encode(number: number, odd: MemeOddities): Promise<Buffer> {
  const id = idOf(number);
  const options = { grey: odd.grey.has(id), alpha: odd.rgba.has(id) };
  return picture(hash32(`meme ${id}`), HUES[labelOf(number)], "png", options);
}

/**
 * Writes the lists `<name>.jsonl` and `img/<five digits>.png`. The test list of phase 1 has no labels.
 *
 * Samples of phase 2 are counted by train, dev_unseen and test_unseen.
 */
export async function writeHatefulMemes(
  folder: string,
  names: MemePhase,
): Promise<LayoutFacts<keyof MemeOddities>> {
  const odd = oddities(names);
  await writePictures(
    folder,
    numbersOf(names).filter((number) => !odd.missingImage.has(idOf(number))),
    (number) => `img/${idOf(number)}.png`,
    (number) => encode(number, odd),
  );
  const rows: Record<string, number> = {};
  for (const list of Object.keys(LISTS[names])) {
    const path = `${list}.jsonl`;
    const lines = linesOf(names, list);
    rows[path] = lines.length;
    writeFiles(folder, { [path]: textOf(lines, odd.carriageReturns.has(path) ? "\r\n" : "\n") });
  }
  const { validation, test } = SPLITS[names];
  const samples = {
    train: rows["train.jsonl"]!,
    validation: rows[`${validation}.jsonl`]!,
    test: rows[`${test}.jsonl`]!,
  };
  return factsOf(samples, rows, odd);
}
