/** @module Samples that look alike stay in one split where splits are drawn, and are reported where they are given. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import { checkDataset, type DataReport } from "../src/check/check.js";
import { type Dataset, SPLITS } from "../src/data/dataset.js";
import { prepareDataset } from "../src/prepare/prepare.js";
import { findLookAlikes, type Look } from "../src/prepare/lookAlikes.js";
import { checkConfig, type RunConfig } from "../src/run/config.js";
import { openData, plainOptions } from "../src/run/data.js";
import { RunFolder } from "../src/run/folder.js";
import { Run } from "../src/run/run.js";
import { randomStream } from "../src/random.js";
import { sealed } from "../src/files/sealed.js";
import { temporaryFolder } from "./support/cli.js";
import { useOwnCache } from "./support/ownCache.js";

const CONTOURS = "0123456789abcdef".repeat(4);

describe("the search", () => {
  const look = (unit: string, print: string | null, text = unit, plain = "none"): Look => ({
    ...{ unit, print, text, plain },
  });
  const print = (start: string, colour = "80"): string =>
    start.padEnd(64, CONTOURS) + colour.repeat(192);

  test("joins near pictures, chains of them too, and not those of another colour", () => {
    const looks = [
      look("d", print("ffffe")),
      look("a", print("00000")),
      look("c", print("fffff")),
      look("b", print("fffff", "ff")),
      look("e", `${"fedcba9876543210".repeat(4)}${"80".repeat(192)}`),
    ];
    const expected = new Map([
      ["c", "c"],
      ["d", "c"],
    ]);
    expect(findLookAlikes(looks)).toEqual({ groups: expected, crowds: [] });
    expect(findLookAlikes(looks.toReversed())).toEqual({ groups: expected, crowds: [] });
    const linked = findLookAlikes([...looks, look("f", print("000ff"))]);
    expect(linked.groups.get("a")).toBe("a");
    expect(linked.groups.get("d")).toBe("a");
  });

  test("joins pictures without contours and missing ones only where the texts are equal, too", () => {
    const { groups } = findLookAlikes([
      look("a", null, "A  cup", "grey"),
      look("b", null, "a cup", "grey"),
      look("c", null, "a cup", "white"),
      look("d", null, "a plate", "grey"),
    ]);
    expect(groups).toEqual(
      new Map([
        ["a", "a"],
        ["b", "a"],
      ]),
    );
  });

  test("a placeholder that many samples share groups only those with the same text", () => {
    const looks = Array.from({ length: 40 }, (_, at) =>
      look(`s${at}`, print("fffff"), at < 2 ? "the same" : `text ${at}`),
    );
    const { groups, crowds } = findLookAlikes(looks);
    expect(crowds.map((units) => units.length)).toEqual([40]);
    expect([...groups]).toEqual([
      ["s0", "s0"],
      ["s1", "s0"],
    ]);
  });
});

describe("data sets", () => {
  useOwnCache();
  const folder = temporaryFolder();
  const CLASSES = ["plain", "doubled", "rare"];

  /** A picture of coloured bars; no two seeds give pictures that are alike. */
  async function drawBars(seed: number): Promise<Buffer> {
    const random = randomStream(seed, "bars");
    const bars = Array.from({ length: 9 }, () => {
      const [x, y, width, height] = [0, 0, 1, 1].map((least) => least * 8 + random.integer(50));
      const colour = [0, 0, 0].map(() => random.integer(256)).join(",");
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="rgb(${colour})"/>`;
    });
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">${bars.join("")}</svg>`;
    return sharp(Buffer.from(svg)).flatten({ background: "#fff" }).png().toBuffer();
  }

  beforeAll(async () => {
    mkdirSync(join(folder, "pictures"));
    const lines: object[] = [];
    const add = (label: string, id: string, bytes: Buffer, ending: string): void => {
      const image = `pictures/${id}.${ending}`;
      writeFileSync(join(folder, image), bytes);
      lines.push({ id, image, text: `text of ${id}`, label });
    };
    for (let at = 0; at < 20; at++) add("plain", `p${at}`, await drawBars(at + 1), "png");
    for (let at = 0; at < 20; at++) {
      const bytes = await drawBars(at + 101);
      add("doubled", `d${at}`, bytes, "png");
      const copy = await sharp(bytes).resize(60, 60).jpeg({ quality: 95 }).toBuffer();
      add("doubled", `d${at}-copy`, copy, "jpg");
    }
    const rare = await drawBars(205);
    for (const id of ["r0", "r1"]) add("rare", id, rare, "png");
    add("rare", "r2", await drawBars(207), "png");
    const write = (name: string, rows: readonly object[]): void => {
      writeFileSync(join(folder, name), rows.map((row) => JSON.stringify(row)).join("\n"));
    };
    write("open.jsonl", lines);
    const given = (at: number) => ({ split: SPLITS[at % 3] });
    write(
      "given.jsonl",
      lines.map((line, at) => ({ ...line, ...given(at) })),
    );
  });

  const settings = (name: string, data: Partial<RunConfig["data"]> = {}): RunConfig =>
    checkConfig({ data: { source: join(folder, name), ...data } }, "test");

  async function report(config: RunConfig): Promise<DataReport> {
    const dataset = await openData(config);
    return checkDataset(dataset, await prepareDataset(dataset, await plainOptions(config)));
  }

  const splitsOf = ({ samples }: Dataset): Map<string, string> =>
    new Map(samples.map(({ id, split }) => [id, split]));

  test("copies never straddle drawn splits, and classes without any keep their draw", async () => {
    let straddling = 0;
    for (const splitSeed of [1, 2, 3]) {
      const grouped = settings("open.jsonl", { splitSeed });
      const apart = settings("open.jsonl", { splitSeed, lookAlikes: "ignore" });
      const together = await report(grouped);
      expect(together.warnings).toEqual([]);
      expect(together.duplicates.filter(({ what }) => what === "image")).toHaveLength(21);
      straddling += (await report(apart)).warnings[0]?.samples ?? 0;
      const [drawn, before] = [splitsOf(await openData(grouped)), splitsOf(await openData(apart))];
      expect(splitsOf(await openData(grouped))).toEqual(drawn);
      for (let at = 0; at < 20; at++) {
        expect(drawn.get(`p${at}`)).toBe(before.get(`p${at}`));
        expect(drawn.get(`d${at}`)).toBe(drawn.get(`d${at}-copy`));
      }
      // Two of its three samples are one: it cannot be in every split.
      expect(["r0", "r1", "r2"].map((id) => drawn.get(id))).toEqual(["train", "train", "train"]);
      for (const split of SPLITS) {
        expect(together.classes[CLASSES[1]!]![split]).toBe(
          { train: 28, validation: 4, test: 8 }[split],
        );
      }
    }
    expect(straddling).toBeGreaterThan(10);
  });

  test("pictures are decoded once, whatever the seed of the splits", async () => {
    const cache = process.env["BALGRAD_CACHE"]!;
    await report(settings("open.jsonl"));
    const before = readdirSync(cache);
    await report(settings("open.jsonl", { splitSeed: 9 }));
    expect(before).toHaveLength(1);
    expect(readdirSync(cache)).toEqual(before);
  });

  test("in given splits they are a warning, and new splits can be drawn", async () => {
    const kept = await report(settings("given.jsonl"));
    expect(kept.fit).toBe(true);
    expect(JSON.parse(JSON.stringify(kept.warnings))).toEqual([
      {
        name: "look-alikes-straddle",
        samples: 21,
        message: expect.stringContaining("data.splits=draw") as string,
      },
    ]);
    const drawn = settings("given.jsonl", { splits: "draw" });
    expect((await report(drawn)).warnings).toEqual([]);
    expect(splitsOf(await openData(drawn))).toEqual(
      splitsOf(await openData(settings("open.jsonl"))),
    );
  });

  test("the same picture with another label is a warning of its own", async () => {
    const rows = readFileSync(join(folder, "open.jsonl"), "utf8").replace(
      /("id":"r1".*)"label":"rare"/,
      '$1"label":"plain"',
    );
    writeFileSync(join(folder, "contradicts.jsonl"), rows);
    const { warnings } = await report(settings("contradicts.jsonl"));
    expect(warnings.map(({ name, samples }) => [name, samples])).toEqual([
      ["labels-contradict", 1],
    ]);
  });

  test("text-only data group equal texts", async () => {
    const lines = Array.from(
      { length: 30 },
      (_, at) => `"Text  ${at >> 1}",${at % 4 < 2 ? "x" : "y"}`,
    );
    writeFileSync(join(folder, "texts.csv"), ["text,label", ...lines].join("\n"));
    const { samples } = await openData(settings("texts.csv", { modalities: "text" }));
    for (let at = 0; at < 30; at += 2) expect(samples[at]!.split).toBe(samples[at + 1]!.split);
  });

  test("a run that was begun without the setting keeps its splits", async () => {
    const run = temporaryFolder();
    const config = settings("open.jsonl");
    const { lookAlikes, ...data } = config.data;
    expect(lookAlikes).toBe("together");
    const kind = { what: "the settings of a run", format: 2, hint: "", editable: true } as const;
    writeFileSync(join(run, "run.json"), sealed({ config: { ...config, data } }, kind));
    const opened = await Run.open(new RunFolder(run));
    expect(opened.config.data.lookAlikes).toBe("ignore");
    const before = await openData(settings("open.jsonl", { lookAlikes: "ignore" }));
    expect(splitsOf(await openData(opened.config))).toEqual(splitsOf(before));
  });
});
