/** @module Predictions of whole tables and folders, through the real command line. */

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { beforeAll, describe, expect, test } from "vitest";

import type { Draft } from "../src/data/drafts.js";
import { answerSamples, BATCH } from "../src/predict/many/samples.js";
import { Classifier } from "../src/predict/predict.js";
import { sealed } from "../src/files/sealed.js";
import { RunFolder } from "../src/run/folder.js";
import { nodeRuntime } from "../src/runtime/node.js";
import type { PredictEvent } from "../src/usecases/events.js";
import { Interrupted } from "../src/usecases/interrupted.js";
import { predictMany } from "../src/usecases/predictMany.js";
import { train } from "../src/usecases/train.js";
import { balgrad, MAIN, temporaryFolder } from "./support/cli.js";
import { quickSettings, writeSquares } from "./support/table.js";

const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
const run = file("run");
const runtime = nodeRuntime({ threads: 1 });

/** Rows without labels: whole ones, ones without picture or text, with a broken picture, a lost one, and nothing. */
const ROWS = [
  "1,pictures/red-1.png,a red thing",
  "2,pictures/green-2.png,",
  "3,,a blue thing",
  "4,pictures/broken.png,a green thing",
  "5,pictures/none.png,a red thing",
  "6,,",
  "7,pictures/blue-3.png,a blue thing",
];
const table = file("test.csv");

interface Line {
  readonly id: string;
  readonly label: string;
  readonly sure: number;
  readonly decidedBy: string;
  readonly unusual: readonly string[];
  readonly missing: readonly string[];
  readonly warnings: readonly string[];
  readonly predictions?: readonly { readonly label: string; readonly probability: number }[];
  readonly probabilities?: Readonly<Record<string, number>>;
}

const linesOf = (text: string): Line[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

const many = (source: string, out: string, more: object = {}) =>
  predictMany({
    ...{ settings: { data: { source } }, origin: "test", folder: run, to: { file: out } },
    ...more,
  });

const readParquet = async (path: string): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({ file: await asyncBufferFromFile(path), compressors });

const unfinished = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".part"));

beforeAll(async () => {
  const squares = await writeSquares(folder);
  const quick = quickSettings(squares);
  const settings = { ...quick, train: { ...quick.train, epochs: 8 } };
  await train({ settings, origin: "test", store: new RunFolder(run) });
  writeFileSync(file("pictures/broken.png"), "\u0089PNG, cut off");
  writeFileSync(table, `id,image,text\n${ROWS.join("\n")}\n`);
});

