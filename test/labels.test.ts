/** @module Labels of tables: what is written in cells, and which classes every sample must have. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";

import { dataConfig } from "../src/data/config.js";
import { type Dataset, samplesOf, SPLITS } from "../src/data/dataset.js";
import { assertFit, unfitness } from "../src/data/fitness.js";
import { openDataset } from "../src/data/open.js";
import { temporaryFolder } from "./support/cli.js";
import { shown } from "./support/words.js";

const open = (source: string, more: object = {}): Promise<Dataset> =>
  openDataset(dataConfig.parse({ source, ...more }));

const TEXTS = { modalities: "text" } as const;

const write = (name: string, contents: string | Uint8Array, folder = temporaryFolder()): string => {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, contents);
  return path;
};

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

/** A table of texts whose label cells repeat; `${rows}` of them. */
const csv = (cells: readonly string[], rows = 60): string =>
  [
    "text,label",
    ...Array.from({ length: rows }, (_, at) => `t${at},${quoted(cells[at % cells.length]!)}`),
  ].join("\n");

const jsonl = (labels: readonly unknown[], rows = 60): string =>
  Array.from({ length: rows }, (_, at) =>
    JSON.stringify({ text: `t${at}`, label: labels[at % labels.length] }),
  ).join("\n");

/** Names of a sample's classes. */
const namesOf = ({ classes }: Dataset, sample: Dataset["samples"][number]): string[] =>
  sample.labels.map((label) => classes[label]!);

/** Class names of the sample of each cell that repeats; `null` where its row was left out. */
function labelsOf(dataset: Dataset, cells: number): (string[] | null)[] {
  return Array.from({ length: cells }, (_, at) => {
    const sample = dataset.samples.find(({ text }) => text === `t${at}`);
    return sample ? namesOf(dataset, sample) : null;
  });
}

const kinds = ({ issues }: Dataset): string[] => [...new Set(issues.map(({ kind }) => kind))];

const messageOf = ({ issues }: Dataset, kind: string): string =>
  shown(issues.find((issue) => issue.kind === kind)?.message ?? "");

const sizes = (dataset: Dataset): number[] =>
  SPLITS.map((split) => samplesOf(dataset, split).length);

interface Case {
  readonly what: string;
  /** Cells of a CSV, or values of a JSONL file. */
  readonly cells?: readonly string[];
  readonly values?: readonly unknown[];
  readonly settings?: object;
  /** Classes of each cell's sample. */
  readonly want: readonly (readonly string[] | null)[];
  readonly labelKind?: "multi-label";
  /** Kinds of issues, besides none. */
  readonly issues?: readonly string[];
}

const THREE = [["class 0", "class 2"], ["class 1"], ["class 0"], []];

