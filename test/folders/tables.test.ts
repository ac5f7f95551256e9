/** @module Tables in folders: by splits, in configurations, as JSON, as Hugging Face `datasets` saves them. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as arrow from "apache-arrow";
import { describe, expect, test } from "vitest";

import { decodeImage } from "../../src/prepare/images/decode.js";
import { writeParquet } from "../layouts/parquet.js";
import { folderOf, messages, open, picture, sizes } from "./open.js";

const SPLITS = { train: 12, validation: 6, test: 6 } as const;

/** Rows of a split: texts that no other split has, and labels by turns. */
const rowsOf = (split: keyof typeof SPLITS) =>
  Array.from({ length: SPLITS[split] }, (_, at) => ({
    text: `${split} ${at}`,
    label: ["cat", "dog"][at % 2]!,
  }));

/** Writes a Parquet file per split, by its path below a new folder. */
async function parquetFolder(paths: (split: string) => readonly string[]): Promise<string> {
  const folder = await folderOf({ "README.md": "about" });
  for (const split of Object.keys(SPLITS) as (keyof typeof SPLITS)[]) {
    const files = paths(split);
    const rows = rowsOf(split);
    const share = Math.ceil(rows.length / files.length);
    for (const [at, path] of files.entries()) {
      const part = rows.slice(at * share, (at + 1) * share);
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeParquet(
        join(folder, path),
        await Promise.all(
          part.map(async ({ text, label }, row) => ({
            picture: await picture(at * share + row),
            text,
            label: label === "cat" ? 0 : 1,
          })),
        ),
        ["cat", "dog"],
      );
    }
  }
  return folder;
}

describe("Parquet files as hubs lay them out", () => {
  test.each([
    [
      "data/train-00000-of-00002.parquet",
      (s: string) => [0, 1].map((n) => `data/${s}-0000${n}-of-00002.parquet`),
    ],
    [
      "default/train/0000.parquet",
      (s: string) => [0, 1].map((n) => `default/${s}/000${n}.parquet`),
    ],
    ["en/train-00000-of-00001.parquet", (s: string) => [`en/${s}-00000-of-00001.parquet`]],
    ["data/en/train/0000.parquet", (s: string) => [`data/en/${s}/0000.parquet`]],
    ["train/part.parquet", (s: string) => [`${s}/part.parquet`]],
    ["train.parquet", (s: string) => [`${s}.parquet`]],
  ])("%s", async (_, paths) => {
    const dataset = await open(await parquetFolder(paths));
    expect(dataset.issues).toEqual([]);
    expect(sizes(dataset)).toEqual([12, 6, 6]);
    expect(dataset.classes).toEqual(["cat", "dog"]);
    for (const { text, split } of dataset.samples) expect(text).toMatch(new RegExp(`^${split} `));
    expect((await decodeImage(dataset.samples[0]!.image!, 4)).size).toEqual([4, 3]);
  });

  test("eval is the test split in names, as hubs have it", async () => {
    const dataset = await open(
      await parquetFolder((split) => [`${split === "test" ? "eval" : split}.parquet`]),
    );
    expect(sizes(dataset)).toEqual([12, 6, 6]);
    expect(dataset.samples.find(({ text }) => text === "test 5")!.split).toBe("test");
  });

  test("of several configurations: it asks which", async () => {
    const folder = await parquetFolder((split) => [
      `de/${split}/0.parquet`,
      `en/${split}/0.parquet`,
    ]);
    await expect(open(folder)).rejects.toThrow("several configurations: de, en");
    expect(sizes(await open(join(folder, "en")))).toEqual([6, 3, 3]);
  });
});

