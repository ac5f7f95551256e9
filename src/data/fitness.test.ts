import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import { prepareDataset } from "../prepare/prepare.js";
import { scratchImages } from "../prepare/images/decode.js";
import { hashedText } from "../prepare/text.js";
import { ConfigError } from "../errors.js";
import { dataConfig } from "./config.js";
import { unfitness } from "./fitness.js";
import { openDataset } from "./open.js";
import { shown } from "../../test/support/words.js";

const folder = mkdtempSync(join(tmpdir(), "balgrad-fitness-"));
process.env["BALGRAD_CACHE"] = join(folder, "cache");

beforeAll(async () => {
  mkdirSync(join(folder, "img"));
  for (let at = 0; at < 60; at++) {
    const background = { r: 4 * at, g: 9, b: 30 };
    const picture = sharp({ create: { width: 20, height: 20, channels: 3, background } });
    await picture.png().toFile(join(folder, `img/${at}.png`));
    writeFileSync(join(folder, `img/broken${at}.png`), "no picture");
  }
});

let tables = 0;

/** Reads a table of sixty rows and says why it cannot be trained on: before, and after encoding. */
async function reasonsOf(
  image: (at: number) => unknown,
  text: (at: number) => unknown,
  settings: object = {},
): Promise<{ reason: string; hint?: string }[][]> {
  const source = join(folder, `${++tables}.jsonl`);
  const row = (at: number) =>
    JSON.stringify({ image: image(at), text: text(at), label: `c${at % 2}` });
  writeFileSync(source, Array.from({ length: 60 }, (_, at) => row(at)).join("\n"));
  const columns = { columns: { image: "image", text: "text", label: "label" } };
  const dataset = await openDataset(dataConfig.parse({ source, ...columns, ...settings }));
  const { yields } = await prepareDataset(dataset, {
    image: scratchImages(20),
    text: hashedText({ buckets: 64, maxTokens: 16 }),
  });
  return [unfitness(dataset), unfitness(dataset, yields)].map((all) =>
    all.map(({ reason, hint }) => ({
      reason: shown(reason),
      ...(hint !== undefined && { hint: shown(hint) }),
    })),
  );
}

const here = (at: number) => `img/${at}.png`;
const words = (at: number) => `a picture ${at}`;
const none = () => null;

describe("a column of which nearly nothing can be read", () => {
  test("58 of 60 paths lead nowhere: counts, the first, and the flag that helps", async () => {
    const [before, after] = await reasonsOf((at) => (at < 58 ? `${at}.png` : here(at)), words);
    expect(before).toEqual([
      {
        reason: `58 of 60 filled cells of the column "image" of ${tables}.jsonl give no picture: there are no such files (the first: ${join(folder, `${tables}.jsonl`)}:1: "0.png")`,
        hint: `The files are in ${join(folder, "img")}: add --images ${join(folder, "img")}`,
      },
    ]);
    expect(after).toEqual(before);
  });

  test("three of 60 are enough, empty cells do not count", async () => {
    const three = (at: number) => (at % 20 ? `x${at}.png` : here(at));
    expect(await reasonsOf(three, words)).toEqual([[], []]);
    expect(await reasonsOf((at) => (at < 30 ? here(at) : null), words)).toEqual([[], []]);
  });

  test("pictures that are there and cannot be decoded show after encoding", async () => {
    const [before, after] = await reasonsOf((at) => `img/broken${at}.png`, words);
    expect(before).toEqual([]);
    expect(after).toHaveLength(1);
    expect(after![0]!.reason).toContain("60 of 60 pictures cannot be used: ");
    expect(after![0]!.reason).toContain("broken0.png");
  });

  test("half missing, half broken: none is left", async () => {
    const half = (at: number) => (at % 2 ? `img/broken${at}.png` : `x${at}.png`);
    const [before, after] = await reasonsOf(half, words);
    expect(before).toEqual([]);
    expect(after![0]!.reason).toContain("60 of 60 pictures cannot be used");
  });

  test("objects for texts, and texts without a word", async () => {
    const [objects] = await reasonsOf(here, () => ({ en: "a" }));
    expect(objects![0]!.reason).toContain('column "text"');
    expect(objects![0]!.reason).toContain("give no text: the cells hold objects");
    expect(objects![0]!.hint).toContain("--text-column");
    const [before, dots] = await reasonsOf(here, () => "...");
    expect(before).toEqual([]);
    expect(dots![0]!.reason).toContain("60 of 60 texts cannot be used: the text has no word");
  });
});

describe("one modality alone", () => {
  test.each([
    ["image", none, words, "text"],
    ["text", here, none, "image"],
  ] as const)("no %s in training has to be asked for", async (side, image, text, other) => {
    const [before, after] = await reasonsOf(image, text);
    expect(before).toHaveLength(1);
    expect(before![0]!.reason).toMatch(/^no sample of the training split has an? (image|text)$/);
    expect(before![0]!.reason).toContain(side);
    expect(before![0]!.hint).toContain(`--${other}-only`);
    expect(after).toEqual(before);
    expect(await reasonsOf(image, text, { modalities: other, columns: {} })).toEqual([[], []]);
  });

  test("what is not used is not read: neither cells nor features nor trouble with them", async () => {
    const source = join(folder, "odd.jsonl");
    const rows = Array.from({ length: 20 }, (_, at) =>
      JSON.stringify({ image: { odd: at }, text: words(at), label: at % 2 }),
    );
    writeFileSync(source, rows.join("\n"));
    const texts = await openDataset(dataConfig.parse({ source, modalities: "text" }));
    expect(texts.samples.every(({ image }) => image === null)).toBe(true);
    expect(texts.issues.filter(({ kind }) => kind.startsWith("image"))).toEqual([]);
    const emoji = await openDataset(dataConfig.parse({ modalities: "image" }));
    expect(emoji.samples.every(({ image, text }) => image !== null && text === null)).toBe(true);
  });

  test.each([
    ["data.columns.image", { columns: { image: "image" } }],
    ["data.images", { images: "." }],
    ["data.features.image", { features: { image: "x.npy" } }],
  ])("%s is refused where the texts alone are used", async (flag, settings) => {
    const config = dataConfig.parse({ source: "x.csv", modalities: "text", ...settings });
    const opened = openDataset(config);
    await expect(opened).rejects.toThrow(`${flag} has no effect with data.modalities=text`);
    await expect(opened).rejects.toBeInstanceOf(ConfigError);
  });
});
