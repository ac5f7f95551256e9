/** @module `balgrad diagnose` on real runs: pictures and texts, and features. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import { attribute, REGIONS } from "../../src/diagnose/occlusion.js";
import type { Question } from "../../src/inputs/question.js";
import { Classifier } from "../../src/predict/predict.js";
import type { RunResult } from "../../src/run/experiment.js";
import { RunFolder } from "../../src/run/folder.js";
import { diagnose, type DiagnoseResult } from "../../src/usecases/diagnose.js";
import { runtime } from "../balance/harness.js";
import { balgrad, temporaryFolder } from "../support/cli.js";
import { writeFeatures } from "../support/features.js";
import { QUICK, writeSquares } from "../support/table.js";

const folder = temporaryFolder();
const run = join(folder, "run");

beforeAll(async () => {
  const table = await writeSquares(folder);
  const epochs = ["--epochs", "12"];
  const done = await balgrad([
    "train",
    table,
    ...QUICK,
    ...epochs,
    "--method",
    "balgrad",
    "--out",
    run,
  ]);
  expect(done.code, done.stderr).toBe(0);
}, 120_000);

const json = (stdout: string) => JSON.parse(stdout) as DiagnoseResult;

describe("a run on pictures and texts", () => {
  test("is diagnosed with the figures of its results", async () => {
    const store = new RunFolder(run);
    const { figures, samples, diagnosis, tested } = await diagnose({ store, samples: 1000 });
    const kept = readFileSync(join(run, "results.json"), "utf8");
    const { result } = JSON.parse(kept) as Pick<RunResult, "result">;
    const { scores } = result.aware;
    expect(figures["text-missing"]).toBe(scores["text-missing"]);
    expect(figures["text-missing-drop"]).toBeCloseTo(scores.full - scores["text-missing"], 10);
    expect(tested).toBe(diagnosis.classes.reduce((sum, one) => sum + one.samples, 0));
    expect(samples).toHaveLength(tested);
    // The answers to single samples are those that the score counts.
    const right = samples.filter(
      ({ answers, truth }) => answers["text-missing"].labels[0] === truth[0],
    );
    expect((100 * right.length) / tested).toBeCloseTo(scores["text-missing"], 10);
    expect(samples.every(({ attribution }) => attribution!.words!.length === 5)).toBe(true);
  });

  test("is told in words, and ends with 7 where a condition holds", async () => {
    const conditions = ["--fail-if", "full<=100", "--fail-if", "full<0"];
    const { code, stdout, stderr } = await balgrad([
      "diagnose",
      run,
      ...conditions,
      "--samples",
      "0",
    ]);
    expect(code).toBe(7);
    expect(stderr).toContain("failed: full<=100");
    expect(stderr).not.toContain("failed: full<0");
    expect(stdout).toContain("balgrad on squares");
    expect(stdout).toContain("The gradients of the task and of the balance term conflicted in");
    expect(stdout).toContain("What each impairment costs");
    expect(stdout).not.toContain("Samples, the worst first");
    const quiet = await balgrad(["diagnose", run, "--fail-if", "full<0", "--samples", "0"]);
    expect(quiet.code, quiet.stderr).toBe(0);
  });

  test("is diagnosed on validation, too, with a page", async () => {
    const page = join(folder, "diagnosis.html");
    const more = ["--split", "validation", "--samples", "1", "--html", page];
    const { code, stdout } = await balgrad(["diagnose", run, ...more]);
    expect(code).toBe(0);
    expect(stdout).toContain("samples of the validation split");
    expect(stdout).toContain("what mattered for");
    expect(stdout).toContain(`Page: ${page}`);
    expect(readFileSync(page, "utf8").match(/<img src="data:image\/png/g)).toHaveLength(1);
  });

  test("mistakes are named before anything is read", async () => {
    const wrong = await balgrad(["diagnose", run, "--fail-if", "text-mising-drop>2"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('there is no figure "text-mising-drop"');
    const none = await balgrad(["diagnose", join(folder, "nothing")]);
    expect(none.code).toBe(2);
    expect(none.stderr).not.toContain(" at ");
  });
});

describe("what mattered", () => {
  test("is the word that tells the class, and the region that has its colour", async () => {
    const classifier = await Classifier.load(run, runtime);
    const attributionOf = async (question: Question) =>
      attribute(classifier, question, await classifier.prepare(question));
    const ofText = await attributionOf({ text: "a blue thing" });
    expect(ofText.label).toBe("blue");
    expect(ofText.regions).toBeNull();
    const words = [...ofText.words!].sort((a, b) => b.weight - a.weight);
    expect(words[0]!.name).toBe("blue");
    expect(words[0]!.weight).toBeGreaterThan(0.3);
    const red = {
      input: { create: { width: 16, height: 16, channels: 3 as const, background: "#e02828" } },
    };
    const picture = await sharp({
      create: { width: 32, height: 32, channels: 3, background: "#808080" },
    })
      .composite([{ ...red, left: 8, top: 16 }])
      .png()
      .toBuffer();
    const ofPicture = await attributionOf({ image: new Uint8Array(picture) });
    expect(ofPicture.words).toBeNull();
    expect(ofPicture.regions).toHaveLength(REGIONS * REGIONS);
    const marked = ["3,2", "3,3", "4,2", "4,3"];
    const mean = (isMarked: boolean): number => {
      const own = ofPicture.regions!.filter(({ name }) => marked.includes(name) === isMarked);
      return own.reduce((sum, { weight }) => sum + Math.abs(weight), 0) / own.length;
    };
    expect(mean(true)).toBeGreaterThan(3 * mean(false));
    await classifier.release();
  });
});

describe("other runs", () => {
  test("on features have no words and no regions", async () => {
    const features = writeFeatures(temporaryFolder());
    const out = join(temporaryFolder(), "features");
    const quick = ["--epochs", "2", "--embed", "8", "--batch-size", "32"];
    const done = await balgrad(["train", ...features, ...quick, "--out", out]);
    expect(done.code, done.stderr).toBe(0);
    const { code, stdout, stderr } = await balgrad(["diagnose", out, "--json", "--samples", "1"]);
    expect(code, stderr).toBe(0);
    expect(json(stdout).samples[0]!.attribution).toMatchObject({ words: null, regions: null });
  });

  test("of one modality are refused", async () => {
    const out = join(temporaryFolder(), "texts");
    const one = ["--text-only", "--method", "text-only"];
    const done = await balgrad([
      "train",
      join(folder, "squares.csv"),
      ...QUICK,
      ...one,
      "--out",
      out,
    ]);
    expect(done.code, done.stderr).toBe(0);
    const { code, stderr } = await balgrad(["diagnose", out]);
    expect(code).toBe(2);
    expect(stderr).toContain("trained on texts alone");
  });
});