describe("a table without labels", () => {
  let lines: Line[] = [];
  let stderr = "";
  beforeAll(async () => {
    const done = await balgrad(["predict", run, table, "--json", "--top", "2", "--probabilities"]);
    expect(done.code, done.stderr).toBe(0);
    [lines, stderr] = [linesOf(done.stdout), done.stderr];
  });

  test("answers every row, in order, and says who decided and what is missing", () => {
    expect(lines.map(({ id, missing }) => [id, missing.join()])).toEqual([
      ["1", ""],
      ["2", "text"],
      ["3", "image"],
      ["4", "image"],
      ["5", "image"],
      ["6", "image,text"],
      ["7", ""],
    ]);
    expect(lines.slice(1, 6).map(({ decidedBy }) => decidedBy)).toEqual([
      ...["image", "text", "text", "text", "none"],
    ]);
    expect(lines[3]!.warnings[0]).toMatch(/^The image cannot be used: .*\.$/);
    expect(lines[4]!.warnings[0]).toBe("The image cannot be used: the image file does not exist.");
    expect(lines[2]!.warnings).toEqual([]);
  });

  test("the answers are those that a program gets one by one", async () => {
    const classifier = await Classifier.load(run, runtime);
    const questions = [
      { image: file("pictures/red-1.png"), text: "a red thing" },
      { image: file("pictures/green-2.png") },
      { text: "a blue thing" },
      { text: "a green thing" },
    ];
    for (const [at, question] of questions.entries()) {
      const { predictions, decidedBy, sure, unusual } = await classifier.answer(question);
      const line = lines[at]!;
      expect({ ...line, sure: null }).toMatchObject({
        ...{ label: predictions[0]!.label, decidedBy, unusual },
        predictions: predictions.slice(0, 2).map(({ label }) => ({ label })),
      });
      expect(line.sure).toBeCloseTo(sure, 4);
      expect(Object.keys(line.probabilities!).sort()).toEqual(["blue", "green", "red"]);
      for (const { label, probability } of predictions) {
        expect(line.probabilities![label]).toBeCloseTo(probability, 4);
      }
    }
    await classifier.release();
  });

  test("counts what became of the rows on standard error", () => {
    expect(stderr).toContain("test.csv: 7 answers to 7 samples");
    expect(stderr).toContain("4 without image, 2 without text");
    expect(stderr).toContain("2 of them with a picture that cannot be used");
    expect(stderr).toContain("1 without either");
    expect(stderr).toContain("5: the image file does not exist");
  });

  test("CSV and Parquet have the same answers, and --out leaves nothing else behind", async () => {
    const csv = await balgrad(["predict", run, table, "--out", file("a.csv"), "--top", "1"]);
    expect(csv.code, csv.stderr).toBe(0);
    expect(csv.stdout).toContain("7 answers to 7 samples");
    const [head, ...rows] = readFileSync(file("a.csv"), "utf8").trim().split("\n");
    expect(head).toBe("id,label,sure,decidedBy,unusual,missing,warnings,label1,probability1");
    expect(rows.map((row) => row.split(",").slice(0, 4))).toEqual(
      lines.map(({ id, label, sure, decidedBy }) => [id, label, String(sure), decidedBy]),
    );
    expect(rows[5]).toContain(",image text,");
    await many(table, file("a.parquet"), { top: 1, probabilities: true });
    const read: Record<string, unknown>[] = await readParquet(file("a.parquet"));
    expect(
      read.map((row) => ({
        ...{ id: row["id"], label: row["label"], sure: row["sure"], missing: row["missing"] },
        ...{ first: row["label1"], blue: row["p:blue"], warnings: row["warnings"] },
      })),
    ).toEqual(
      lines.map(({ id, label, sure, missing, predictions, probabilities, warnings }) => ({
        ...{ id, label, sure, missing, warnings },
        ...{ first: predictions![0]!.label, blue: probabilities!["blue"] },
      })),
    );
    expect(unfinished()).toEqual([]);
  });

  test("the same rows from standard input, as JSON Lines and as CSV", () => {
    const names = ["id", "image", "text"];
    const jsonl = ROWS.map((row) => {
      const cells = row.split(",").map((cell, at) => [names[at], cell === "" ? null : cell]);
      return JSON.stringify(Object.fromEntries(cells));
    }).join("\n");
    const [first, second] = [jsonl, readFileSync(table, "utf8")].map((input) =>
      spawnSync(process.execPath, [MAIN, "predict", run, "-", "--json"], {
        ...{ cwd: folder, input, encoding: "utf8" },
      }),
    );
    expect(first!.status, first!.stderr).toBe(0);
    const plain = ({ id, label, sure, decidedBy, missing }: Line) => [
      id,
      label,
      sure,
      decidedBy,
      missing,
    ];
    expect(linesOf(first!.stdout).map(plain)).toEqual(lines.map(plain));
    expect(second!.stdout).toBe(first!.stdout);
  });

  test("samples whose picture cannot be used are skipped or end the work, as one likes", async () => {
    const skip = { settings: { data: { source: table, onBad: "skip" } } };
    const result = await many(table, file("skip.jsonl"), skip);
    expect(result).toMatchObject({ answered: 5, skipped: 2, samples: 7 });
    const ids = linesOf(readFileSync(file("skip.jsonl"), "utf8")).map(({ id }) => id);
    expect(ids).toEqual(["1", "2", "3", "6", "7"]);
    const stopped = await balgrad(["predict", run, table, "--on-bad", "stop"]);
    expect(stopped.code).toBe(3);
    expect(stopped.stderr).toContain("test.csv:5: ");
    expect(stopped.stderr).toContain("continue with --on-bad missing");
  });
});

test("a table with labels, of one row, and of none", async () => {
  const labelled = await many(file("squares.csv"), file("labelled.jsonl"));
  expect(labelled).toMatchObject({ answered: 60, missing: { image: 0, text: 0 } });
  const answers = linesOf(readFileSync(file("labelled.jsonl"), "utf8"));
  const truth = answers.map(({ id }) => id.split("-")[0]);
  expect(answers.map(({ label }) => label)).toEqual(truth);

  writeFileSync(file("one.csv"), `id,image,text\n${ROWS[4]!}\n`);
  expect(await many(file("one.csv"), file("one.out.csv"))).toMatchObject({ answered: 1 });
  for (const [name, contents] of [
    ["head.csv", "id,image,text\n"],
    ["empty.jsonl", ""],
  ] as const) {
    writeFileSync(file(name), contents);
    const none = await balgrad(["predict", run, file(name), "--out", file(`${name}.out.csv`)]);
    expect(none.code, none.stderr).toBe(0);
    expect(none.stdout).toContain(`${name}: 0 answers to 0 samples`);
    const head = "id,label,sure,decidedBy,unusual,missing,warnings\n";
    expect(readFileSync(file(`${name}.out.csv`), "utf8")).toBe(head);
    await many(file(name), file(`${name}.parquet`));
    expect(await readParquet(file(`${name}.parquet`))).toEqual([]);
  }
});

