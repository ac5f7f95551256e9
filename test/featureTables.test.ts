/** @module Precomputed feature vectors: files of every kind, what is wrong with them, and training. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parquetWriteFile } from "hyparquet-writer";
import { beforeEach, describe, expect, test } from "vitest";

import { dataConfig } from "../src/data/config.js";
import type { Dataset } from "../src/data/dataset.js";
import { openDataset } from "../src/data/open.js";
import { DataError } from "../src/errors.js";
import { Classifier } from "../src/predict/predict.js";
import { randomStream } from "../src/random.js";
import { RunFolder } from "../src/run/folder.js";
import { nodeRuntime } from "../src/runtime/node.js";
import { checkData } from "../src/usecases/check.js";
import { evaluate } from "../src/usecases/evaluate.js";
import { toHalf } from "../src/tensors/half.js";
import { writeSafetensors } from "../src/tensors/safetensors.js";
import { balgrad, temporaryFolder } from "./support/cli.js";

const ROWS = 60;
const CLASSES = ["cat", "dog", "owl"];

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** Vectors that tell the class, with some noise. */
function vectors(size: number, seed: number): Float32Array {
  const random = randomStream(seed, "vectors");
  return Float32Array.from(
    { length: ROWS * size },
    (_, at) => (Math.floor(at / size) % 3 === (at % size) % 3 ? 2 : 0) + 0.3 * random.normal(),
  );
}

/** Bytes of a `.npy` file. */
function npy(
  shape: readonly number[],
  values: Float32Array | Float64Array | Uint16Array,
  { descr = "<f4", order = "False", version = 1 } = {},
): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  const prefix = version === 1 ? 10 : 12;
  const header = text.padEnd(64 * Math.ceil((prefix + text.length + 1) / 64) - prefix - 1) + "\n";
  const start = Buffer.alloc(prefix);
  start.write("\x93NUMPY", "latin1");
  start[6] = version;
  if (version === 1) start.writeUInt16LE(header.length, 8);
  else start.writeUInt32LE(header.length, 8);
  const { buffer, byteOffset, byteLength } = values;
  return Buffer.concat([start, Buffer.from(header), Buffer.from(buffer, byteOffset, byteLength)]);
}