const CASES: readonly Case[] = [
  {
    what: "vectors of zeros and ones are positions",
    values: [
      [1, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 0],
    ],
    want: THREE,
    labelKind: "multi-label",
  },
  {
    what: "vectors of truth values and of floats",
    values: [
      [true, false, true],
      [0.0, 1.0, 0.0],
      [true, false, false],
      [0, 0, 0],
    ],
    want: THREE,
    labelKind: "multi-label",
  },
  {
    what: "vectors as texts: JSON's",
    cells: ["[1, 0, 1]", "[0, 1, 0]", "[1, 0, 0]", "[0, 0, 0]"],
    want: THREE,
    labelKind: "multi-label",
  },
  {
    what: "vectors as texts: numpy's",
    cells: ["[1. 0. 1.]", "[0. 1. 0.]", "[1. 0. 0.]", "[0. 0. 0.]"],
    want: THREE,
    labelKind: "multi-label",
  },
  {
    what: "vectors as texts: Python's truth values",
    cells: [
      "[True, False, True]",
      "[False, True, False]",
      "[True, False, False]",
      "[False, False, False]",
    ],
    want: THREE,
    labelKind: "multi-label",
  },
  ...[" ", ",", ", ", ";", "|"].map((sign) => ({
    what: `vectors as texts with "${sign}" between`,
    cells: ["1 0 1", "0 1 0", "1 0 0", "0 0 0"].map((text) => text.replaceAll(" ", sign)),
    want: THREE,
    labelKind: "multi-label" as const,
  })),
  {
    what: "a separator that is given does not hide vectors",
    cells: ["1,0,1", "0,1,0", "1,0,0", "0,0,0"],
    settings: { labelSeparator: "," },
    want: THREE,
    labelKind: "multi-label",
  },
  {
    what: "one-hot vectors with one class each are single-label",
    values: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    want: [["class 0"], ["class 1"], ["class 2"]],
  },
  {
    what: "a broken vector among many is left out",
    values: [...Array.from({ length: 29 }, (_, at) => [at % 2, 1, 0]), [1, 0]],
    want: [
      ...Array.from({ length: 29 }, (_, at) => (at % 2 ? ["class 0", "class 1"] : ["class 1"])),
      null,
    ],
    labelKind: "multi-label",
    issues: ["label-unusable", "class-untrained"],
  },
  {
    what: "lists of one number are class numbers",
    values: [[1], [0]],
    want: [["1"], ["0"]],
  },
  {
    what: "lists of class numbers of different lengths",
    values: [[0], [0, 1], [1], [0, 1]],
    want: [["0"], ["0", "1"], ["1"], ["0", "1"]],
    labelKind: "multi-label",
  },
  {
    what: "lists of more class numbers of one length",
    values: [
      [0, 3],
      [1, 2],
      [0, 2],
    ],
    want: [
      ["0", "3"],
      ["1", "2"],
      ["0", "2"],
    ],
    labelKind: "multi-label",
  },
  {
    what: "separated class numbers 0 and 1, as the user says",
    cells: ["0,1", "0", "1"],
    settings: { labelSeparator: "," },
    want: [["0", "1"], ["0"], ["1"]],
    labelKind: "multi-label",
  },
  {
    what: "lists in JSON; an empty one is no class, null is unlabelled",
    values: [["drama", "war"], ["war"], [], null],
    want: [["drama", "war"], ["war"], [], null],
    labelKind: "multi-label",
    issues: ["label-missing"],
  },
  {
    what: "lists as Python writes them",
    cells: ["['drama', 'war']", "['war']", "[]", '["it\'s \\"new\\"", \'caf\\u00e9\']'],
    want: [["drama", "war"], ["war"], [], ['it\'s "new"', "café"]],
    labelKind: "multi-label",
  },
  {
    what: "lists as JSON writes them",
    cells: ['["drama", "war"]', '["war"]', "[]", ""],
    want: [["drama", "war"], ["war"], [], null],
    labelKind: "multi-label",
    issues: ["label-missing"],
  },
  {
    what: "lists as numpy writes them",
    cells: ["['drama' 'war']", "['war']"],
    want: [["drama", "war"], ["war"]],
    labelKind: "multi-label",
  },
  {
    what: "tuples and sets",
    cells: ["('drama', 'war')", "('war',)", "{'drama'}", "set()"],
    want: [["drama", "war"], ["war"], ["drama"], []],
    labelKind: "multi-label",
  },
  {
    what: "lists of one label each are single-label",
    cells: ["['drama']", "['war']"],
    want: [["drama"], ["war"]],
  },
  {
    what: "lists without quotes",
    cells: ["[drama, sci fi]", "[drama]", "[sci fi, war]"],
    want: [["drama", "sci fi"], ["drama"], ["sci fi", "war"]],
    labelKind: "multi-label",
  },
  {
    what: "bracketed words of one each are labels",
    cells: ["[CLS]", "[PAD]"],
    want: [["[CLS]"], ["[PAD]"]],
  },
  {
    what: "a lone label that begins like a list is a label",
    cells: ["[other]", "war", "drama", "war"],
    want: [["[other]"], ["war"], ["drama"], ["war"]],
  },
  {
    what: "a lone label that is a list is a label, and named",
    cells: ["['a', 'b']", "war", "drama", "war"],
    want: [["['a', 'b']"], ["war"], ["drama"], ["war"]],
    issues: ["label-lists-mixed"],
  },
  {
    what: "a broken list among many is left out, a bare label is one",
    cells: [...Array.from({ length: 28 }, () => "['drama', 'war']"), "['drama', 'war", "war"],
    want: [...Array.from({ length: 28 }, () => ["drama", "war"]), null, ["war"]],
    labelKind: "multi-label",
    issues: ["label-not-a-list", "label-unusable"],
  },
  {
    what: "labels in parentheses are labels",
    cells: ["(unknown)", "(5)"],
    want: [["(unknown)"], ["(5)"]],
  },
  {
    what: "a bar is suggested, not applied",
    cells: ["drama", "comedy", "drama|war", "comedy|war"],
    want: [["drama"], ["comedy"], ["drama|war"], ["comedy|war"]],
    issues: ["label-separator"],
  },
  {
    what: "names with commas are no lists",
    cells: ["Smith, John", "Doe, Jane", "Roe, Richard"],
    want: [["Smith, John"], ["Doe, Jane"], ["Roe, Richard"]],
  },
  {
    what: "equal numbers are one class",
    cells: ["0", "1", "0.0", "1.0", "2.50", "2.5"],
    want: [["0"], ["1"], ["0"], ["1"], ["2.5"], ["2.5"]],
    issues: ["label-equal"],
  },
  {
    what: "floats that are not mixed with integers stay as they are",
    cells: ["0.0", "1.0"],
    want: [["0.0"], ["1.0"]],
  },
  {
    what: "truth values and numbers",
    cells: ["False", "1", "0", "True"],
    want: [["0"], ["1"], ["0"], ["1"]],
    issues: ["label-equal"],
  },
  {
    what: "truth values as Python and JSON write them",
    cells: ["False", "true", "false", "True"],
    want: [["false"], ["true"], ["false"], ["true"]],
    issues: ["label-equal"],
  },
  {
    what: "truth values among words are words",
    cells: ["False", "0", "maybe"],
    want: [["False"], ["0"], ["maybe"]],
  },
  {
    what: "JSON's numbers, truth values and texts",
    values: [0, "1", "0.0", true],
    want: [["0"], ["1"], ["0"], ["1"]],
    issues: ["label-equal"],
  },
  {
    what: "leading zeros are no numbers, but named",
    cells: ["01", "1", "2"],
    want: [["01"], ["1"], ["2"]],
    issues: ["label-variants"],
  },
  {
    what: "case and inner space are named",
    cells: ["Sci-Fi", "sci-fi", "film  noir", "film noir"],
    want: [["Sci-Fi"], ["sci-fi"], ["film  noir"], ["film noir"]],
    issues: ["label-variants"],
  },
  {
    what: "Unicode's normal forms are named",
    cells: ["caf\u00e9", "cafe\u0301"],
    want: [["caf\u00e9"], ["cafe\u0301"]],
    issues: ["label-variants"],
  },
  {
    what: "spaces around labels do not count, and are named",
    values: ["cat", " cat ", "dog"],
    want: [["cat"], ["cat"], ["dog"]],
    issues: ["label-spaces"],
  },
  {
    what: "rare words for missing values in CSV",
    cells: [...Array.from({ length: 28 }, (_, at) => (at % 2 ? "x" : "y")), "None", "nan"],
    want: [...Array.from({ length: 28 }, (_, at) => [at % 2 ? "x" : "y"]), null, null],
    issues: ["label-missing", "label-word"],
  },
  {
    what: "a class called None",
    cells: ["hate", "None", "hate", "offence"],
    want: [["hate"], ["None"], ["hate"], ["offence"]],
    issues: ["label-word"],
  },
  {
    what: "a class called None beside one other",
    cells: ["hate", "hate", "hate", "None"],
    want: [["hate"], ["hate"], ["hate"], ["None"]],
    issues: ["label-word"],
  },
  {
    what: "JSON has null, so that a word is a word",
    values: [...Array.from({ length: 28 }, (_, at) => (at % 2 ? "x" : "y")), "None", null],
    want: [...Array.from({ length: 28 }, (_, at) => [at % 2 ? "x" : "y"]), ["None"], null],
    issues: ["class-absent", "label-missing", "label-word"],
  },
  {
    what: "None and NA among numbers are missing, however many",
    cells: ["0", "1", "None", "NA"],
    want: [["0"], ["1"], null, null],
    issues: ["label-missing", "label-word"],
  },
  {
    what: "null is no class, however frequent",
    cells: ["x", "null", "y"],
    want: [["x"], null, ["y"]],
    issues: ["label-missing", "label-word"],
  },
  {
    what: "null is a class where the user says that nothing is missing",
    cells: ["x", "null", "y"],
    settings: { missingLabels: [] },
    want: [["x"], ["null"], ["y"]],
  },
  {
    what: "None among lists is missing",
    cells: ["['x']", "None", "['x', 'y']"],
    want: [["x"], null, ["x", "y"]],
    labelKind: "multi-label",
    issues: ["label-missing", "label-word"],
  },
  {
    what: "the words for missing values as the user says",
    cells: ["x", "None", "?", "y"],
    settings: { missingLabels: ["?"] },
    want: [["x"], ["None"], null, ["y"]],
    issues: ["label-missing"],
  },
  {
    what: "an object is no label",
    values: ["x", { name: "x" }, "y", [["x"]]],
    want: [["x"], null, ["y"], null],
    issues: ["label-unusable"],
  },
  {
    what: "one row with two labels is named",
    values: [...Array.from({ length: 29 }, (_, at) => [at % 2 ? "x" : "y"]), ["x", "y"]],
    want: [...Array.from({ length: 29 }, (_, at) => [at % 2 ? "x" : "y"]), ["x", "y"]],
    labelKind: "multi-label",
    issues: ["label-count"],
  },
];

