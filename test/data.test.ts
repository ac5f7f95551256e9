/** @module Published data sets in their own layouts, from reading to evaluation as real processes. */

import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { dataConfig } from "../src/data/config.js";
import { type Dataset, samplesOf, SPLITS } from "../src/data/dataset.js";
import { openDataset } from "../src/data/open.js";
import { writeCub } from "./layouts/cub.js";
import { writeFood101, writeFood101Prompts } from "./layouts/food101.js";
import { writeHatefulMemes } from "./layouts/hatefulMemes.js";
import { writeMemotion } from "./layouts/memotion.js";
import { writeMmImdb, writeMmImdbPrompts } from "./layouts/mmimdb.js";
import { RunMemory } from "../src/run/memory.js";
import { checkData } from "../src/usecases/check.js";
import { evaluate } from "../src/usecases/evaluate.js";
import { train } from "../src/usecases/train.js";
import { temporaryFolder } from "./support/cli.js";
import { quickSettings } from "./support/table.js";

const HDF5 = fileURLToPath(new URL("layouts/multimodal_imdb.hdf5", import.meta.url));

const open = (source: string, more: object = {}): Promise<Dataset> =>
  openDataset(dataConfig.parse({ source, ...more }));

const sizes = (dataset: Dataset): number[] =>
  SPLITS.map((split) => samplesOf(dataset, split).length);

const kinds = ({ issues }: Dataset, kind: string): string[] =>
  issues.filter((issue) => issue.kind === kind).map(({ where }) => where);

const byId = (dataset: Dataset, id: string) =>
  dataset.samples.find((sample) => sample.id.endsWith(id));

describe("UPMC Food-101", () => {
  test("titles without header, quotes, odd bytes; rows and pictures without each other", async () => {
    const folder = temporaryFolder();
    const { odd, samples } = await writeFood101(folder);
    const dataset = await open(folder);
    expect(dataset.name).toBe("food101");
    expect(dataset.classes).toEqual(["apple_pie", "fried_rice", "sushi"]);
    const [train, validation, tests] = sizes(dataset) as [number, number, number];
    // The picture without a row is a sample without text.
    expect(train + validation).toBe(samples.train + odd.noRow.length);
    expect(tests).toBe(samples.test - odd.unknownClass.length);
    expect(byId(dataset, odd.noRow[0]!)!.text).toBeNull();
    expect(byId(dataset, odd.latin1[0]!)!.text).toContain("Café");
    expect(dataset.samples.some(({ text }) => text?.includes(", "))).toBe(true);
    expect(kinds(dataset, "encoding")).toHaveLength(1);
    expect(kinds(dataset, "label-unknown")).toHaveLength(odd.unknownClass.length);
    expect(kinds(dataset, "sample-repeated")).toHaveLength(odd.repeatedRow.length);
    expect(kinds(dataset, "text-missing")).toEqual([expect.stringContaining(odd.noRow[0]!)]);
  });

  test("the layout of the missing-modality benchmarks, splits as given", async () => {
    const folder = temporaryFolder();
    const { samples, odd } = await writeFood101Prompts(folder);
    const dataset = await open(`food101:${folder}`);
    expect(sizes(dataset)).toEqual(SPLITS.map((split) => samples[split]));
    expect(byId(dataset, odd.noText[0]!)!.text).toBeNull();
  });
});

describe("Hateful Memes", () => {
  test("phase 2: unseen dev and test files, or the seen ones", async () => {
    const folder = temporaryFolder();
    const { odd } = await writeHatefulMemes(folder, "phase2");
    const dataset = await open(folder);
    expect(sizes(dataset)).toEqual([30, 10, 10]);
    expect(dataset.classes).toEqual(["hateful", "not-hateful"]);
    expect(dataset.origin).toContain("test_unseen.jsonl");
    expect(kinds(dataset, "id-repeated")).toHaveLength(odd.repeatedId.length);
    const image = dataset.samples.find(({ image }) => image?.kind === "file")!.image;
    expect(image).toMatchObject({ path: expect.stringMatching(/img\/\d{5}\.png$/) as string });
    const seen = await open(folder, { variant: { memes: "seen" } });
    expect(seen.origin).toContain("test_seen.jsonl");
  });

  test("phase 1: with hidden test labels the dev file tests, and says so", async () => {
    const folder = temporaryFolder();
    await writeHatefulMemes(folder, "phase1");
    const dataset = await open(folder);
    const [train, validation, tests] = sizes(dataset) as [number, number, number];
    expect(train + validation).toBe(30);
    expect(validation).toBeGreaterThan(0);
    expect(tests).toBe(10);
    expect(kinds(dataset, "test-hidden")).toHaveLength(1);
  });
});