describe("JSON", () => {
  const lists = Object.fromEntries(
    (Object.keys(SPLITS) as (keyof typeof SPLITS)[]).map((split) => [
      `${split}.json`,
      JSON.stringify(rowsOf(split), null, 1),
    ]),
  );

  test("a list per split; files that describe the data are no data", async () => {
    const folder = await folderOf({ ...lists, "config.json": "{}", "dataset_info.json": "{}" });
    expect(sizes(await open(folder))).toEqual([12, 6, 6]);
  });

  test("one list, an object of one list, or lines", async () => {
    const rows = rowsOf("train");
    const contents = [
      JSON.stringify(rows),
      JSON.stringify({ version: 1, data: rows }),
      rows.map((row) => JSON.stringify(row)).join("\n"),
      `\uFEFF${JSON.stringify([...rows, "odd"])}`,
    ];
    for (const content of contents) {
      const folder = await folderOf({ "all.json": content });
      const dataset = await open(join(folder, "all.json"));
      expect(dataset.samples).toHaveLength(12);
      expect(messages(dataset, "row-broken")).toHaveLength(content.includes("odd") ? 1 : 0);
    }
  });

  test("the same split in two formats is not read twice", async () => {
    const folder = await folderOf({ ...lists, "train.csv": "text,label\na,b\n" });
    await expect(open(folder)).rejects.toThrow("both hold the train split, in two formats");
  });
});

/** An Arrow stream of batches as `datasets` writes them: pictures embedded, class numbers. */
async function arrowFile(
  rows: readonly { readonly text: string; readonly label: string }[],
  noted = true,
): Promise<Uint8Array> {
  const image = new arrow.Struct([
    new arrow.Field("bytes", new arrow.Binary(), true),
    new arrow.Field("path", new arrow.Utf8(), true),
  ]);
  const fields = [
    new arrow.Field("image", image, true),
    new arrow.Field("text", new arrow.Utf8(), true),
    new arrow.Field("label", new arrow.Int64(), true),
    new arrow.Field("tags", new arrow.List(new arrow.Field("item", new arrow.Utf8(), true)), true),
    new arrow.Field("id", new arrow.Int64(), true),
  ];
  const features = { label: { names: ["cat", "dog"], _type: "ClassLabel" } };
  const note = new Map([["huggingface", JSON.stringify({ info: { features } })]]);
  const schema = new arrow.Schema(fields, noted ? note : new Map<string, string>());
  const batches: arrow.RecordBatch[] = [];
  for (let start = 0; start < rows.length; start += 5) {
    const part = rows.slice(start, start + 5);
    const pictures = await Promise.all(
      part.map(async (_, at) =>
        start + at === 1 ? null : { bytes: await picture(start + at), path: "a.png" },
      ),
    );
    const columns = [
      arrow.vectorFromArray(pictures, image),
      arrow.vectorFromArray(
        part.map(({ text }) => text),
        new arrow.Utf8(),
      ),
      arrow.vectorFromArray(
        part.map(({ label }) => BigInt(label === "cat" ? 0 : 1)),
        new arrow.Int64(),
      ),
      arrow.vectorFromArray(
        part.map(() => ["a", "b"]),
        fields[3]!.type as arrow.List,
      ),
      arrow.vectorFromArray(
        part.map((_, at) => 9_007_199_254_740_993n + BigInt(start + at)),
        new arrow.Int64(),
      ),
    ];
    const data = arrow.makeData({
      type: new arrow.Struct(fields),
      length: part.length,
      nullCount: 0,
      children: columns.map((column) => column.data[0]!),
    });
    batches.push(new arrow.RecordBatch(schema, data));
  }
  return arrow.tableToIPC(new arrow.Table(schema, batches), "stream");
}

