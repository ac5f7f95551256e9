/** @module Hugging Face's ImageFolder: metadata at the root, in splits and in folders of classes. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";

import { folderOf, messages, open, rowsOf, sizes } from "./open.js";

interface Line {
  readonly file_name: string;
  readonly [column: string]: unknown;
}

const splitOf = (at: number): string => (at < 8 ? "train" : at < 12 ? "validation" : "test");

/** Sixteen pictures of two classes, and metadata by the folder that it lies in. */
async function described(
  place: (at: number, label: string) => string,
  metadataAt: (at: number, label: string) => string,
  line: (at: number, label: string, name: string) => Line,
  write: (lines: readonly Line[]) => readonly [name: string, content: string] = (lines) => [
    "metadata.jsonl",
    lines.map((one) => JSON.stringify(one)).join("\n"),
  ],
  more: Readonly<Record<string, string | number>> = {},
): Promise<string> {
  const files: Record<string, string | number> = { ...more };
  const lines = new Map<string, Line[]>();
  for (let at = 0; at < 16; at++) {
    const label = ["cat", "dog"][at % 2]!;
    const path = place(at, label);
    files[path] = at;
    const folder = metadataAt(at, label);
    const name = folder === "" ? path : path.slice(folder.length + 1);
    lines.set(folder, [...(lines.get(folder) ?? []), line(at, label, name)]);
  }
  for (const [folder, rows] of lines) {
    const [name, content] = write(rows);
    files[join(folder, name)] = content;
  }
  return folderOf(files);
}

const withText = (at: number, _: string, name: string): Line => ({
  file_name: name,
  text: `text ${at}`,
});

const csv = (lines: readonly Line[]): readonly [string, string] => {
  const names = Object.keys(lines[0]!);
  const rows = lines.map((line) => names.map((name) => String(line[name])).join(","));
  return ["metadata.csv", [names.join(","), ...rows].join("\n")];
};

/** What every variant of the folder must give. */
const expected = (place: (at: number, label: string) => string): string[] =>
  Array.from({ length: 16 }, (_, at) => {
    const label = ["cat", "dog"][at % 2]!;
    return `${splitOf(at)} ${label} ${place(at, label)} text ${at}`;
  }).sort();

