/** @module An exported folder of a from-scratch model, used by nothing but what it says itself. */

import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import { CARD, CARD_FILE } from "../src/predict/card.js";
import type { ClassProbability } from "../src/predict/answer.js";
import { Classifier } from "../src/predict/predict.js";
import type { Question } from "../src/inputs/question.js";
import { readSealed, sealed } from "../src/files/sealed.js";
import { RunFolder } from "../src/run/folder.js";
import { exportRun } from "../src/usecases/export.js";
import { train } from "../src/usecases/train.js";
import { runtime } from "./balance/harness.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { runExample } from "./support/example.js";
import { quickSettings, writeSquares } from "./support/table.js";

const folder = temporaryFolder();
const run = join(folder, "run");
const exported = join(folder, "export");
const picture = join(folder, "transparent.png");
const photo = join(folder, "photo.jpg");

type Probabilities = Readonly<Record<string, number>>;

/** Trains on the squares into a folder. */
function trainHere(table: string, out: string, data: object = {}) {
  const quick = quickSettings(table);
  const settings = { ...quick, data: { ...quick.data, ...data } };
  return train({ settings, origin: "test", store: new RunFolder(out) });
}

beforeAll(async () => {
  const table = await writeSquares(folder);
  await trainHere(table, run);
  const done = await balgrad(["export", run, "--out", exported]);
  expect(done.code, done.stderr).toBe(0);
  const background = { r: 40, g: 60, b: 220, alpha: 0.5 };
  const striped = await sharp({ create: { width: 31, height: 17, channels: 4, background } })
    .composite([
      {
        input: { create: { width: 9, height: 9, channels: 3, background: "#20c040" } },
        left: 3,
        top: 5,
      },
    ])
    .png()
    .toBuffer();
  writeFileSync(picture, striped);
  await sharp(striped).flatten().resize(90, 70, { fit: "fill" }).jpeg().toFile(photo);
}, 120_000);

describe("the README's example", () => {
  let classifier: Classifier;
  beforeAll(async () => {
    classifier = await Classifier.load(exported, runtime);
  });

  const answer = async (image: string, text: string): Promise<Probabilities> => {
    const question: Question = {
      ...(image !== "" && { image: { kind: "file", path: image } as const }),
      ...(text !== "" && { text }),
    };
    const predictions = await classifier.classify(question);
    return Object.fromEntries(predictions.map(({ label, probability }) => [label, probability]));
  };

  test.each([
    ["a picture and a text", picture, "a Blue thing, naïve ﬁsh 😀 x2=3.14", 6],
    ["a picture alone", picture, "", 6],
    ["a text alone", "", "красный red RED green", 6],
    ["a photo, which is scaled otherwise", photo, "a blue thing", 0],
  ] as const)("answers like the classifier: %s", async (_, image, text, digits) => {
    const found = JSON.parse(runExample(exported, [image, text])) as Probabilities;
    const expected = await answer(image, text);
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
    for (const [label, p] of Object.entries(expected)) expect(found[label]).toBeCloseTo(p, digits);
  });

  test("gives the ids of the test vectors", () => {
    const { test_vectors: vectors } = JSON.parse(
      readFileSync(join(exported, "text_hashing.json"), "utf8"),
    ) as { test_vectors: { text: string; ids: number[] }[] };
    expect(vectors.filter(({ ids }) => ids.length > 0).length).toBeGreaterThan(5);
    const texts = JSON.stringify(vectors.map(({ text }) => text));
    const print = `\nconsole.log(JSON.stringify(${texts}.map((text) => [...words(text).data])));\n`;
    const ids = JSON.parse(
      runExample(exported, ["", "red"], print).trim().split("\n")[1]!,
    ) as number[][];
    expect(ids).toEqual(vectors.map((one) => (one.ids.length > 0 ? one.ids : [0])));
  });
});

