/** @module Columns of tables: found by names and values, marked as guessed, never decided silently. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { dataConfig } from "../src/data/config.js";
import { type Dataset, samplesOf, SPLITS } from "../src/data/dataset.js";
import { openDataset } from "../src/data/open.js";
import { splitNamed } from "../src/data/splitWords.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { shown } from "./support/words.js";

const open = (source: string, more: object = {}): Promise<Dataset> =>
  openDataset(dataConfig.parse({ source, ...more }));

/** What a column of each name holds in row `at`. */
const VALUES: Readonly<Record<string, (at: number) => string>> = {
  picture: (at) => `pictures/${at}.jpg`,
  long: (at) => `a rather long text about thing ${at}`,
  short: (at) => `word${at}`,
  class: (at) => ["cat", "dog"][at % 2]!,
  number: (at) => String(at),
  bit: (at) => String(at % 2),
  split: (at) => ["train", "train", "dev", "hold-out"][at % 4]!,
  same: () => "x",
};

/** Writes a table: its columns, each with what it holds. */
function table(columns: readonly string[], rows = 40): string {
  const parts = columns.map((column) => column.split("="));
  const lines = Array.from({ length: rows }, (_, at) =>
    parts.map(([, holds]) => VALUES[holds!]!(at)).join(","),
  );
  const path = join(temporaryFolder(), "t.csv");
  writeFileSync(path, [parts.map(([name]) => name).join(","), ...lines].join("\n"));
  return path;
}

/** The columns as the origin names them. */
const columnsOf = ({ origin }: Dataset): string => /\.csv \((.*)\)/.exec(origin!)![1]!;

const messages = ({ issues }: Dataset, kind: string): string[] =>
  issues.filter((issue) => issue.kind === kind).map(({ message }) => shown(message));

describe("names", () => {
  const found: [columns: string[], origin: string][] = [
    [
      ["Picture=picture", "Tweet=long", "Sentiment=class"],
      "image: Picture (guessed), text: Tweet (guessed), label: Sentiment (guessed)",
    ],
    [
      ["IMG-Path=picture", "OCR Text=long", "is_hateful=bit"],
      "image: IMG-Path (guessed), text: OCR Text (guessed), label: is_hateful (guessed)",
    ],
    [
      ["post_id=number", "image_url=picture", "review=long", "y=class", "Data Split=split"],
      "id: post_id (guessed), image: image_url (guessed), text: review (guessed), split: Data Split (guessed), label: y (guessed)",
    ],
    // A picture's number that repeats names no sample.
    [
      ["image_id=bit", "caption=long", "label=class"],
      "text: caption (guessed), label: label (guessed)",
    ],
    // A name that means many things needs values that fit.
    [
      ["url=picture", "name=short", "genre=class"],
      "image: url (guessed), text: name (guessed), label: genre (guessed)",
    ],
    [["url=short", "text=long", "label=class"], "text: text (guessed), label: label (guessed)"],
    [["subset=class", "text=long", "label=bit"], "text: text (guessed), label: label (guessed)"],
  ];
  test.each(found)("%j", async (columns, origin) => {
    const dataset = await open(table(columns));
    expect(columnsOf(dataset)).toBe(origin);
    expect(messages(dataset, "columns-several")).toEqual([]);
  });

  test("what is given is not marked", async () => {
    const path = table(["photo=picture", "a=long", "b=class"]);
    const dataset = await open(path, { columns: { text: "a", label: "b" } });
    expect(columnsOf(dataset)).toBe("image: photo (guessed), text: a, label: b");
  });
});

describe("values", () => {
  const by = "(guessed by its values)";
  const found: [columns: string[], origin: string][] = [
    [
      ["x=picture", "z=long", "label=class"],
      `image: x ${by}, text: z ${by}, label: label (guessed)`,
    ],
    [["x=picture", "short=short", "label=class"], `image: x ${by}, label: label (guessed)`],
    [
      ["text=long", "where=split", "label=class"],
      `text: text (guessed), split: where ${by}, label: label (guessed)`,
    ],
    // Of two that are called alike, the one that holds pictures.
    [
      ["image=number", "path=picture", "label=class"],
      "image: path (guessed), label: label (guessed)",
    ],
    [
      ["title=number", "review=long", "label=class"],
      "text: review (guessed), label: label (guessed)",
    ],
  ];
  test.each(found)("%j", async (columns, origin) => {
    expect(columnsOf(await open(table(columns)))).toBe(origin);
  });

  test("the splits that such a column gives", async () => {
    const dataset = await open(table(["text=long", "where=split", "label=class"]));
    expect(SPLITS.map((split) => samplesOf(dataset, split).length)).toEqual([20, 10, 10]);
  });
});