test("columns that the training was told need not be told again", async () => {
  // As a table whose picture and text nobody could guess.
  const other = file("other");
  cpSync(run, other, { recursive: true });
  const place = join(other, "run.json");
  const { digest, ...whole } = JSON.parse(readFileSync(place, "utf8")) as {
    digest: string;
    format: number;
    config: { data: { columns?: object } };
  };
  expect(digest).toHaveLength(64);
  whole.config.data.columns = { image: "shown", text: "said" };
  writeFileSync(place, sealed(whole, whole));
  writeFileSync(file("odd.csv"), "said,more words,shown\na red thing,x,pictures/red-1.png\n");
  let origin = "";
  const events = (event: PredictEvent): void => {
    if (event.kind === "opened") origin = event.dataset.origin ?? "";
  };
  const result = await many(file("odd.csv"), file("odd.jsonl"), { folder: other, events });
  expect(result).toMatchObject({ answered: 1, missing: { image: 0, text: 0 } });
  expect(origin).toContain("image: shown (as in training), text: said (as in training)");
  // What is named now wins, and what the table does not have is guessed.
  const settings = { data: { source: file("odd.csv"), columns: { text: "more words" } } };
  await many(file("odd.csv"), file("odd.jsonl"), { folder: other, events, settings });
  expect(origin).toContain("text: more words");
  await many(table, file("odd.jsonl"), { folder: other, events });
  expect(origin).toContain("image: image (guessed), text: text (guessed)");
});

test("a folder of pictures, texts beside them, whatever its folders are called", async () => {
  const photos = mkdtempSync(join(folder, "photos-"));
  mkdirSync(join(photos, "holiday/2024"), { recursive: true });
  cpSync(file("pictures/red-1.png"), join(photos, "a.png"));
  cpSync(file("pictures/blue-1.png"), join(photos, "holiday/2024/b.png"));
  cpSync(file("pictures/broken.png"), join(photos, "c.png"));
  writeFileSync(join(photos, "a.txt"), "a red thing\n");
  writeFileSync(join(photos, "c.txt"), "a green thing\n");
  const done = await balgrad(["predict", run, photos, "--json"]);
  expect(done.code, done.stderr).toBe(0);
  const found = linesOf(done.stdout).map(({ id, label, missing }) => [id, label, missing.join()]);
  expect(found.sort()).toEqual([
    ["a.png", "red", ""],
    ["c.png", "green", "image"],
    [join("holiday", "2024", "b.png"), "blue", "text"],
  ]);
  const none = mkdtempSync(join(folder, "none-"));
  const nothing = await many(none, file("none.csv")).catch((error: unknown) => error);
  expect(String(nothing)).toContain("nothing in this folder is a data set");
});

describe("mistakes are told before anything is computed", () => {
  test.each([
    ["a column that is not there", [table, "--image-column", "photo"], 3, 'no column "photo"'],
    ["one picture beside a table", [table, "--image", "a.png"], 2, "--image is for one answer"],
    ["a file for one answer", ["--text", "x", "--out", "a.csv"], 2, "--out is for a table"],
  ] as const)("%s", async (_, args, code, message) => {
    const done = await balgrad(["predict", run, ...args]);
    expect(done.stderr).toContain(message);
    expect(done.code).toBe(code);
    expect(done.stderr).not.toMatch(/^\s+at /m);
    expect(done.stdout).toBe("");
  });

  test.each([
    ["no such folder for the answers", table, "nowhere/a.csv", "nowhere: no such folder"],
    ["an ending that is no format", table, file("a.xlsx"), "the ending tells the format"],
    ["a folder as the output", table, folder, "the ending tells the format"],
    ["the data as the output", table, table, "would replace the data"],
    ["no table", "nowhere.csv", file("x.csv"), "nowhere.csv: no such data source, file or folder"],
  ] as const)("%s", async (_, source, out, message) => {
    await expect(many(source, out)).rejects.toThrow(message);
    expect(unfinished()).toEqual([]);
  });

  test("pictures that are all somewhere else", async () => {
    const rows = Array.from({ length: 30 }, (_, at) => `lost/${at}.png,a red thing`);
    writeFileSync(file("lost.csv"), `image,text\n${rows.join("\n")}\n`);
    const error = await many(file("lost.csv"), file("lost.out.csv")).catch((one: unknown) => one);
    expect(String(error)).toContain('30 of 30 filled cells of the column "image"');
    expect(existsSync(file("lost.out.csv"))).toBe(false);
  });
});