describe("labels of one column", () => {
  test.each(CASES)("$what", async ({ cells, values, settings, want, labelKind, issues = [] }) => {
    const path = cells ? write("t.csv", csv(cells)) : write("t.jsonl", jsonl(values!));
    const dataset = await open(path, settings);
    expect(labelsOf(dataset, want.length)).toEqual(want);
    expect(dataset.labelKind).toBe(labelKind ?? "single-label");
    expect(kinds(dataset).sort()).toEqual([...issues].sort());
    const unlabelled = want.filter((one) => one === null).length / want.length;
    expect(dataset.samples).toHaveLength(60 - 60 * unlabelled);
  });

  test("Parquet's lists of numbers and truth values", async () => {
    const vectors = Array.from({ length: 40 }, (_, at) => [
      at % 2,
      1 - (at % 2),
      Number(at % 3 === 0),
    ]);
    const text = { name: "text", data: vectors.map((_, at) => `t${at}`) };
    const types = { ints: vectors, truths: vectors.map((one) => one.map(Boolean)) };
    for (const [name, data] of Object.entries(types)) {
      const path = write(
        `${name}.parquet`,
        new Uint8Array(parquetWriteBuffer({ columnData: [text, { name: "labels", data }] })),
      );
      const dataset = await open(path);
      expect(dataset.classes).toEqual(["class 0", "class 1", "class 2"]);
      expect(labelsOf(dataset, 2)).toEqual([["class 1", "class 2"], ["class 0"]]);
    }
  });

  test("the messages say what to do", async () => {
    const bars = await open(write("a.csv", csv(["drama", "comedy", "drama|war", "comedy|war"])));
    expect(messageOf(bars, "label-separator")).toBe(
      '"|" in 30 labels seems to separate several: split, they are 3 names (comedy, drama, war), not 4 classes; --label-separator "|" splits them',
    );
    const equal = await open(write("b.csv", csv(["0", "1", "1.0", "1", "0", "2"])));
    expect(messageOf(equal, "label-equal")).toBe(
      '"1" (20 rows), "1.0" (10 rows) are equal and count as one class, "1"',
    );
    const { origin } = await open(write("c.csv", csv(["[0, 1]", "[1, 1]"])));
    expect(origin).toContain(
      "label: label (guessed; vectors of 2 zeros and ones: class 0, class 1)",
    );
  });

  test("vectors of other numbers are refused", async () => {
    const soft = write(
      "a.jsonl",
      jsonl([
        [0.2, 0.8],
        [0.5, 0.5],
      ]),
    );
    await expect(open(soft)).rejects.toThrow(
      `${soft}:1: the labels are vectors of 2 numbers, but not of zeros and ones: [0.2, 0.8].`,
    );
    const uncertain = write("b.csv", csv(["[1, -1, 0, 0]", "[-1, -1, 1, 0]"]));
    await expect(open(uncertain)).rejects.toThrow("not of zeros and ones: [1, -1, 0, 0]");
  });
});

