import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import type { Dataset, Sample } from "../data/dataset.js";
import { BLANK, makeBatch } from "./batch.js";
import { prepareDataset } from "./prepare.js";
import { imagesInMemory, textFeaturesInMemory } from "./prepared.js";
import { decodeImage, scratchImages } from "./images/decode.js";
import { corruptTexts } from "./corrupt/split.js";
import { impair, impairedBatch, wrongPartners } from "./impair.js";
import { hashedText, MAX_CHARACTERS, tokenize, words } from "./text.js";

const OPTIONS = { buckets: 100, maxTokens: 64 };
const PREPARATIONS = { image: scratchImages(4), text: hashedText(OPTIONS) };

describe("text features", () => {
  test.each([
    ["I'm naïve, ok?", ["i'm", "naïve", "ok"]],
    ["ＦＵＬＬ width", ["full", "width"]],
    ["犬が走る", ["犬", "が", "走る"]],
    ["مرحبا بالعالم", ["مرحبا", "بالعالم"]],
    ["so happy 😀!", ["so", "happy", "😀"]],
    ["  \n\t ", []],
  ])("words of %j", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test("ids lie in 1..buckets, the same text gives the same ids, words come first", () => {
    const { tokens } = tokenize("a sleeping cat", OPTIONS);
    expect(Math.min(...tokens)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...tokens)).toBeLessThanOrEqual(OPTIONS.buckets);
    expect(tokenize("a sleeping cat", OPTIONS).tokens).toEqual(tokens);
    // 3 words; n-grams of <a>: none but itself, of <sleeping>: 8 + 7 + 6, of <cat>: 3 + 2.
    expect(tokens).toHaveLength(3 + 21 + 5);
    expect(tokenize("a sleeping cat", { ...OPTIONS, maxTokens: 3 }).tokens).toEqual(
      tokens.slice(0, 3),
    );
  });

  test("a text of 100,000 characters is cut and says so", () => {
    const { tokens, truncated } = tokenize("word ".repeat(20_000), OPTIONS);
    expect(tokens).toHaveLength(OPTIONS.maxTokens);
    expect(truncated).toBe(true);
    expect(words("ab ".repeat(MAX_CHARACTERS)).length).toBeLessThanOrEqual(MAX_CHARACTERS / 3 + 1);
  });
});

const folder = mkdtempSync(join(tmpdir(), "balgrad-prepare-"));
const file = (name: string) => ({ kind: "file", path: join(folder, name) }) as const;

beforeAll(async () => {
  const red = { create: { width: 40, height: 20, channels: 3, background: "#ff0000" } } as const;
  await sharp(red).png().toFile(join(folder, "red.png"));
  const jpeg = await sharp(red).jpeg().toBuffer();
  writeFileSync(join(folder, "truncated.jpg"), jpeg.subarray(0, jpeg.length / 2));
  writeFileSync(join(folder, "text.png"), "this is no picture");
  const clear = { r: 0, g: 0, b: 0, alpha: 0 };
  await sharp({ create: { width: 4, height: 4, channels: 4, background: clear } })
    .png()
    .toFile(join(folder, "clear.png"));
});

describe("pictures", () => {
  test("are fitted whole, planar, on white", async () => {
    const { planes, size } = await decodeImage(file("red.png"), 4);
    expect(size).toEqual([40, 20]);
    // Twice as wide as high: rows 1 and 2 are red, rows 0 and 3 are white.
    expect([...planes.subarray(0, 16)]).toEqual(new Array(16).fill(255));
    expect([...planes.subarray(16, 20)]).toEqual([255, 255, 255, 255]);
    expect([...planes.subarray(20, 28)]).toEqual(new Array(8).fill(0));
  });

  test("what is transparent is white", async () => {
    expect([...(await decodeImage(file("clear.png"), 2)).planes]).toEqual(new Array(12).fill(255));
  });

  test.each([
    ["none.png", "the image file does not exist"],
    ["text.png", "the file holds plain text, not a picture"],
    ["truncated.jpg", "the image is cut off"],
  ])("%s is refused in words", async (name, message) => {
    await expect(decodeImage(file(name), 4)).rejects.toThrow(message);
  });
});

const sample = (id: string, more: Partial<Sample>): Sample => ({
  id,
  image: file("red.png"),
  text: "a text",
  labels: [0],
  split: "train",
  ...more,
});

const dataset: Dataset = {
  name: "test",
  labelKind: "single-label",
  classes: ["a", "b"],
  samples: [
    sample("good", {}),
    sample("broken", { image: file("truncated.jpg"), labels: [1] }),
    sample("lost", { image: file("none.png"), text: null }),
    sample("mute", { text: null }),
  ],
  issues: [],
};

const prepare = (onBad: "skip" | "stop" | "missing") =>
  prepareDataset(dataset, { ...PREPARATIONS, onBad });