function write(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** A table of ids and labels. */
const table = (rows = ROWS): string =>
  write(
    "table.csv",
    [
      "id,label",
      ...Array.from({ length: rows }, (_, at) => `${100 + at},${CLASSES[at % 3]!}`),
    ].join("\n"),
  );

const open = (features: { image?: string; text?: string }, source = table()): Promise<Dataset> =>
  openDataset(dataConfig.parse({ source, features }));

/** A sample's features by its id. */
const rowOf = (dataset: Dataset, id: number, side: "image" | "text"): number[] | null => {
  const source = dataset.samples.find((sample) => sample.id === String(id))!.features![side];
  return source ? [...source.row()] : null;
};

describe("files of features", () => {
  const values = vectors(4, 1);
  const expected = [...values.subarray(28, 32)];

  test.each([
    ["version 1", npy([ROWS, 4], values), 6],
    ["version 2", npy([ROWS, 4], values, { version: 2 }), 6],
    ["version 3", npy([ROWS, 4], values, { version: 3 }), 6],
    ["float64", npy([ROWS, 4], Float64Array.from(values), { descr: "<f8" }), 6],
    ["float16", npy([ROWS, 4], toHalf(values), { descr: "<f2" }), 2],
  ] as const)(".npy, %s", async (_, bytes, digits) => {
    const dataset = await open({ image: write("a.npy", bytes) });
    expect(dataset.features).toEqual({ image: 4 });
    rowOf(dataset, 107, "image")!.forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at]!, digits);
    });
  });

  test.each([
    ["Fortran order", npy([ROWS, 4], values, { order: "True" })],
    ["Python objects", npy([ROWS, 4], values, { descr: "|O" })],
    [">f4", npy([ROWS, 4], values, { descr: ">f4" })],
    ["<i8", npy([ROWS, 4], values, { descr: "<i8" })],
    ["shape is (240)", npy([ROWS * 4], values)],
    ["cut off", npy([ROWS, 4], values.subarray(9))],
    ["59 vectors for the 60 usable rows", npy([ROWS - 1, 4], values)],
    ["not a .npy file", Buffer.from("something else entirely")],
    ["not a .npy file", Buffer.from("")],
  ])("that are not usable are refused: %s", async (message, bytes) => {
    const error: unknown = await open({ image: write("a.npy", bytes) }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toContain(message);
  });

  test("vectors of NaN stand for a missing modality, other odd values are named", async () => {
    const odd = values.slice();
    odd.fill(NaN, 0, 4);
    odd[9] = Infinity;
    const text = write("t.npy", npy([ROWS, 4], values));
    const dataset = await open({ image: write("a.npy", npy([ROWS, 4], odd)), text });
    expect(rowOf(dataset, 100, "image")).toBeNull();
    expect(rowOf(dataset, 102, "image")).toBeNull();
    expect(rowOf(dataset, 101, "image")).not.toBeNull();
    expect(dataset.issues.map(({ kind }) => kind)).toEqual(["image-features-not-finite"]);
  });

  test.each(["names in the metadata", "a tensor of whole numbers"])(
    ".safetensors by ids: %s",
    async (how) => {
      const backwards = Array.from({ length: ROWS }, (_, at) => 100 + ROWS - 1 - at);
      const ids = {
        dtype: "int64",
        shape: [ROWS],
        data: BigInt64Array.from(backwards, BigInt),
      } as const;
      const matrix = { dtype: "float32", shape: [ROWS, 4], data: values } as const;
      const bytes = how.startsWith("names")
        ? writeSafetensors(new Map([["text", matrix]]), { ids: JSON.stringify(backwards) })
        : writeSafetensors(
            new Map<string, typeof ids | typeof matrix>([
              ["ids", ids],
              ["text", matrix],
            ]),
          );
      const dataset = await open({ text: write("t.safetensors", bytes) });
      expect(rowOf(dataset, 100 + ROWS - 1 - 7, "text")).toEqual(expected);
    },
  );

  test("64-bit ids that differ only in their last digits find their own vectors", async () => {
    const places = Array.from({ length: ROWS }, (_, at) => at);
    const idOf = (at: number): bigint => 1114679353714016256n + BigInt(at);
    const labelled = places.map((at) => `{"id":${idOf(at)},"label":${at % 3}}`).join("\n");
    const ids = places.map(idOf);
    parquetWriteFile({
      filename: join(folder, "table.parquet"),
      columnData: [
        { name: "id", data: ids, type: "INT64" },
        { name: "label", data: places.map((at) => at % 3), type: "INT32" },
      ],
    });
    parquetWriteFile({
      filename: join(folder, "v.parquet"),
      columnData: [
        { name: "id", data: ids, type: "INT64" },
        { name: "text_features", data: places.map((at) => [at, 1]), type: "JSON" },
      ],
    });
    const matrix = {
      ...({ dtype: "float32", shape: [ROWS, 2] } as const),
      data: Float32Array.from(places.flatMap((at) => [at, 1])),
    };
    const named = writeSafetensors(new Map([["text", matrix]]), { ids: `[${ids.join(",")}]` });
    const lines = places.map((at) => `{"id":"${idOf(at)}","text_features":[${at},1]}`).join("\n");
    const sources = [write("table.jsonl", labelled), join(folder, "table.parquet")];
    const features = [
      write("v.jsonl", lines),
      write("v.safetensors", named),
      join(folder, "v.parquet"),
    ];
    for (const source of sources) {
      for (const text of features) {
        const { samples, issues } = await open({ text }, source);
        expect(issues).toEqual([]);
        expect(samples.map(({ id }) => id)).toEqual(ids.map(String));
        const found = samples.map((sample) => [...sample.features!.text!.row()]);
        expect(found).toEqual(places.map((at) => [at, 1]));
      }
    }
  });

  test("ids without features lose the modality and are named", async () => {
    const matrix = { dtype: "float32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } as const;
    const bytes = writeSafetensors(new Map([["x", matrix]]), { ids: '["100", "101"]' });
    const image = write("a.safetensors", bytes);
    const text = write("t.npy", npy([ROWS, 4], values));
    const dataset = await open({ image, text });
    expect(rowOf(dataset, 101, "image")).toEqual([3, 4]);
    expect(rowOf(dataset, 102, "image")).toBeNull();
    expect(dataset.issues).toHaveLength(ROWS - 2);
    expect(dataset.issues[0]).toMatchObject({ kind: "image-features-missing" });
  });

  test("Parquet lists: a file of their own, and columns of the table", async () => {
    const lists = Array.from({ length: ROWS }, (_, at) => [...values.subarray(4 * at, 4 * at + 4)]);
    const path = join(folder, "f.parquet");
    parquetWriteFile({
      filename: path,
      columnData: [
        { name: "id", data: lists.map((_, at) => String(100 + at)) },
        { name: "label", data: lists.map((_, at) => CLASSES[at % 3]!) },
        { name: "embedding", data: lists },
      ],
    });
    expect(rowOf(await open({ image: path }), 107, "image")).toEqual(expected);
    const own = await open({ image: "embedding" }, path);
    expect(own.features).toEqual({ image: 4 });
    expect(rowOf(own, 107, "image")).toEqual(expected);
    await expect(open({ image: "nothing" }, path)).rejects.toThrow(/no column "nothing"/);
    const lines = lists.map((list, at) =>
      JSON.stringify({ id: 100 + at, label: CLASSES[at % 3], v: at === 3 ? null : list }),
    );
    const jsonl = write("d.jsonl", lines.join("\n"));
    const both = await open({ image: "v", text: path }, jsonl);
    expect(rowOf(both, 103, "image")).toBeNull();
    expect(rowOf(both, 107, "image")).toEqual(expected);
    lines[5] = JSON.stringify({ id: 105, label: "cat", v: [1] });
    const uneven = write("e.jsonl", lines.join("\n"));
    await expect(open({ image: "v" }, uneven)).rejects.toThrow(/e\.jsonl:6.*1 numbers.*4/);
  });

  test("do not fit what is no single table", async () => {
    const image = write("a.npy", npy([ROWS, 4], values));
    await expect(open({ image }, "emoji:groups")).rejects.toThrow(/is a setting of tables/);
    const tables = join(folder, "tables");
    mkdirSync(tables);
    for (const name of ["train.csv", "test.csv"]) {
      writeFileSync(join(tables, name), "id,label\n1,a\n2,b\n3,a\n4,b");
    }
    await expect(open({ image }, tables)).rejects.toThrow(/several tables/);
  });
});