describe("names of classes from a file", () => {
  const vectors = csv(["[1, 0, 1]", "[0, 1, 0]"]);
  const numbers = csv(["0", "2", "1.0"]);
  const want = {
    vectors: [["drama", "war"], ["comedy"]],
    numbers: [["drama"], ["war"], ["comedy"]],
  };

  test.each([
    ["lines", "names.txt", "drama\r\ncomedy\r\nwar\r\n"],
    ["a JSON list", "names.json", '[\n  "drama",\n  "comedy", "war"]'],
  ])("%s name positions and numbers, in their order", async (_, name, contents) => {
    const classNames = write(name, contents);
    const positions = await open(write("v.csv", vectors), { classNames });
    expect(labelsOf(positions, 2)).toEqual(want.vectors);
    expect(positions.classes).toEqual(["drama", "comedy", "war"]);
    const numbered = await open(write("n.csv", numbers), { classNames });
    expect(labelsOf(numbered, 3)).toEqual(want.numbers);
    expect(numbered.classes).toEqual(["drama", "comedy", "war"]);
  });

  test.each([
    ["too few for the vectors", vectors, "a\nb\n", "2 class names for vectors of 3 zeros and ones"],
    [
      "numbers out of range",
      csv(["1", "2", "3"]),
      "a\nb\nc\n",
      'the label "3" is neither one of the 3 class names',
    ],
    ["other names", csv(["x", "y"]), "a\nb\n", 'the label "x" is neither one of the 2 class names'],
    ["an empty name", vectors, "a\n\nb\n", "name 2 is empty"],
    ["a repeated name", vectors, "a\nb\na\n", 'name 3 occurs before: "a"'],
    ["broken JSON", vectors, '["a", ', "not valid JSON"],
    ["a list of numbers", vectors, "[1, 2, 3]", "not a list of texts"],
  ])("%s are refused", async (_, table, names, message) => {
    const classNames = write("names.txt", names);
    await expect(open(write("t.csv", table), { classNames })).rejects.toThrow(message);
  });
});