describe("metadata", () => {
  const flat = (at: number) => `${splitOf(at)}/${at}.png`;
  const deep = (at: number, label: string) => `${splitOf(at)}/${label}/${at}.png`;
  const labelled = (at: number, label: string, name: string): Line => ({
    ...withText(at, label, name),
    label,
  });

  test.each([
    ["beside the pictures of each split, with labels", flat, splitOf, labelled],
    ["in each split, labels by folders", deep, splitOf, withText],
    [
      "in each folder of a class",
      deep,
      (at: number, label: string) => `${splitOf(at)}/${label}`,
      withText,
    ],
    ["at the root, splits and labels by folders", deep, () => "", withText],
    ["at the root, with labels", flat, () => "", labelled],
    [
      "within data",
      (at: number, label: string) => `data/${deep(at, label)}`,
      (at: number) => `data/${splitOf(at)}`,
      withText,
    ],
    [
      "at the root of other pictures' folders",
      (at: number) => `images/${splitOf(at)}/${at}.png`,
      () => "",
      labelled,
    ],
  ])("%s", async (_, place, metadataAt, line) => {
    for (const write of [undefined, csv]) {
      const folder = await described(place, metadataAt, line, write);
      const dataset = await open(folder);
      expect(dataset.classes).toEqual(["cat", "dog"]);
      expect(rowsOf(dataset, folder)).toEqual(expected(place));
      expect(dataset.issues).toEqual([]);
    }
  });

  test("as Parquet", async () => {
    const folder = await described(flat, splitOf, labelled);
    for (const split of ["train", "validation", "test"]) {
      const lines = readFileSync(join(folder, split, "metadata.jsonl"), "utf8").split("\n");
      const rows = lines.map((line) => JSON.parse(line) as Record<string, string>);
      rmSync(join(folder, split, "metadata.jsonl"));
      const columnData = ["file_name", "text", "label"].map((name) => {
        return { name, data: rows.map((row) => row[name]!), type: "STRING" as const };
      });
      const bytes = Buffer.from(parquetWriteBuffer({ columnData }));
      writeFileSync(join(folder, split, "metadata.parquet"), bytes);
    }
    expect(rowsOf(await open(folder), folder)).toEqual(expected(flat));
  });

  test("without splits: they are drawn", async () => {
    const folder = await described(
      (at, label) => `${label}/${at}.png`,
      () => "",
      withText,
    );
    const dataset = await open(folder);
    expect(dataset.classes).toEqual(["cat", "dog"]);
    expect(sizes(dataset).every((size) => size > 0)).toBe(true);
    expect(dataset.samples.map(({ text }) => text)).not.toContain(null);
  });

  test("names pictures by a column that ends like file_name, or by lists", async () => {
    const renamed = await described(flat, splitOf, (at, label, name) => {
      const { file_name: path, ...rest } = labelled(at, label, name);
      return { ...rest, photo_file_name: path } as unknown as Line;
    });
    expect(rowsOf(await open(renamed), renamed)).toEqual(expected(flat));
    const lists = await described(flat, splitOf, (at, label, name) => {
      const { file_name: path, ...rest } = labelled(at, label, name);
      return { ...rest, file_names: at === 3 ? [path, "2.png"] : [path] } as unknown as Line;
    });
    const dataset = await open(lists);
    expect(rowsOf(dataset, lists)).toEqual(expected(flat));
    expect(messages(dataset, "image-several")).toEqual([
      '2 pictures in "file_names", and a sample has one: the first is used',
    ]);
  });

  test("that names pictures by two columns asks which", async () => {
    const folder = await described(flat, splitOf, (at, label, name) => {
      const { file_name: path, ...rest } = labelled(at, label, name);
      return { ...rest, before_file_name: path, after_file_name: path } as unknown as Line;
    });
    await expect(open(folder)).rejects.toThrow(
      "several columns name pictures: before_file_name, after_file_name",
    );
    const chosen = await open(folder, { columns: { image: "after_file_name" } });
    expect(rowsOf(chosen, folder)).toEqual(expected(flat));
  });

  test("pictures without a row: samples by their folder, or counted", async () => {
    const more = { "train/cat/90.png": 90, "train/cat/notes.txt": "words" };
    const byFolder = await described(deep, splitOf, withText, undefined, more);
    const dataset = await open(byFolder);
    expect(rowsOf(dataset, byFolder)).toEqual(
      [...expected(deep), "train cat train/cat/90.png -"].sort(),
    );
    expect(messages(dataset, "text-missing")).toEqual(["metadata.jsonl has no row for it"]);
    expect(messages(dataset, "folder-text")).toEqual([
      "1 text not used, beside pictures that have metadata: train/cat/notes.txt",
    ]);
    const byColumn = await described(flat, splitOf, labelled, undefined, { "train/90.png": 90 });
    const other = await open(byColumn);
    expect(rowsOf(other, byColumn)).toEqual(expected(flat));
    expect(messages(other, "folder-unlisted")).toEqual([
      "1 picture not used, without a row in the metadata: train/90.png",
    ]);
  });

  test("that describes no pictures here is a table like others", async () => {
    const lines = Array.from({ length: 12 }, (_, at) => `text ${at},${at % 2}`);
    const folder = await folderOf({ "metadata.csv": ["text,label", ...lines].join("\n") });
    expect((await open(folder)).samples).toHaveLength(12);
  });

  test("without any label is an error that says so", async () => {
    const folder = await described(flat, splitOf, withText);
    await expect(open(folder)).rejects.toThrow("no column for the label");
  });

  test("can lead to no picture outside of the folder", async () => {
    const folder = await described(flat, splitOf, labelled);
    const line = { file_name: "../../secret.png", text: "secret", label: "cat" };
    writeFileSync(join(folder, "test/metadata.jsonl"), JSON.stringify(line));
    expect(messages(await open(folder), "image-outside")).toHaveLength(1);
  });
});