const QUICK = ["--batch-size", "8", "--embed", "16", "--json"];

interface Rows {
  readonly rows: readonly { readonly protocol: { readonly full: number } }[];
}

describe("the command line on precomputed features", () => {
  test("trains, stops, resumes, evaluates, reports and predicts", async () => {
    const image = write("a.npy", npy([ROWS, 4], vectors(4, 1)));
    const text = write("b.npy", npy([ROWS, 7], vectors(7, 2)));
    const data = [table(), "--image-features", image, "--text-features", text];
    const settings = { data: { source: data[0]!, features: { image, text } } };
    expect(await checkData({ settings, origin: "test" })).toMatchObject({
      fit: true,
      splits: { test: { withoutImage: 0, withoutText: 0 } },
    });
    const out = join(folder, "run");
    const whole = join(folder, "whole");
    const train = ["train", ...data, ...QUICK, "--epochs", "60"];
    const stopped = await balgrad([...train, "--out", out], { interruptAt: "epoch 2" });
    expect(stopped.code, stopped.stderr).toBe(130);
    const resumed = await balgrad(["train", "--resume", out, "--json"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const straight = await balgrad([...train, "--out", whole]);
    expect((JSON.parse(resumed.stdout) as Rows).rows).toEqual(
      (JSON.parse(straight.stdout) as Rows).rows,
    );
    const { result } = (await evaluate({ store: new RunFolder(out) })).result;
    expect(result.protocol.scores.full).toBeGreaterThan(80);
    const classifier = await Classifier.load(join(out, "model"), nodeRuntime());
    const owl = Float32Array.from({ length: 4 }, (_, at) => (at % 3 === 2 ? 2 : 0));
    const [best] = await classifier.classify({ imageFeatures: owl });
    expect(best!.label).toBe("owl");
    await expect(classifier.classify({ imageFeatures: [1, 2] })).rejects.toThrow(/4 finite/);
    await expect(classifier.classify({ text: "owl" })).rejects.toThrow(/precomputed text features/);
    await classifier.release();
  });

  test("takes features for one modality and its own encoder for the other", async () => {
    const image = write("a.npy", npy([ROWS, 4], vectors(4, 1)));
    const lines = Array.from(
      { length: ROWS },
      (_, at) => `${100 + at},${CLASSES[at % 3]!},a ${CLASSES[at % 3]!} ${at}`,
    );
    const source = write("texts.csv", ["id,label,text", ...lines].join("\n"));
    const run = ["train", source, "--image-features", image, ...QUICK, "--epochs", "2"];
    const done = await balgrad([...run, "--out", join(folder, "run")]);
    expect(done.code, done.stderr).toBe(0);
    const wrong = await balgrad([
      ...run,
      ...["--set", 'model.image={"type":"features","size":5}', "--out", join(folder, "other")],
    ]);
    expect(wrong.code).toBe(2);
    expect(wrong.stdout).toContain("model.image.size is 5");
  });
});