describe("a column per class", () => {
  const NAMES = ["drama", "comedy", "war"];
  const table = (rows: readonly string[]): string =>
    ["text,drama,comedy,war", ...rows.map((row, at) => `t${at},${row}`)].join("\n");
  const ROWS = [
    "1,0,1",
    "0,1,0",
    "1.0,0.0,",
    "Yes,no,NO",
    "TRUE,False,true",
    ",,",
    "0,maybe,1",
    "0,0,0",
  ];
  const columns = { labels: NAMES };

  test("zeros, ones, truth values, yes and no; what is neither is named by row and column", async () => {
    const path = write("t.csv", table([...ROWS, ...Array.from({ length: 40 }, () => "1,1,0")]));
    const dataset = await open(path, { columns });
    expect(dataset.labelKind).toBe("multi-label");
    expect(dataset.classes).toEqual(NAMES);
    expect(labelsOf(dataset, 8)).toEqual([
      ["drama", "war"],
      ["comedy"],
      ["drama"],
      ["drama"],
      ["drama", "war"],
      null,
      null,
      [],
    ]);
    const skipped = dataset.issues.filter(({ outcome }) => outcome === "sample-skipped");
    expect(skipped).toMatchObject([
      {
        kind: "label-unusable",
        where: `${path}:8`,
        message: 'the column "comedy" holds "maybe", which is neither 0 nor 1',
      },
      { kind: "label-missing", where: `${path}:7` },
    ]);
    await expect(open(path, { columns, onBad: "stop" })).rejects.toThrow(`${path}:8: the column`);
  });

  test("one class in every row is single-label", async () => {
    const rows = Array.from({ length: 30 }, (_, at) => ["1,0,0", "0,1,0", "0,0,1"][at % 3]!);
    const dataset = await open(write("t.csv", table(rows)), { columns });
    expect(dataset.labelKind).toBe("single-label");
    expect(labelsOf(dataset, 3)).toEqual([["drama"], ["comedy"], ["war"]]);
  });

  test("it is suggested where no column is a label", async () => {
    const path = write("t.csv", table(["1,0,1", "0,1,0"]));
    const refused = await open(path).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({
      message: `${path}: no column for the label.`,
      hint: expect.stringContaining("data.columns.labels=drama,comedy,war") as string,
    });
  });

  test.each([
    ["a column that is not there", { columns: { labels: ["drama", "wart"] } }, 'no column "wart"'],
    ["a label column too", { columns: { labels: NAMES, label: "war" } }, "not both"],
    ["a separator", { columns, labelSeparator: "|" }, "data.labelSeparator has no effect"],
    ["names", { columns, classNames: "x" }, "data.classNames has no effect"],
    ["words", { columns, missingLabels: ["x"] }, "data.missingLabels has no effect"],
  ])("%s is refused", async (_, settings, message) => {
    await expect(open(write("t.csv", table(["1,0,1", "0,1,0"])), settings)).rejects.toThrow(
      message,
    );
  });
});

