/** @module Impaired batches: what happens to which samples, however batches are cut. */

import { beforeAll, describe, expect, test } from "vitest";

import { type Batch, BLANK, makeBatch } from "../prepare/batch.js";
import { scratchImages } from "../prepare/images/decode.js";
import { prepareDataset } from "../prepare/prepare.js";
import { imagesInMemory, type PreparedSplit, textFeaturesInMemory } from "../prepare/prepared.js";
import { hashedText } from "../prepare/text.js";
import { impair, impairedBatch, wrongPartners } from "./apply.js";
import { corruptTexts } from "./corrupt.js";
import { darkness } from "./corruptions/darkness.js";
import { occlusion } from "./corruptions/occlusion.js";
import { ocr } from "./corruptions/ocr.js";
import { typos } from "./corruptions/typos.js";
import { at } from "./impairment.js";
import { droppedTokens, gaussianNoise } from "./noisy.js";

const rows = Array.from({ length: 40 }, (_, row) => row);
let data: PreparedSplit;

/** A red picture, twice as wide as high, in a square of 4 pixels, forty times. */
beforeAll(async () => {
  const pixels = Uint8Array.from({ length: 3 * 8 }, (_, place) => (place % 3 === 0 ? 255 : 0));
  const samples = rows.map((row) => ({
    id: `s${row}`,
    image: { kind: "pixels", pixels, width: 4, height: 2 } as const,
    text: "a text",
    labels: [0],
    split: "train" as const,
  }));
  const classes = ["a", "b"];
  const { prepared } = await prepareDataset(
    { name: "test", labelKind: "single-label", classes, samples, issues: [] },
    { image: scratchImages(4), text: hashedText({ buckets: 100, maxTokens: 64 }) },
  );
  data = prepared.train;
});

describe("impaired batches", () => {
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
    const seven = { ...data, imagePresent: data.imagePresent.map((_, row) => Number(row !== 7)) };
    const impaired = { image: at(occlusion, 5), text: at(typos, 5) };
    const clean = makeBatch(seven, rows);
    const corrupted = await impairedBatch(seven, rows, impaired, 1);
    expect([...corrupted.imagePresent]).toEqual([...clean.imagePresent]);
    expect([...corrupted.textPresent]).toEqual([...clean.textPresent]);
    expect(corrupted.targets).toEqual(clean.targets);
    const pixelsOf = ({ image: { data: pixels } }: Batch, at: number) =>
      pixels.slice(at * 48, (at + 1) * 48);
    expect(new Set(pixelsOf(corrupted, 7))).toEqual(new Set([BLANK]));
    const covered = pixelsOf(corrupted, 8).filter((value) => Math.abs(value - 1 / 255) < 1e-6);
    expect(covered).toHaveLength(3 * 9);
    const alone = await impairedBatch(seven, [8], impaired, 1);
    expect(alone.image.data).toEqual(pixelsOf(corrupted, 8));
    const tokens = (batch: Batch, at: number): number[] => {
      const { data: ids, length } = batch.text;
      return [...ids.subarray(at * length, (at + 1) * length)].filter((id) => id > 0);
    };
    expect(tokens(alone, 0)).toEqual(tokens(corrupted, 8));
    expect(tokens(alone, 0)).not.toEqual(tokens(clean, 8));
    const other = await impairedBatch(seven, rows, impaired, 2);
    expect(other.image.data).not.toEqual(corrupted.image.data);
    const half = await impairedBatch(seven, rows, { ...impaired, ratio: 0.5 }, 1);
    const same = rows.filter((row) =>
      pixelsOf(half, row).every((v, place) => v === pixelsOf(clean, row)[place]),
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
    const { tokens } = corruptTexts(texts, [1], at(ocr, 5), 1);
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
    const image = at(darkness, 1);
    await expect(impairedBatch(features, [0], { image }, 1)).rejects.toThrow(/darkness.*features/);
    const text = at(ocr, 1);
    await expect(impairedBatch(features, [0], { text }, 1)).rejects.toThrow(/ocr.*features/);
  });

  test("missing means blank, empty and not present", () => {
    const batch = makeBatch(data, rows);
    const none = impair(batch, { image: "missing", text: "missing" }, 1);
    expect(none.image.data.every((value) => value === BLANK)).toBe(true);
    expect(none.text.data.every((token) => token === 0)).toBe(true);
    expect([...none.imagePresent, ...none.textPresent].every((flag) => flag === 0)).toBe(true);
    expect(batch.image.data.some((value) => value !== BLANK)).toBe(true);
  });

  test("noise has the wanted deviation and does not depend on the batch", () => {
    const clean = makeBatch(data, rows);
    const noisy = impair(clean, { image: at(gaussianNoise, 0.5) }, 1);
    const differences = noisy.image.data.map((value, at) => value - clean.image.data[at]!);
    const variance =
      differences.reduce((sum, value) => sum + value * value, 0) / differences.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
    const alone = impair(makeBatch(data, [7]), { image: at(gaussianNoise, 0.5) }, 1);
    expect(alone.image.data).toEqual(noisy.image.data.slice(7 * 48, 8 * 48));
    expect(impair(clean, { image: at(gaussianNoise, 0.5) }, 2).image.data).not.toEqual(
      noisy.image.data,
    );
  });

  test("dropped tokens leave the others in order, at the front", () => {
    const batch = makeBatch(data, rows);
    const { length } = batch.text;
    const noisy = impair(batch, { text: at(droppedTokens, 0.5) }, 1);
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

  test("the ratio impairs that share, the same samples for larger ratios", () => {
    const batch = makeBatch(data, rows);
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