describe("MM-IMDb", () => {
  test("records and posters; genres outside the 23, plots by policy", async () => {
    const folder = temporaryFolder();
    const { odd, samples } = await writeMmImdb(folder);
    const dataset = await open(folder);
    expect(dataset.labelKind).toBe("multi-label");
    expect(dataset.classes).not.toContain("News");
    expect(dataset.samples.length).toBe(
      samples.train +
        samples.validation +
        samples.test -
        odd.brokenJson.length -
        odd.unseenGenre.length,
    );
    expect(byId(dataset, odd.newsOnly[0]!)!.labels).toEqual([]);
    expect(byId(dataset, odd.missingPoster[0]!)!.image).toBeNull();
    expect(kinds(dataset, "record-broken")).toHaveLength(odd.brokenJson.length);
    const first = await open(folder, { variant: { plot: "first" } });
    const id = odd.longestNotFirst[0]!;
    expect(byId(dataset, id)!.text!.length).toBeGreaterThan(byId(first, id)!.text!.length);
    const all = await open(folder, { variant: { plot: "all" } });
    expect(byId(all, id)!.text).toContain(byId(first, id)!.text);
    await expect(open(folder, { onBad: "stop" })).rejects.toThrow(/not valid JSON/);
  });

  test("the layout of the missing-modality benchmarks has the same films", async () => {
    const [raw, apart] = [temporaryFolder(), temporaryFolder()];
    await writeMmImdb(raw);
    await writeMmImdbPrompts(apart);
    const ids = async (folder: string) => (await open(folder)).samples.map(({ id }) => id);
    expect(await ids(apart)).toEqual(await ids(raw));
  });

  test("one HDF5 file with word numbers and Fuel's table of splits", async () => {
    const dataset = await open(HDF5);
    expect(sizes(dataset)).toEqual([24, 8, 8]);
    expect(dataset.classes).toContain("Horror");
    expect(dataset.samples[0]).toMatchObject({ id: "0000123", split: "train" });
    expect(dataset.samples.filter(({ text }) => text === null)).toHaveLength(1);
    const { image } = dataset.samples[2]!;
    const pixels = image?.kind === "deferred" ? await image.load() : null;
    expect(pixels).toMatchObject({ kind: "pixels", width: 20, height: 32 });
  });
});

describe("Memotion 7k", () => {
  test.each(["csv", "xlsx"] as const)("labels as %s, the published test split", async (table) => {
    const folder = temporaryFolder();
    const { odd } = await writeMemotion(folder, table);
    const dataset = await open(folder);
    const [train, validation, tests] = sizes(dataset) as [number, number, number];
    expect([train + validation, tests]).toEqual([40, 12]);
    expect(dataset.classes).toEqual(["funny", "hilarious", "not_funny", "very_funny"]);
    expect(kinds(dataset, "label-unknown")).toHaveLength(odd.noTruth.length);
    expect(byId(dataset, odd.emptyCorrected[0]!)!.text).not.toBeNull();
    expect(byId(dataset, odd.emptyBoth[0]!)!.text).toBeNull();
    expect(byId(dataset, odd.lineBreaks[0]!)!.text).toContain("\n");
    const feeling = await open(folder, { variant: { target: "overall_sentiment" } });
    expect(feeling.classes).toEqual(["negative", "neutral", "positive"]);
    expect(kinds(feeling, "label-unknown")).toHaveLength(
      odd.noTruth.length + odd.corruptLabel.length,
    );
  });
});

describe("CUB-200-2011", () => {
  test("the official split, captions by policy", async () => {
    const folder = temporaryFolder();
    const { odd } = await writeCub(folder);
    const dataset = await open(folder);
    const [train, validation, tests] = sizes(dataset) as [number, number, number];
    expect([train + validation, tests]).toEqual([21, 9]);
    expect(dataset.classes).toHaveLength(3);
    expect(byId(dataset, odd.noCaptions[0]!)!.text).toBeNull();
    expect(byId(dataset, odd.replacementPairs[0]!)!.text).not.toContain("\uFFFD");
    const caption = async (policy: string) => {
      const found = await open(folder, { variant: { caption: policy } });
      return byId(found, odd.wordlessCaption[0]!)!.text!;
    };
    const [first, random, all] = [
      await caption("first"),
      await caption("random"),
      await caption("all"),
    ];
    expect(first).toMatch(/\w/);
    expect(await caption("random")).toBe(random);
    for (const one of [first, random]) expect(all).toContain(one);
  });
});

/** What the field judges some data sets by. */
const OWN_SCORES: Readonly<Record<string, string>> = {
  "hateful memes": "auroc",
  memotion: "macroF1",
};

describe("every source checks, trains and evaluates", () => {
  const sources: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
    food101: writeFood101,
    "food101 prompts": writeFood101Prompts,
    "hateful memes": (folder) => writeHatefulMemes(folder, "phase2"),
    "mm-imdb": writeMmImdb,
    "mm-imdb prompts": writeMmImdbPrompts,
    "mm-imdb hdf5": (folder) => {
      mkdirSync(folder, { recursive: true });
      cpSync(HDF5, join(folder, "multimodal_imdb.hdf5"));
      return Promise.resolve();
    },
    memotion: (folder) => writeMemotion(folder, "xlsx"),
    cub: writeCub,
  };

  test.each(Object.entries(sources))("%s", async (name, write) => {
    const folder = temporaryFolder();
    await write(join(folder, "data"));
    const source = join(folder, "data");
    const { model, train: given } = quickSettings(source);
    const asked = { settings: { data: { source }, model }, origin: "test" };
    const report = await checkData(asked);
    expect(report.fit).toBe(true);
    expect(report.imageWidth).not.toBeNull();
    const store = new RunMemory();
    const settings = { ...asked.settings, train: { ...given, epochs: 1 } };
    await train({ settings, origin: "test", store, seed: 1 });
    const usual = name.startsWith("mm-imdb") ? "macroF1" : "accuracy";
    const scoreOf = async (evaluation: Readonly<Record<string, unknown>>): Promise<string> =>
      (await evaluate({ store, evaluation })).result.result.mainScore;
    expect(await scoreOf({})).toBe(OWN_SCORES[name] ?? usual);
    expect(await scoreOf({ score: "accuracy" })).toBe("accuracy");
  });
});
