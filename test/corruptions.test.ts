/** @module Corruptions in real runs: on request only, for every way to answer, in every table. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { CORRUPTION_NAMES } from "../src/impairments/further.js";
import { ConfigError } from "../src/errors.js";
import type { ProtocolResult, ProtocolRow } from "../src/evaluate/result.js";
import { protocolResult } from "../src/evaluate/schema.js";
import { checkConfig } from "../src/run/config.js";
import { loadRunData } from "../src/run/data.js";
import { RunFolder } from "../src/run/folder.js";
import { Run } from "../src/run/run.js";
import { furtherCases } from "../src/run/further.js";
import { readResults } from "../src/run/results.js";
import { evaluate } from "../src/usecases/evaluate.js";
import { train } from "../src/usecases/train.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { QUICK, quickSettings, writeSquares } from "./support/table.js";

const folder = temporaryFolder();
const plain = join(folder, "plain");
let table = "";

const rowsOf = ({ protocol, aware, published }: ProtocolResult): ProtocolRow[] => [
  ...[protocol, aware, published!],
];

beforeAll(async () => {
  table = await writeSquares(folder);
  // Reds are warm, too: several labels, so that there are thresholds, and rows as published.
  const text = readFileSync(table, "utf8").replace(/,red$/gm, ",red;warm");
  writeFileSync(table, text);
  const quick = quickSettings(table);
  const settings = { ...quick, data: { ...quick.data, labelSeparator: ";" } };
  await train({ settings, origin: "test", store: new RunFolder(plain) });
}, 60_000);

describe("corruptions", () => {
  test("are not measured unless they are asked for; the curve over noise is", async () => {
    const { result } = await readResults(await Run.open(new RunFolder(plain)));
    for (const row of rowsOf(result)) {
      expect(row.corruptions).toBeNull();
      expect(row.noiseCurve!.map(({ strength }) => strength)).toEqual([0.25, 0.5, 1, 2]);
      expect(row.noiseCurve![2]).toMatchObject({
        noise: { image: 1, text: 0.5 },
        imageNoisy: row.scores["image-noisy"],
        textNoisy: row.scores["text-noisy"],
      });
    }
    expect(result.ratios[0]!.imageMissing).toBe(result.protocol.scores.full);
    expect(result.ratios.at(-1)!.textMissing).toBe(result.protocol.scores["text-missing"]);
    expect(readFileSync(join(plain, "report.html"), "utf8")).not.toContain("under corruption");
  });

  test("are measured of the joint answer, the modality-aware one and that as published", async () => {
    const store = new RunFolder(plain);
    const { result } = (await evaluate({ store, evaluation: { corruptions: "all" } })).result;
    for (const row of rowsOf(result)) {
      expect(row.corruptions!.map(({ corruption }) => corruption)).toEqual([...CORRUPTION_NAMES]);
      for (const { severities, average } of row.corruptions!) {
        expect(severities).toHaveLength(5);
        expect(average).toBeCloseTo(severities.reduce((sum, score) => sum + score, 0) / 5, 9);
      }
    }
    // Swapped words are the same words to a bag of them.
    const [joint] = rowsOf(result);
    const found = new Map(joint!.corruptions!.map((one) => [one.corruption, one]));
    for (const score of found.get("word-swap")!.severities) {
      expect(score).toBeCloseTo(joint!.scores.full, 9);
    }
    expect(found.get("darkness")!.average).toBeLessThan(joint!.scores.full);
    // Without the flag, everything else is the same to the bit.
    const { result: before } = await readResults(await Run.open(new RunFolder(plain)));
    expect({ ...result.protocol, corruptions: null }).toEqual(before.protocol);
  }, 60_000);

  test("come as a table of train and its report, of the kinds that are named", async () => {
    const out = join(folder, "some");
    const flags = ["--corruptions", "ocr,occlusion", "--noise-curve", "--label-separator", ";"];
    const done = await balgrad(["train", table, "--out", out, ...QUICK, ...flags]);
    expect(done.code, done.stderr).toBe(0);
    const said = done.stdout;
    expect(said).toMatch(/Average under corruption.*method.*full.*occlusion.*ocr.*avg/s);
    expect(said).toMatch(/robust, as published/);
    expect(said).toContain("Average score by strength of noise");
    const page = readFileSync(join(out, "report.html"), "utf8");
    expect(page).toContain("Average under corruption");
    expect(page).toContain("How much noise?");
    const { result } = await readResults(await Run.open(new RunFolder(out)));
    const names = result.protocol.corruptions!.map(({ corruption }) => corruption);
    expect(names).toEqual(["occlusion", "ocr"]);
  }, 60_000);

  test("are missing in results of older versions, which can still be read", async () => {
    const { result } = await readResults(await Run.open(new RunFolder(plain)));
    const older = structuredClone(result) as unknown as Record<string, Record<string, unknown>>;
    for (const row of ["protocol", "aware", "published"]) {
      delete older[row]!["noiseCurve"];
      delete older[row]!["corruptions"];
    }
    const read = protocolResult.parse(older);
    expect([read.aware.noiseCurve, read.aware.corruptions]).toEqual([null, null]);
  });
});

describe("a setting of corruptions", () => {
  const config = (settings: object, modalities = "both") =>
    checkConfig({ evaluation: settings, data: { source: table, modalities } }, "settings");

  test("means those of the modalities that are used", () => {
    const all = { corruptions: "all" };
    expect(furtherCases(config(all)).corruptions).toEqual(CORRUPTION_NAMES);
    expect(furtherCases(config(all, "image")).corruptions).toEqual([
      ...["gaussian-blur", "jpeg-compression", "occlusion", "darkness"],
    ]);
    expect(furtherCases(config(all, "text")).corruptions).toEqual(["typos", "word-swap", "ocr"]);
    expect(furtherCases(config({})).corruptions).toEqual([]);
  });

  test("is refused where it would change nothing, or names none", async () => {
    expect(() => config({ corruptions: ["typos", "darkness"] }, "text")).toThrow(
      /darkness has no effect where the texts alone are used/,
    );
    expect(() => config({ corruptions: ["rain"] })).toThrow(/evaluation.corruptions/);
    const refused = await balgrad(["train", "--corruptions", table]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("expected all, or a list of gaussian-blur, jpeg-compression");
    expect(refused.stderr).toContain("stand before the flag");
  });

  test.each([
    ["image", "gaussian-blur, jpeg-compression, occlusion, darkness: corruptions act on pictures"],
    ["text", "typos, word-swap, ocr: corruptions act on texts"],
  ] as const)("is refused where the data bring features of the %ss", async (side, words) => {
    const path = join(folder, `${side}.jsonl`);
    const rows = Array.from({ length: 60 }, (_, at) => {
      const id = `${["red", "green", "blue"][at % 3]!}-${Math.floor(at / 3)}`;
      return JSON.stringify({ id, vector: [1, 2, at] });
    });
    writeFileSync(path, rows.join("\n"));
    const features = { [side]: path };
    const data = { source: table, labelSeparator: ";", features };
    const settings = checkConfig({ data, evaluation: { corruptions: "all" } }, "settings");
    const refused = loadRunData(settings);
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(words);
  });
});
