import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { dataConfig } from "./config.js";
import { samplesOf, SPLITS } from "./dataset.js";
import { assertFit } from "./fitness.js";
import { openDataset } from "./open.js";

const folder = mkdtempSync(join(tmpdir(), "balgrad-table-"));

function write(name: string, contents: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

const open = (source: string, more: object = {}) =>
  openDataset(dataConfig.parse({ source, ...more }));

const rows = (count: number, label: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => `${at}.png,text ${at},${label(at)}`).join("\n");

describe("tables", () => {
  test("byte-order mark, CRLF, quoted commas and guessed columns", async () => {
    const path = write(
      "a.csv",
      '\uFEFFFile_Name,Caption,Category\r\n1.png,"one, two",x\r\n2.png,,y\r\n',
    );
    const { samples } = await open(path);
    expect(samples.map(({ text }) => text)).toEqual(["one, two", null]);
    expect(samples[0]!.image).toEqual({ kind: "file", path: join(folder, "1.png"), root: folder });
  });

  test("a drawn split is stratified, seeded, and uses every row once", async () => {
    const path = write("b.csv", `image,text,label\n${rows(60, (at) => (at % 3 ? "x" : "y"))}`);
    const first = await open(path);
    expect(SPLITS.map((split) => samplesOf(first, split).length)).toEqual([42, 6, 12]);
    const test = (dataset: typeof first) => samplesOf(dataset, "test").map(({ id }) => id);
    expect(test(await open(path))).toEqual(test(first));
    expect(test(await open(path, { splitSeed: 2 }))).not.toEqual(test(first));
    expect(samplesOf(first, "test").filter(({ labels }) => labels[0] === 1)).toHaveLength(4);
  });

  test("given splits are kept; validation is cut from training where it is not given", async () => {
    const lines = Array.from({ length: 40 }, (_, at) =>
      JSON.stringify({ text: `t${at}`, label: at % 2, split: at < 30 ? "training" : "test" }),
    );
    const dataset = await open(write("c.jsonl", lines.join("\n")));
    expect(SPLITS.map((split) => samplesOf(dataset, split).length)).toEqual([26, 4, 10]);
    expect(dataset.classes).toEqual(["0", "1"]);
  });

  test("lists and separators make multi-label data", async () => {
    const path = write("d.csv", "text,label\na,x|y\nb,y\nc,\n");
    const dataset = await open(path, { labelSeparator: "|" });
    expect(dataset.labelKind).toBe("multi-label");
    expect(dataset.samples.map(({ labels }) => labels.length).sort()).toEqual([0, 1, 2]);
  });

  test("bad rows are skipped, counted and named", async () => {
    const path = write(
      "e.csv",
      "id,text,label,split\n1,a,x,train\n2,b,,train\n3,c,y,train\n4,d,z,test\n5,e,x,nowhere\n",
    );
    const { issues, samples } = await open(path);
    expect(samples.map(({ id }) => id)).toEqual(["1", "3"]);
    expect(issues.map(({ kind, where }) => `${kind} ${where.split(":").at(-1)}`)).toEqual([
      "label-missing 3",
      "split-unknown 6",
      "label-unknown 5",
    ]);
    await expect(open(path, { onUnknownLabel: "stop" })).rejects.toThrow(
      `${path}:5: the label "z" does not occur in the training split.`,
    );
  });

  test("paths that leave the folder are refused", async () => {
    const path = write("f.csv", "image,text,label\n../../etc/passwd,a,x\n/etc/passwd,b,y\n");
    const { issues, samples } = await open(path);
    expect(issues.map(({ kind }) => kind)).toEqual(["image-outside", "image-outside"]);
    expect(samples.map(({ image }) => image)).toEqual([null, null]);
    await expect(open(path, { onBad: "stop" })).rejects.toThrow("leads out of");
  });
});

describe("what cannot be used is refused in words", () => {
  const cases: [string, string, string, object?][] = [
    ["no column", "g1.csv", '"labell"', { columns: { label: "labell" } }],
    ["no label column", "g2.csv", "no column for the label"],
    ["no modality", "g3.csv", "neither a column for the image nor one for the text"],
    ["ragged rows", "g4.csv", "g4.csv:2: 3 fields, the header has 2", { onBad: "stop" }],
    ["ragged rows alone", "g4.csv", "the table has no usable rows"],
    ["no rows", "g5.csv", "the table has no rows"],
    ["bad JSON", "g6.jsonl", "g6.jsonl:2: not valid JSON", { onBad: "stop" }],
    ["no object", "g7.jsonl", "g7.jsonl:1: no JSON object", { onBad: "stop" }],
    ["unknown ending", "g8.doc", "not a table that can be read"],
  ];
  const contents: Record<string, string> = {
    "g1.csv": "text,label\na,x\n",
    "g2.csv": "text,what\na,x\n",
    "g3.csv": "what,label\na,x\n",
    "g4.csv": "text,label\na,x,y\n",
    "g5.csv": "text,label\n",
    "g6.jsonl": '{"text":"a","label":"x"}\n{"text":\n',
    "g7.jsonl": "[1]\n",
    "g8.doc": "hello",
  };
  test.each(cases)("%s", async (_, name, message, more = {}) => {
    await expect(open(write(name, contents[name]!), more)).rejects.toThrow(message);
  });

  test("empty splits and a single class", async () => {
    const empty = await open(write("h1.csv", "text,label,split\na,x,train\nb,y,train\nc,x,dev\n"));
    expect(() => {
      assertFit(empty);
    }).toThrow("the test split is empty");
    const one = await open(write("h2.csv", "text,label\na,x\nb,x\nc,x\nd,x\n"));
    expect(() => {
      assertFit(one);
    }).toThrow('at least two classes in the training split, got 1 ("x")');
  });
});

const STAMPS = process.env.BALGRAD_TUXPAINT ?? "../shared/data/tuxpaint_stamps";

test.skipIf(!existsSync(STAMPS))("a folder with one table opens by itself", async () => {
  const dataset = await open(STAMPS);
  expect(dataset.samples).toHaveLength(917);
  expect(dataset.classes).toHaveLength(12);
  // Its validation split has no sample of two small classes; nothing else is wrong.
  expect(dataset.issues.map(({ kind, outcome }) => [kind, outcome])).toEqual([
    ["class-absent", "noted"],
  ]);
});