describe("after a stop the same command continues", () => {
  const [short, long] = [file("short.csv"), file("long.csv")];
  beforeAll(() => {
    const rows = Array.from({ length: 48 * BATCH + 7 }, (_, at) => {
      const colour = ["red", "green", "blue"][at % 3]!;
      const picture = at % 5 === 0 ? `pictures/${colour}-${at % 20}.png` : "";
      return `${at},${picture},"a ${colour} thing, number ${at}"`;
    });
    writeFileSync(long, `id,image,text\n${rows.join("\n")}\n`);
    writeFileSync(short, `id,image,text\n${rows.slice(0, 6 * BATCH + 7).join("\n")}\n`);
  });

  test.each(["csv", "parquet"])("%s: to the same bytes", async (ending) => {
    const [whole, parts] = [file(`whole.${ending}`), file(`parts.${ending}`)];
    await many(short, whole);
    const stop = new AbortController();
    const counts: number[] = [];
    const events = ({ kind, done }: { kind: string; done?: number }): void => {
      if (kind === "predicting") counts.push(done!);
      // In the middle of a second: more is written than is noted.
      if (counts.length === 4) stop.abort();
    };
    const stopped = many(short, parts, { events, signal: stop.signal });
    await expect(stopped).rejects.toThrow(Interrupted);
    expect(existsSync(parts)).toBe(false);
    expect(unfinished()).toEqual([`parts.${ending}.part`]);
    const continued = await many(short, parts);
    expect(continued).toMatchObject({ continued: 3 * BATCH, answered: 6 * BATCH + 7 });
    expect(readFileSync(parts).equals(readFileSync(whole))).toBe(true);
    expect(unfinished()).toEqual([]);
  });

  test("Ctrl-C: exit code 130, a partial output that is not taken for a whole one", async () => {
    const out = file("stopped.csv");
    const args = ["predict", run, long, "--out", out];
    const stopped = await balgrad(args, { interruptAt: "answering" });
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain(`What is done is kept in ${out}.part`);
    expect(stopped.stderr).toContain("Continue with the same command.");
    expect(existsSync(out)).toBe(false);
    const other = await balgrad([...args, "--top", "2"]);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("begun with other data, another model or other settings");
    const done = await balgrad(args);
    expect(done.code, done.stderr).toBe(0);
    expect(done.stdout).toMatch(/3,079 answers to 3,079 samples \([\d,]+ from before the stop\)/);
    await many(long, file("long.out.csv"));
    expect(readFileSync(out).equals(readFileSync(file("long.out.csv")))).toBe(true);
  });

  test("lines behind what was noted, as a kill leaves them, are written again", async () => {
    const out = file("killed.csv");
    const stop = new AbortController();
    const events = ({ done }: { done?: number }): void => {
      if (done === 3 * BATCH) stop.abort();
    };
    await many(short, out, { events, signal: stop.signal }).catch(() => undefined);
    const lines = join(`${out}.part`, "unfinished-killed.csv");
    writeFileSync(lines, `${readFileSync(lines, "utf8")}3000,blue,0.9,half a li`);
    await many(short, out);
    expect(readFileSync(out).equals(readFileSync(file("whole.csv")))).toBe(true);
  });
});

test("no more pictures than those of two batches are in memory", async () => {
  const classifier = await Classifier.load(run, runtime);
  let read = 0;
  const drafts = Array.from({ length: 6 * BATCH }, (_, at): Draft => {
    const load = () => {
      read++;
      return Promise.resolve({ kind: "file", path: file(`pictures/red-${at % 20}.png`) } as const);
    };
    const image = { kind: "deferred", identity: `${at}`, load } as const;
    return { id: `${at}`, where: "here", image, text: null, labels: [], split: null };
  });
  const options = { mode: "aware", onBad: "stop", from: 0 } as const;
  for await (const { done, answers } of answerSamples(classifier, drafts, options)) {
    expect(read).toBeLessThanOrEqual(done + BATCH);
    expect(answers).toHaveLength(BATCH);
  }
  expect(read).toBe(drafts.length);
  await classifier.release();
});