describe("splits without labels", () => {
  const labelled = (from: number, to: number): string =>
    ["text,label", ...range(from, to).map((at) => `t${at},${at % 2}`)].join("\n");
  const bare = (from: number, to: number): string =>
    ["text", ...range(from, to).map((at) => `t${at}`)].join("\n");
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, at) => from + at);

  const folder = (files: Readonly<Record<string, string>>): string => {
    const path = temporaryFolder();
    for (const [name, contents] of Object.entries(files)) write(name, contents, path);
    return path;
  };

  const test1 = (label: string): string =>
    ["text,label", ...range(50, 60).map((at) => `t${at},${label}`)].join("\n");

  test.each([
    ["a file without the column", { "test.csv": bare(50, 60) }],
    ["a file whose cells are empty", { "test.csv": test1("") }],
    ["a file of NaN", { "test.csv": test1("NaN") }],
    ["a file of -1, as GLUE has it", { "test.csv": test1("-1") }],
    [
      "a sample submission beside it",
      { "test.csv": bare(50, 60), "sample_submission.csv": "id,label\n50,0\n" },
    ],
  ])("%s: test is drawn from training", async (what, files) => {
    const path = folder({ "train.csv": labelled(0, 50), ...files });
    const dataset = await open(path, TEXTS);
    assertFit(dataset);
    expect(dataset.classes).toEqual(["0", "1"]);
    expect(sizes(dataset)).toEqual([34, 6, 10]);
    expect(kinds(dataset)).toContain("split-unlabelled");
    expect(messageOf(dataset, "split-unlabelled")).toContain("its 10 rows are left out");
    expect(kinds(dataset).includes("table-passed-over")).toBe(what.includes("submission"));
  });

  test("training and validation with labels, test without", async () => {
    const files = {
      "train.csv": labelled(0, 40),
      "val.csv": labelled(40, 50),
      "test.csv": bare(50, 60),
    };
    expect(sizes(await open(folder(files)))).toEqual([32, 10, 8]);
  });

  test("a split column whose test rows have no label", async () => {
    const rows = range(0, 60).map(
      (at) => `t${at},${at < 50 ? at % 2 : ""},${at < 50 ? "train" : "test"}`,
    );
    const dataset = await open(write("t.csv", ["text,label,split", ...rows].join("\n")));
    expect(sizes(dataset)).toEqual([34, 6, 10]);
    expect(kinds(dataset)).toEqual(["split-unlabelled"]);
  });

  test("training alone, and with a test split of its own", async () => {
    expect(sizes(await open(folder({ "train.csv": labelled(0, 60) })))).toEqual([42, 6, 12]);
    const both = folder({ "train.csv": labelled(0, 50), "test.csv": labelled(50, 60) });
    expect(sizes(await open(both))).toEqual([44, 6, 10]);
  });

  test("columns per class that the test file lacks, or where it has -1", async () => {
    const bits = (from: number, to: number, bit: (at: number) => string): string =>
      ["text,a,b", ...range(from, to).map((at) => `t${at},${bit(at)}`)].join("\n");
    const train = bits(0, 50, (at) => `${at % 2},${Number(at % 3 === 0)}`);
    for (const last of [bare(50, 60), bits(50, 60, () => "-1,-1")]) {
      const path = folder({ "train.csv": train, "test.csv": last });
      const dataset = await open(path, { columns: { labels: ["a", "b"] } });
      expect(dataset.classes).toEqual(["a", "b"]);
      expect(kinds(dataset)).toEqual(["split-unlabelled"]);
      expect(dataset.samples).toHaveLength(50);
    }
  });

  test("a label column that is given and that the test file lacks", async () => {
    const train = labelled(0, 50).replace("text,label", "text,what");
    const path = folder({ "train.csv": train, "test.csv": bare(50, 60) });
    expect(sizes(await open(path, { columns: { label: "what" } }))).toEqual([34, 6, 10]);
    await expect(open(path, { columns: { label: "that" } })).rejects.toThrow('no column "that"');
  });

  test("training without labels is refused", async () => {
    const path = folder({ "train.csv": bare(0, 50), "test.csv": labelled(50, 60) });
    await expect(open(path)).rejects.toThrow(
      `${join(path, "train.csv")}: no column for the label.`,
    );
  });

  test("numbers of one file and floats of another are the same classes", async () => {
    const floats = ["text,label", ...range(50, 60).map((at) => `t${at},${at % 2}.0`)].join("\n");
    const dataset = await open(
      folder({ "train.csv": labelled(0, 40), "val.csv": labelled(40, 50), "test.csv": floats }),
      TEXTS,
    );
    assertFit(dataset);
    expect(sizes(dataset)).toEqual([40, 10, 10]);
    expect(dataset.classes).toEqual(["0", "1"]);
    expect(kinds(dataset)).toEqual(["label-equal"]);
  });
});

