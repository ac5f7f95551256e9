/** @module Features that are made shard by shard are those that are made at once, byte by byte. */

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, expect, test } from "vitest";

import { extractFeatures } from "../../src/encode/features/extract.js";
import { frozenEncoders } from "../../src/inputs/data.js";
import { openInputs } from "../../src/inputs/open.js";
import { atTheirPlaces, numbersIn, rangesOf, shardsOf } from "../../src/jobs/shards.js";
import { featureFolder } from "../../src/prepare/cache.js";
import { prepareDataset } from "../../src/prepare/prepare.js";
import { checkConfig } from "../../src/run/config.js";
import { openData, prepareOptions } from "../../src/run/data.js";
import { extractionOf } from "../../src/run/extraction.js";
import { temporaryFolder } from "../support/cli.js";
import { writeSquares } from "../support/table.js";

const encoder = (name: string): string =>
  fileURLToPath(new URL(`../encoders/exports/${name}`, import.meta.url));

const folder = temporaryFolder();
let table: string;
beforeAll(async () => {
  table = await writeSquares(folder, 250);
  // A sample that cannot be used, in the middle: those behind it move up.
  const lines = readFileSync(table, "utf8").trimEnd().split("\n");
  lines.splice(100, 0, "lost,pictures/lost.png,,red");
  writeFileSync(table, `${lines.join("\n")}\n`);
});
afterAll(() => {
  delete process.env["BALGRAD_CACHE"];
});

const freshCache = (): void => {
  process.env["BALGRAD_CACHE"] = mkdtempSync(join(folder, "cache-"));
};

/** The files of features that are in the cache, by name. */
const features = (): Map<string, string> =>
  new Map(
    readdirSync(featureFolder())
      .sort()
      .map((name) => [name, readFileSync(join(featureFolder(), name)).toString("base64")]),
  );

test("shards make the files that one process makes", async () => {
  const config = checkConfig(
    {
      data: { source: table, lookAlikes: "ignore" },
      model: {
        image: { type: "pretrained", encoder: encoder("vit") },
        text: { type: "pretrained", encoder: encoder("bert") },
      },
      evaluation: { noiseCurve: true },
    },
    "test",
  );
  freshCache();
  const dataset = await openData(config);
  const inputs = await openInputs(config);
  const options = prepareOptions(config, inputs);
  const whole = await prepareDataset(dataset, options);
  const extraction = extractionOf(config, config.evaluation.split);
  await extractFeatures(whole.prepared, frozenEncoders(inputs), extraction);
  const expected = features();
  freshCache();
  const shards = [...shardsOf(dataset, whole)];
  expect(shards.length).toBeGreaterThan(3);
  for (const shard of shards) {
    const samples = numbersIn(shard.samples).map((at) => dataset.samples[at]!);
    const part = await prepareDataset({ ...dataset, samples }, { ...options, cache: false });
    const placed = atTheirPlaces(part.prepared, shard);
    await extractFeatures(placed, frozenEncoders(inputs), extraction);
  }
  expect(shards.flatMap(({ samples }) => numbersIn(samples))).toHaveLength(750);
  expect(features()).toEqual(expected);
});

test("ranges hold ascending numbers", () => {
  const numbers = [0, 1, 2, 5, 7, 8];
  expect(rangesOf(numbers)).toEqual([
    [0, 3],
    [5, 6],
    [7, 9],
  ]);
  expect(numbersIn(rangesOf(numbers))).toEqual(numbers);
  expect(numbersIn(rangesOf([]))).toEqual([]);
});