describe("a classifier", () => {
  test("gives equal answers from the run, its model and its export", async () => {
    const question: Question = { image: { kind: "file", path: picture }, text: "a red thing" };
    const [first, ...others] = await Promise.all(
      [run, join(run, "model"), exported].map(async (place): Promise<ClassProbability[]> => {
        const classifier = await Classifier.load(place, runtime);
        const both = await classifier.answer(question);
        const alone = await classifier.answer({ text: "green" });
        await classifier.release();
        return [both, alone].flatMap(({ predictions }) => predictions);
      }),
    );
    for (const other of others) {
      expect(other.map(({ label }) => label)).toEqual(first!.map(({ label }) => label));
      other.forEach(({ probability }, at) => {
        expect(probability).toBeCloseTo(first![at]!.probability, 6);
      });
    }
  });

  test("warns of a text without a word, and answers all the same", async () => {
    const classifier = await Classifier.load(exported, runtime);
    const image = { kind: "file", path: picture } as const;
    const withNone = await classifier.answer({ image });
    const withDots = await classifier.answer({ image, text: "?! ..." });
    expect(withDots.predictions).toEqual(withNone.predictions);
    expect(withDots.warnings).toContain("The text has no word in it; it counts as missing.");
    // A striped picture, where the training pictures have one colour.
    const striped = "The image is unlike the images that the model was trained on.";
    expect(withNone.warnings).toEqual([striped]);
    const { warnings, predictions } = await classifier.answer({ text: "😀 😀" });
    expect(warnings).toContainEqual(expect.stringContaining("symbols and no word"));
    expect(predictions).toHaveLength(3);
    // The training texts name colours alone.
    const unlike = "The text is unlike the texts that the model was trained on.";
    expect((await classifier.answer({ text: "naïve" })).warnings).toEqual([unlike]);
    await expect(classifier.answer({})).rejects.toThrow("neither an image nor a text");
    await classifier.release();
  });
});

test("a batch gives the answers that its questions get one by one", async () => {
  const classifier = await Classifier.load(exported, runtime);
  const questions: Question[] = [
    { image: picture, text: "a red thing" },
    { text: "green" },
    { image: photo },
    { image: photo, text: "something blue, and a good deal more than in the other texts" },
  ];
  const many = await classifier.answerMany(questions);
  expect(many.map(({ decidedBy }) => decidedBy)[1]).toBe("text");
  expect(many.map(({ decidedBy }) => decidedBy)[2]).toBe("image");
  for (const [at, question] of questions.entries()) {
    const one = await classifier.answer(question);
    const { predictions, sure, ...rest } = many[at]!;
    expect({ ...rest, labels: predictions.map(({ label }) => label) }).toEqual({
      ...{ decidedBy: one.decidedBy, unusual: one.unusual, warnings: one.warnings },
      labels: one.predictions.map(({ label }) => label),
    });
    expect(sure).toBeCloseTo(one.sure, 5);
    expect(sure).toBe(predictions[0]!.probability);
  }
  expect(await classifier.answerMany([])).toEqual([]);
  await expect(classifier.answerMany([questions[0]!, {}])).rejects.toThrow("neither an image nor");
  await classifier.release();
});

test("predict takes an export, obeys --top with --json, and says what is doubtful", async () => {
  const done = await balgrad(["predict", exported, "--text", "...", "--top", "2", "--json"]);
  expect(done.code, done.stderr).toBe(0);
  const { predictions, warnings, ...about } = JSON.parse(done.stdout) as Record<string, unknown[]>;
  expect(predictions).toHaveLength(2);
  expect(about).toEqual({ decidedBy: "none", unusual: [], sure: expect.any(Number) as number });
  expect(warnings).toEqual(["The text has no word in it; it counts as missing."]);
  expect(done.stderr).toContain("warning: The text has no word in it");
  expect(existsSync(join(exported, "preprocessor_config.json"))).toBe(true);
});

test("the export of a model of images alone takes no text, as the run's own model does", async () => {
  const [alone, out] = [join(folder, "images"), join(folder, "images-export")];
  const table = join(folder, "squares.csv");
  await trainHere(table, alone, { modalities: "image" });
  await exportRun({ store: new RunFolder(alone), out: new RunFolder(out) });
  for (const place of [alone, out]) {
    const classifier = await Classifier.load(place, runtime);
    const refused = classifier.answer({ text: "a red thing" });
    await expect(refused).rejects.toThrow("trained on images alone; it takes no text");
    await classifier.release();
  }
  expect(readFileSync(join(out, "README.md"), "utf8")).toContain("trained on images alone");
});

test("a run of an older version, whose gate looks at the answers alone, is exported as it answers", async () => {
  const [older, out] = [join(folder, "older"), join(folder, "older-export")];
  cpSync(run, older, { recursive: true });
  const path = join(older, "model", CARD);
  const card = await readSealed(path, CARD_FILE);
  const { mean, scale, weights, bias } = card.aware.gate;
  const first = (values: readonly number[]): number[] => values.slice(0, 4);
  const gate = { mean: first(mean), scale: first(scale), weights: weights.map(first), bias };
  const aware = { ...card.aware, gate, unusual: null };
  writeFileSync(path, sealed({ ...card, aware }, CARD_FILE));
  await exportRun({ store: new RunFolder(older), out: new RunFolder(out) });
  const classifier = await Classifier.load(out, runtime);
  const question: Question = { image: { kind: "file", path: picture }, text: "a red thing" };
  const found = JSON.parse(runExample(out, [picture, "a red thing"])) as Probabilities;
  for (const { label, probability } of await classifier.classify(question)) {
    expect(found[label]).toBeCloseTo(probability, 6);
  }
  await classifier.release();
});