describe("what save_to_disk writes", () => {
  const state = (...names: string[]): string =>
    JSON.stringify({ _data_files: names.map((filename) => ({ filename })), _split: "train" });
  const NAME = "data-00000-of-00001.arrow";

  const saved = async (noted = true): Promise<Record<string, string | Uint8Array>> => {
    const files: Record<string, string | Uint8Array> = {
      "dataset_dict.json": JSON.stringify({ splits: Object.keys(SPLITS) }),
    };
    for (const split of Object.keys(SPLITS) as (keyof typeof SPLITS)[]) {
      files[`${split}/${NAME}`] = await arrowFile(rowsOf(split), noted);
      files[`${split}/state.json`] = state(NAME);
      files[`${split}/dataset_info.json`] = JSON.stringify({
        features: { label: { names: ["cat", "dog"], _type: "ClassLabel" } },
      });
    }
    return files;
  };

  test.each([true, false])(
    "splits, texts, class names (noted in the file: %s), pictures",
    async (noted) => {
      const dataset = await open(await folderOf(await saved(noted)));
      expect(sizes(dataset)).toEqual([12, 6, 6]);
      expect(dataset.classes).toEqual(["cat", "dog"]);
      for (const [at, { text, labels, image, split, id }] of dataset.samples.entries()) {
        const row = Number(text!.split(" ")[1]);
        expect(text).toBe(`${split} ${row}`);
        expect(labels).toEqual([row % 2]);
        // Ids of 64 bits are digits: as numbers two of them would be one.
        expect(id, `${at}`).toBe(String(9_007_199_254_740_993n + BigInt(row)));
        if (row === 1) {
          expect(image).toBeNull();
          continue;
        }
        const { planes } = await decodeImage(image!, 4);
        expect([planes[5], planes[21], planes[37]]).toEqual([row, 90, 30]);
      }
    },
  );

  test("one split alone: its splits are drawn", async () => {
    const folder = await folderOf(await saved());
    const dataset = await open(join(folder, "train"));
    expect(dataset.samples).toHaveLength(12);
    expect(sizes(dataset).every((size) => size > 0)).toBe(true);
  });

  test("a split of another name is passed over, and named", async () => {
    const files = await saved();
    const splits = [...Object.keys(SPLITS), "unsupervised"];
    const folder = await folderOf({ ...files, "dataset_dict.json": JSON.stringify({ splits }) });
    expect(messages(await open(folder), "table-passed-over")).toEqual([
      'the split "unsupervised" is none of train, validation and test: passed over',
    ]);
  });

  test("files that are cut off, changed, compressed or elsewhere are errors in words", async () => {
    const files = await saved();
    const path = `train/${NAME}`;
    const whole = files[path] as Uint8Array;
    const cases: readonly (readonly [Record<string, string | Uint8Array>, string])[] = [
      [{ [path]: whole.subarray(0, whole.length - 100) }, "the file is cut off"],
      [{ [path]: whole.subarray(0, 100) }, "not an Arrow file that can be read"],
      [{ [path]: "no arrow at all, but words" }, "not an Arrow file that can be read"],
      [{ "train/state.json": state("../../secret.arrow") }, "_data_files"],
      [{ "train/state.json": "{" }, "not valid JSON"],
    ];
    for (const [changed, message] of cases) {
      await expect(open(await folderOf({ ...files, ...changed }))).rejects.toThrow(message);
    }
  });

  test("an Arrow file by its own path, of the random-access kind too", async () => {
    const stream = await arrowFile(rowsOf("train"));
    // The same stream between magic words, with a footer that is not needed.
    const file = Buffer.concat([Buffer.from("ARROW1\0\0"), stream, Buffer.from("footerARROW1")]);
    for (const bytes of [stream, file]) {
      const dataset = await open(join(await folderOf({ "all.arrow": bytes }), "all.arrow"));
      expect(dataset.samples).toHaveLength(12);
      expect((await decodeImage(dataset.samples[0]!.image!, 4)).size).toEqual([4, 3]);
    }
  });

  test("an empty list of files is an error", async () => {
    const folder = await folderOf({ ...(await saved()) });
    writeFileSync(join(folder, "dataset_dict.json"), JSON.stringify({ splits: ["other"] }));
    await expect(open(folder)).rejects.toThrow("none of its splits is train, validation or test");
  });
});
