/** @module MM-IMDb in miniature: one JSON record and one poster per film, many genres per film. */

import type { Split } from "../../src/data/dataset.js";
import { hash32, randomStream } from "../../src/random.js";
import { factsOf, type LayoutFacts, Oddity } from "./facts.js";
import { type Files, writeFiles, writePictures } from "./files.js";
import { picture } from "./pictures.js";

const GENRES = ["Drama", "Comedy", "Horror", "Documentary"] as const;

const HUES: Readonly<Record<string, number>> = { Drama: 0, Comedy: 60, Horror: 240 };
const OTHER_HUE = 140;

const WORDS: Readonly<Record<string, string>> = {
  Drama: "A mother grieves and a family falls apart in silence",
  Comedy: "Two clumsy friends stumble from one silly joke to the next",
  Horror: "A bloody monster haunts the screaming guests of a dark cabin",
  Documentary: "Interviews and archive footage recount how the bridge was built",
};
const OTHER_WORDS = "A week of headlines";

// Films by number, first and behind last.
const RANGES = { train: [0, 24], validation: [24, 32], test: [32, 40] } as const;

/** Seven digits, most with leading zeros. */
const idOf = (number: number): string => String(12345 + 40961 * number).padStart(7, "0");

const ODD = {
  newsOnly: new Oddity("no genre but one that is no class", idOf(6)),
  extraGenre: new Oddity("has a genre that is no class (News, Adult)", idOf(6), idOf(11), idOf(36)),
  unseenGenre: new Oddity("test film with a class that training lacks (Western)", idOf(38)),
  emptyPlot: new Oddity("empty list of plots", idOf(9)),
  longPlot: new Oddity("plot of more than 500 words", idOf(3)),
  longestNotFirst: new Oddity("a later plot is the longest", idOf(2), idOf(26), idOf(34)),
  outline: new Oddity('has a "plot outline"', idOf(2), idOf(7), idOf(27), idOf(35)),
  greyPoster: new Oddity("poster with one channel", idOf(14)),
  missingPoster: new Oddity("listed, but the poster is not on disk", idOf(17)),
  brokenJson: new Oddity("record cut in the middle", idOf(20)),
};

const ALL = Array.from({ length: RANGES.test[1] }, (_, number) => number);

/** Genres that {@link genresOf} does not make by its rule. */
const SPECIAL_GENRES: Readonly<Record<number, readonly string[]>> = {
  6: ["News"],
  11: ["Documentary", "News"],
  36: ["Drama", "Adult"],
  38: ["Horror", "Western"],
};

/** One of the four genres, of every fifth film two. */
function genresOf(number: number): readonly string[] {
  const one = GENRES[number % 4]!;
  const two = GENRES[(number + 1) % 4]!;
  return SPECIAL_GENRES[number] ?? (number % 5 === 0 ? [one, two] : [one]);
}

/** A plot of as many sentences as asked for, with words of the film's genres. */
function plotOf(number: number, sentences: number): string {
  const random = randomStream(number, "plot", sentences);
  const genres = genresOf(number).filter((genre) => genre in WORDS);
  const words = genres.length === 0 ? [OTHER_WORDS] : genres.map((genre) => WORDS[genre]!);
  return Array.from(
    { length: sentences },
    (_, at) => `${words[at % words.length]!} in 19${10 + random.integer(90)}.`,
  ).join(" ");
}

/** One plot, or several of different lengths. */
function plotsOf(number: number): string[] {
  const id = idOf(number);
  if (ODD.emptyPlot.has(id)) return [];
  if (ODD.longPlot.has(id)) return [plotOf(number, 60)];
  if (ODD.longestNotFirst.has(id)) return [1, 5, 3].map((length) => plotOf(number, length));
  return number % 4 === 1 ? [plotOf(number, 4), plotOf(number, 2)] : [plotOf(number, 2)];
}

/** The record's text, as the distribution has it. */
function recordOf(number: number): string {
  const id = idOf(number);
  const record = JSON.stringify({
    title: `Film ${number}`,
    kind: "movie",
    year: 1950 + number,
    genres: genresOf(number),
    plot: plotsOf(number),
    ...(ODD.outline.has(id) && { "plot outline": plotOf(number, 1) }),
    rating: 5 + (number % 40) / 10,
  });
  return ODD.brokenJson.has(id) ? record.slice(0, record.length / 2) : record;
}

function poster(number: number): Promise<Buffer> {
  const id = idOf(number);
  const hue = HUES[genresOf(number)[0]!] ?? OTHER_HUE;
  return picture(hash32(`film ${id}`), hue, "jpeg", {
    grey: ODD.greyPoster.has(id),
    size: [27, 40],
  });
}

/** Writes `split.json`, and records and posters into a folder each, which may be the same. */
async function writeFilms(
  folder: string,
  records: string,
  posters: string,
): Promise<LayoutFacts<keyof typeof ODD>> {
  const files: Files = Object.fromEntries(
    ALL.map((number) => [`${records}/${idOf(number)}.json`, recordOf(number)]),
  );
  const ids = (split: Split): string[] => ALL.slice(...RANGES[split]).map(idOf);
  const split = { train: ids("train"), dev: ids("validation"), test: ids("test") };
  writeFiles(folder, { ...files, "split.json": JSON.stringify(split) });
  await writePictures(
    folder,
    ALL.filter((number) => !ODD.missingPoster.has(idOf(number))),
    (number) => `${posters}/${idOf(number)}.jpeg`,
    poster,
  );
  return factsOf(
    { train: split.train.length, validation: split.dev.length, test: split.test.length },
    { "split.json": ALL.length },
    ODD,
  );
}

/** Writes the layout of the archive: `split.json`, `dataset/<id>.json` and `dataset/<id>.jpeg`. */
export const writeMmImdb = (folder: string): Promise<LayoutFacts<keyof typeof ODD>> =>
  writeFilms(folder, "dataset", "dataset");

/**
 * Writes the layout of missing_aware_prompts: `split.json`, `labels/<id>.json`, `images/<id>.jpeg`.
 *
 * Source: YiLunLee/missing_aware_prompts at 4da8cc7, `vilt/utils/write_mmimdb.py`.
 */
export const writeMmImdbPrompts = (folder: string): Promise<LayoutFacts<keyof typeof ODD>> =>
  writeFilms(folder, "labels", "images");