describe("small classes", () => {
  const rows = (classOf: (at: number) => number, count = 60): string =>
    ["text,label", ...Array.from({ length: count }, (_, at) => `t${at},c${classOf(at)}`)].join(
      "\n",
    );

  test("thirty classes of two samples: what to do", async () => {
    const dataset = await open(
      write(
        "t.csv",
        rows((at) => at >> 1),
      ),
      TEXTS,
    );
    expect(unfitness(dataset).map(({ reason }) => ({ reason: shown(reason) }))).toEqual(
      ["validation", "test"].map((split) => ({
        reason: `the ${split} split is empty: no class has the 3 samples that it needs to be in every split (60 samples of 30 classes); add samples, merge classes, or give the splits yourself, by files or with --split-column`,
      })),
    );
  });

  test("classes that are only in training are named", async () => {
    const dataset = await open(
      write(
        "t.csv",
        rows((at) => (at < 40 ? at % 2 : at >> 1)),
      ),
      TEXTS,
    );
    expect(unfitness(dataset)).toEqual([]);
    const messages = dataset.issues.filter(({ kind }) => kind === "class-absent");
    expect(messages.map(({ message }) => shown(message).slice(0, 95))).toEqual([
      "the validation split has no sample of 10 of the 12 classes: c20, c21, c22, c23, c24 and 5 more;",
      "the test split has no sample of 10 of the 12 classes: c20, c21, c22, c23, c24 and 5 more; a cla",
    ]);
  });
});
