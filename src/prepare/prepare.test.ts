import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import type { Dataset, Sample } from "../data/dataset.js";
import { BLANK, makeBatch } from "./batch.js";
import { prepareDataset } from "./prepare.js";
import { decodeImage, scratchImages } from "./images/decode.js";
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

describe("batches", () => {
  test("pixels become -1..1; an absent picture is blank", async () => {
    const { prepared } = await prepare("missing");
    const batch = makeBatch(prepared.train, [0, 1]);
    expect(Math.max(...batch.image.data.subarray(0, 48))).toBeCloseTo(1, 6);
    expect(Math.min(...batch.image.data.subarray(0, 48))).toBeCloseTo(-1, 6);
    expect(new Set(batch.image.data.subarray(48))).toEqual(new Set([BLANK]));
  });
});