describe("two columns that fit a role", () => {
  test.each([
    ["image", ["image=picture", "Photo=picture", "label=class"], '"image" and "Photo"'],
    ["image", ["Image=picture", "image=picture", "label=class"], '"Image" and "image"'],
    ["image", ["a=picture", "b=picture", "label=class"], '"a" and "b"'],
    ["text", ["title=long", "description=long", "label=class"], '"title" and "description"'],
    ["text", ["a=long", "b=long", "label=class"], '"a" and "b"'],
    ["label", ["text=long", "genre=class", "category=class"], '"genre" and "category"'],
    ["split", ["text=long", "a=split", "b=split", "label=class"], '"a" and "b"'],
  ])("equally well stop, with the flag: %s of %j", async (field, columns, both) => {
    const path = table(columns);
    const error = await open(path).catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({
      message: `${path}: the columns ${both} fit the ${field} equally well.`,
      hint: expect.stringContaining(`Choose one with data.columns.${field}.`) as string,
    });
  });

  test.each([
    [
      ["text=long", "title=long", "label=class"],
      '"text" is used as the text, not "title"; --text-column',
    ],
    [
      ["label=class", "text=long", "genre=class"],
      '"label" is used as the label, not "genre"; --label-column',
    ],
    [
      ["image=picture", "thumbnail=picture", "label=class"],
      '"image" is used as the image, not "thumbnail"',
    ],
    [["image=number", "path=picture", "label=class"], '"path" is used as the image, not "image"'],
  ])("one of them better is named: %j", async (columns, message) => {
    const named = messages(await open(table(columns)), "columns-several");
    expect(named).toEqual([expect.stringContaining(message) as string]);
  });

  test("a flag decides", async () => {
    const path = table(["title=long", "description=long", "label=class"]);
    const dataset = await open(path, { columns: { text: "description" } });
    expect(columnsOf(dataset)).toBe("text: description, label: label (guessed)");
  });

  test("two ids name nothing, and say so", async () => {
    const dataset = await open(table(["uid=number", "key=number", "text=long", "label=class"]));
    expect(dataset.samples[0]!.id).toBe("t.csv:1");
    expect(messages(dataset, "columns-several")[0]).toContain("--id-column chooses one");
  });

  test("one of several columns of zeros and ones", async () => {
    const dataset = await open(table(["text=long", "toxic=bit", "obscene=bit", "threat=bit"]));
    expect(messages(dataset, "label-columns")[0]).toContain("--label-columns toxic,obscene,threat");
  });
});

test("tables of a folder follow the training table", async () => {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const rows = Array.from(
    { length: 20 },
    (_, at) => `a text of some words ${at},more words of text ${at},${at % 2}`,
  );
  writeFileSync(join(folder, "train.csv"), ["text,title,label", ...rows].join("\n"));
  writeFileSync(join(folder, "test.csv"), ["title,text,label", ...rows].join("\n"));
  const { samples } = await open(folder);
  const test = samples.filter(({ split }) => split === "test");
  expect(test[0]!.text).toBe("more words of text 0");
});

test.each([
  ["Train", "train"],
  ["TRAINING", "train"],
  ["dev", "validation"],
  ["Eval", "validation"],
  ["evaluation", "validation"],
  ["hold-out", "test"],
  ["held out", "test"],
  ["constructor", undefined],
  ["extra", undefined],
])("the split word %s", (word, split) => {
  expect(splitNamed(word)).toBe(split);
});

test.each(["train", "compare"])("%s prints the columns, but not with --json", async (command) => {
  // Data of one class are refused, after the columns are printed.
  const path = table(["text=long", "y=same"]);
  const out = ["--out", join(temporaryFolder(), "run")];
  const said = await balgrad([command, path, ...out]);
  expect(said).toMatchObject({
    code: 3,
    stdout: `t.csv (single-label): 40 rows of ${path} (text: text (guessed), label: y (guessed))\n`,
  });
  const json = await balgrad([command, path, ...out, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ error: { name: "DataError" } });
});

test("columns per class as a flag", async () => {
  const path = table(["text=long", "toxic=bit", "obscene=bit"]);
  const said = await balgrad(["data", "check", path, "--label-columns", "toxic, obscene"]);
  expect(said.stdout.split("\n")[0]).toBe(
    `t.csv (multi-label): 40 rows of ${path} (text: text (guessed), labels: toxic, obscene)`,
  );
});