describe("preparing", () => {
  test("missing: a bad picture leaves the text; a sample with nothing is skipped, and both are said", async () => {
    const { prepared, issues } = await prepare("missing");
    expect(prepared.train.ids).toEqual(["good", "broken", "mute"]);
    expect([...prepared.train.imagePresent]).toEqual([1, 0, 1]);
    expect([...prepared.train.textPresent]).toEqual([1, 1, 0]);
    expect([...prepared.train.targets]).toEqual([1, 0, 0, 1, 1, 0]);
    expect(issues.map(({ kind, outcome }) => [kind, outcome]).sort()).toEqual([
      ["image-unusable", "modality-missing"],
      ["image-unusable", "modality-missing"],
      ["sample-empty", "sample-skipped"],
    ]);
  });

  test("skip: samples with bad pictures are dropped and named", async () => {
    const { prepared, issues } = await prepare("skip");
    expect(prepared.train.ids).toEqual(["good", "mute"]);
    expect(issues.map(({ where }) => where.split(" ")[0])).toEqual(["broken", "lost"]);
  });

  test("stop: the first bad picture ends it, with its name and a way out", async () => {
    await expect(prepare("stop")).rejects.toThrow(/^(broken|lost) \(.*\): the image/);
  });
});

describe("batches and impairments", () => {
  const split = async () => {
    const samples = Array.from({ length: 40 }, (_, at) => sample(`s${at}`, {}));
    const { prepared } = await prepareDataset({ ...dataset, samples }, PREPARATIONS);
    return prepared.train;
  };
  const rows = Array.from({ length: 40 }, (_, at) => at);

  test("pixels become -1..1; an absent picture is blank", async () => {
    const { prepared } = await prepare("missing");
    const batch = makeBatch(prepared.train, [0, 1]);
    expect(Math.max(...batch.image.data.subarray(0, 48))).toBeCloseTo(1, 6);
    expect(Math.min(...batch.image.data.subarray(0, 48))).toBeCloseTo(-1, 6);
    expect(new Set(batch.image.data.subarray(48))).toEqual(new Set([BLANK]));
  });

  test("wrong inputs are another sample's, however batches are cut", async () => {
    const eight = [...Array(8).keys()];
    const numbered = {
      size: 8,
      ids: eight.map(String),
      images: imagesInMemory([1], Float32Array.from(eight)),
      texts: textFeaturesInMemory(
        1,
        Float32Array.from(eight, (row) => 10 + row),
      ),
      imagePresent: Uint8Array.from(eight, (row) => Number(row !== 0)),
      textPresent: new Uint8Array(8).fill(1),
      targets: Float32Array.from(eight),
    };
    const partners = wrongPartners(numbered.imagePresent, 3, "image");
    expect(partners[0]).toBe(0);
    expect([...partners].sort((a, b) => a - b)).toEqual(eight);
    for (const row of eight.slice(1)) expect(partners[row]).not.toBe(row);
    expect(wrongPartners(Uint8Array.of(0, 1, 0), 3, "text")).toEqual([0, 1, 2]);

    const wrong = await impairedBatch(numbered, eight, { image: "wrong" }, 3);
    expect([...wrong.image.data]).toEqual(partners);
    expect([...wrong.text.data]).toEqual(eight.map((row) => 10 + row));
    expect([...wrong.targets]).toEqual(eight);
    const alone = await impairedBatch(numbered, [4], { image: "wrong" }, 3);
    expect([...alone.image.data]).toEqual([partners[4]]);
  });

  test("corrupted inputs keep their place, and do not depend on the batch", async () => {
    const data = await split();
    const seven = { ...data, imagePresent: data.imagePresent.map((_, row) => Number(row !== 7)) };
    const impairment = {
      image: { corruption: "occlusion", severity: 5 },
      text: { corruption: "typos", severity: 5 },
    } as const;
    const clean = makeBatch(seven, rows);
    const corrupted = await impairedBatch(seven, rows, impairment, 1);
    expect([...corrupted.imagePresent]).toEqual([...clean.imagePresent]);
    expect([...corrupted.textPresent]).toEqual([...clean.textPresent]);
    expect(corrupted.targets).toEqual(clean.targets);
    const pixelsOf = ({ image: { data: pixels } }: typeof clean, at: number) =>
      pixels.slice(at * 48, (at + 1) * 48);
    expect(new Set(pixelsOf(corrupted, 7))).toEqual(new Set([BLANK]));
    const covered = pixelsOf(corrupted, 8).filter((value) => Math.abs(value - 1 / 255) < 1e-6);
    expect(covered).toHaveLength(3 * 9);
    const alone = await impairedBatch(seven, [8], impairment, 1);
    expect(alone.image.data).toEqual(pixelsOf(corrupted, 8));
    const tokens = (batch: typeof clean, at: number): number[] => {
      const { data: ids, length } = batch.text;
      return [...ids.subarray(at * length, (at + 1) * length)].filter((id) => id > 0);
    };
    expect(tokens(alone, 0)).toEqual(tokens(corrupted, 8));
    expect(tokens(alone, 0)).not.toEqual(tokens(clean, 8));
    const other = await impairedBatch(seven, rows, impairment, 2);
    expect(other.image.data).not.toEqual(corrupted.image.data);
    const half = await impairedBatch(seven, rows, { ...impairment, ratio: 0.5 }, 1);
    const same = rows.filter((row) =>
      pixelsOf(half, row).every((v, at) => v === pixelsOf(clean, row)[at]),
    );
    expect(same.length).toBeGreaterThan(10);
    expect(same.length).toBeLessThan(30);
  });

  test("corrupted texts are cut to the length that a model takes, before its closing token", () => {
    const texts = {
      kind: "tokens" as const,
      tokens: [Int32Array.of(1, 5, 2), Int32Array.of(1, 6, 2)],
      ...{ length: 4, special: new Set([1, 2]) },
      retokenize: (_: number, change: (text: string) => string) =>
        Int32Array.of(1, ...Array.from(change("abc"), (letter) => letter.charCodeAt(0)), 2),
    };
    const { tokens } = corruptTexts(texts, [1], { corruption: "ocr", severity: 5 }, 1);
    expect(tokens[0]).toBe(texts.tokens[0]);
    expect(tokens[1]).toHaveLength(4);
    expect([tokens[1]![0], tokens[1]![3]]).toEqual([1, 2]);
  });

  test("corruptions are never taken for features without their inputs", async () => {
    const features = {
      ...{ size: 1, ids: ["a"], targets: Float32Array.of(1) },
      images: imagesInMemory([2], Float32Array.of(1, 2)),
      texts: textFeaturesInMemory(2, Float32Array.of(3, 4)),
      ...{ imagePresent: Uint8Array.of(1), textPresent: Uint8Array.of(1) },
    };
    const image = { corruption: "darkness", severity: 1 } as const;
    await expect(impairedBatch(features, [0], { image }, 1)).rejects.toThrow(/darkness.*features/);
    const text = { corruption: "ocr", severity: 1 } as const;
    await expect(impairedBatch(features, [0], { text }, 1)).rejects.toThrow(/ocr.*features/);
  });

  test("missing means blank, empty and not present", async () => {
    const batch = makeBatch(await split(), rows);
    const none = impair(batch, { image: "missing", text: "missing" }, 1);
    expect(none.image.data.every((value) => value === BLANK)).toBe(true);
    expect(none.text.data.every((token) => token === 0)).toBe(true);
    expect([...none.imagePresent, ...none.textPresent].every((flag) => flag === 0)).toBe(true);
    expect(batch.image.data.some((value) => value !== BLANK)).toBe(true);
  });

  test("noise has the wanted deviation and does not depend on the batch", async () => {
    const data = await split();
    const clean = makeBatch(data, rows);
    const noisy = impair(clean, { image: { noise: 0.5 } }, 1);
    const differences = noisy.image.data.map((value, at) => value - clean.image.data[at]!);
    const variance =
      differences.reduce((sum, value) => sum + value * value, 0) / differences.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
    const alone = impair(makeBatch(data, [7]), { image: { noise: 0.5 } }, 1);
    expect(alone.image.data).toEqual(noisy.image.data.slice(7 * 48, 8 * 48));
    expect(impair(clean, { image: { noise: 0.5 } }, 2).image.data).not.toEqual(noisy.image.data);
  });

  test("dropped tokens leave the others in order, at the front", async () => {
    const batch = makeBatch(await split(), rows);
    const { length } = batch.text;
    const noisy = impair(batch, { text: { drop: 0.5 } }, 1);
    const kept = rows.map((row) =>
      [...noisy.text.data.subarray(row * length, (row + 1) * length)].filter((token) => token > 0),
    );
    const full = [...batch.text.data.subarray(0, length)].filter((token) => token > 0);
    for (const tokens of kept) {
      let at = 0;
      for (const token of full) if (token === tokens[at]) at++;
      expect(at).toBe(tokens.length);
    }
    const share = kept.flat().length / (40 * full.length);
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.65);
  });

  test("the ratio impairs that share, the same samples for larger ratios", async () => {
    const batch = makeBatch(await split(), rows);
    const impaired = (ratio: number) =>
      rows.filter((row) => impair(batch, { image: "missing", ratio }, 1).imagePresent[row] === 0);
    expect(impaired(0)).toEqual([]);
    expect(impaired(1)).toEqual(rows);
    const half = impaired(0.5);
    expect(half.length).toBeGreaterThan(10);
    expect(half.length).toBeLessThan(30);
    expect(impaired(0.8)).toEqual(expect.arrayContaining(half));
  });
});
