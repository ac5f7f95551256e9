/** @module Tables of every kind of file, groups, folders of tables and of classes. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parquetMetadata } from "hyparquet";
import { describe, expect, test } from "vitest";

import { assign } from "../src/cli/assign.js";
import { dataConfig } from "../src/data/config.js";
import { type Dataset, samplesOf, SPLITS } from "../src/data/dataset.js";
import { openDataset } from "../src/data/open.js";
import { decodeImage } from "../src/prepare/images/decode.js";
import { resolvePair } from "../src/encode/pretrained/files.js";
import { writeParquet } from "./layouts/parquet.js";
import { picture } from "./layouts/pictures.js";
import { workbookOf, zipOf } from "./layouts/xlsx.js";
import { temporaryFolder } from "./support/cli.js";

const open = (source: string, more: object = {}): Promise<Dataset> =>
  openDataset(dataConfig.parse({ source, ...more }));

const sizes = (dataset: Dataset): number[] =>
  SPLITS.map((split) => samplesOf(dataset, split).length);

const NAMES = ["cat", "dog"];

const parquetRows = (count: number, hue = 0) =>
  Promise.all(
    Array.from({ length: count }, async (_, at) => ({
      picture: at === 1 ? null : new Uint8Array(await picture(at, hue, "png")),
      text: at === 2 ? null : `text ${at}`,
      label: at % 2,
    })),
  );

describe("Parquet", () => {
  test("embedded pictures are read when they are decoded; class numbers get their names", async () => {
    const path = join(temporaryFolder(), "all.parquet");
    const rows = await parquetRows(20);
    writeParquet(path, rows, NAMES);
    const dataset = await open(path);
    expect(dataset.classes).toEqual(NAMES);
    expect(dataset.samples).toHaveLength(20);
    expect(dataset.samples[2]!.text).toBeNull();
    for (const at of [0, 13, 5]) {
      const decoded = await decodeImage(dataset.samples[at]!.image!, 20);
      const direct = await decodeImage({ kind: "bytes", bytes: rows[at]!.picture! }, 20);
      expect(decoded).toEqual(direct);
    }
    expect(dataset.samples[1]!.image).toBeNull();
  });

  test("a cell with a path and no bytes is the file beside the table, or a missing file", async () => {
    const folder = temporaryFolder();
    const rows = await parquetRows(20);
    writeFileSync(join(folder, "six.png"), rows[6]!.picture!);
    const beside = rows.map((row, at) =>
      at === 6 || at === 7 ? { ...row, picture: null, path: at === 6 ? "six.png" : "x.png" } : row,
    );
    const path = join(folder, "all.parquet");
    writeParquet(path, beside, NAMES);
    const { samples, columns } = await open(path);
    const decoded = await decodeImage(samples[6]!.image!, 20);
    expect(decoded).toEqual(await decodeImage({ kind: "bytes", bytes: rows[6]!.picture! }, 20));
    expect(samples[7]!.image).toMatchObject({ kind: "file", path: join(folder, "x.png") });
    expect(columns![0]).toMatchObject({ side: "image", filled: 19, usable: 18 });
  });

  test("files named by splits, as in a repository's `data` folder", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "data"));
    const write = async (name: string, count: number) => {
      writeParquet(join(folder, "data", name), await parquetRows(count), NAMES);
    };
    await write("train-00000-of-00002.parquet", 12);
    await write("train-00001-of-00002.parquet", 8);
    await write("test-00000-of-00001.parquet", 6);
    expect(sizes(await open(folder))).toEqual([18, 2, 6]);
  });

  test("damage is named with its row group, in rows and in pictures", async () => {
    const path = join(temporaryFolder(), "damaged.parquet");
    writeParquet(path, await parquetRows(20), NAMES);
    const whole = readFileSync(path);
    const { row_groups } = parquetMetadata(new Uint8Array(whole).buffer);
    const place = (group: number, column: number): number =>
      Number(row_groups[group]!.columns[column]!.meta_data!.data_page_offset);
    const bytes = Buffer.from(whole).fill(0xff, place(4, 2), place(4, 2) + 8);
    writeFileSync(path, bytes);
    await expect(open(path)).rejects.toThrow(/damaged\.parquet, row group 5: it cannot be read/);
    writeFileSync(path, whole);
    const { samples } = await open(path);
    writeFileSync(path, Buffer.from(whole).fill(0xff, place(2, 0), place(2, 0) + 8));
    await expect(decodeImage(samples[9]!.image!, 20)).rejects.toThrow(/row group 3/);
  });

  test("a file that is none is refused in words", async () => {
    const path = join(temporaryFolder(), "x.parquet");
    writeFileSync(path, "PAR1 this is no table");
    await expect(open(path)).rejects.toThrow(`${path}: not a Parquet file that can be read`);
  });
});

describe("other files", () => {
  test("Excel: numbers, empty cells and texts", async () => {
    const path = join(temporaryFolder(), "table.xlsx");
    const rows = Array.from({ length: 12 }, (_, at) => [at, `text, ${at}`, at % 2 ? "x" : "y"]);
    writeFileSync(path, workbookOf([["id", "text", "label"], ...rows, [12, null, "x"]]));
    const dataset = await open(path);
    expect(dataset.samples).toHaveLength(13);
    expect(dataset.samples[1]).toMatchObject({ id: "1", text: "text, 1" });
    expect(dataset.samples[12]!.text).toBeNull();
    const broken = join(temporaryFolder(), "broken.xlsx");
    writeFileSync(broken, "PK no zip");
    await expect(open(broken)).rejects.toThrow("not an Excel workbook");
  });

  test("Excel: numbers as they are shown, 64-bit ids by their digits, repeated names", async () => {
    const path = join(temporaryFolder(), "numbers.xlsx");
    const rows = Array.from({ length: 12 }, (_, at) => [
      1114679353714016250n + BigInt(at),
      0.5,
      "a",
    ]);
    const sheet = workbookOf([["id", "text", "label", "text"], ...rows, [13, 0.1 + 0.2, "b", "c"]]);
    writeFileSync(path, sheet);
    const columns = { id: "id", text: "text", label: "label" };
    const { samples, issues } = await open(path, { columns });
    expect(samples[3]!.id).toBe("1114679353714016253");
    expect(samples.at(-1)).toMatchObject({ id: "13", text: "0.3" });
    expect(issues.map(({ kind }) => kind)).toContain("column-repeated");
    await expect(open(path)).rejects.toThrow('the columns 2 and 4 are all called "text"');
  });

  test("Excel: a workbook that unpacks to too much is refused, whatever it says of its size", async () => {
    const path = join(temporaryFolder(), "bomb.xlsx");
    const bomb = zipOf({ "xl/workbook.xml": Buffer.alloc(201 * 2 ** 20) });
    writeFileSync(path, bomb);
    await expect(open(path)).rejects.toThrow("unpacks to more than 200 MB");
    const central = bomb.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bomb.writeUInt32LE(10, central + 24);
    bomb.writeUInt32LE(10, 22);
    writeFileSync(path, bomb);
    await expect(open(path)).rejects.toThrow("unpacks to more than 200 MB");
  });

  test.each([
    ['<row r="Infinity"/>', 'there is no row or cell "Infinity"'],
    ['<row r="3"><c r="?1"/></row>', 'there is no row or cell "?1"'],
    ['<row r="2"/><row r="1048576"><c r="XFD1048576"/></row>', "row 1048576 and column 16384"],
  ])("Excel: a sheet with %s is refused before its cells are made", async (rows, message) => {
    const path = join(temporaryFolder(), "far.xlsx");
    const sheet = `<worksheet><sheetData>${rows}</sheetData></worksheet>`;
    writeFileSync(path, zipOf({ "xl/worksheets/sheet1.xml": sheet }));
    await expect(open(path)).rejects.toThrow(message);
  });

  test("UTF-16 with its mark, and single lines in Latin-1", async () => {
    const folder = temporaryFolder();
    const csv = "text,label\nnaïve café,x\nplain,y\nzwölf,x\n";
    const utf16 = join(folder, "utf16.csv");
    writeFileSync(utf16, Buffer.from(`\uFEFF${csv}`, "utf16le"));
    const latin = join(folder, "latin.csv");
    writeFileSync(latin, Buffer.from(csv, "latin1"));
    for (const path of [utf16, latin]) {
      const { samples } = await open(path);
      expect(samples.map(({ text }) => text)).toEqual(["naïve café", "plain", "zwölf"]);
    }
    const { issues } = await open(latin);
    expect(issues.map(({ kind, where }) => `${kind} ${where}`)).toEqual([
      `encoding ${latin}:2`,
      `encoding ${latin}:4`,
    ]);
  });

  test("broken rows are named and left out, or stop", async () => {
    const path = join(temporaryFolder(), "rows.jsonl");
    const good = Array.from({ length: 6 }, (_, at) => `{"text":"t${at}","label":"${at % 2}"}`);
    writeFileSync(path, ['{"text":"a","label":NaN}', ...good, "[1]", '{"label":'].join("\n"));
    const { samples, issues } = await open(path);
    expect(samples).toHaveLength(6);
    expect(issues.map(({ where, outcome }) => [where, outcome])).toEqual([
      [`${path}:1`, "sample-skipped"],
      [`${path}:8`, "sample-skipped"],
      [`${path}:9`, "sample-skipped"],
    ]);
    await expect(open(path, { onBad: "stop" })).rejects.toThrow(`${path}:1: not valid JSON`);
  });

  test("labels that are no number, nothing or white space count as missing", async () => {
    const path = join(temporaryFolder(), "labels.csv");
    writeFileSync(path, "text,label\na,x\nb,nan\nc,NaN\nd,\ne,  \nf,y\n");
    const { samples, issues } = await open(path);
    expect(samples.map(({ text }) => text)).toEqual(["a", "f"]);
    expect(issues.map(({ kind }) => kind)).toEqual(new Array(4).fill("label-missing"));
  });
});

test("words that objects know are columns, splits, labels, ids and sources like others", async () => {
  const path = join(temporaryFolder(), "words.csv");
  const words = ["__proto__", "toString", "hasOwnProperty", "constructor"];
  const splits = ["train", "train", "val", "test", "constructor"];
  const rows = Array.from(
    { length: 80 },
    (_, at) => `valueOf${at},a ${at},${words[at % 4]!},${splits[at % 5]!}`,
  );
  writeFileSync(path, ["__proto__,constructor,toString,split", ...rows].join("\n"));
  const columns = { id: "__proto__", text: "constructor", label: "toString", split: "split" };
  const dataset = await open(path, { columns });
  expect(dataset.classes).toEqual([...words].sort());
  for (const label of words.keys()) {
    const counts = SPLITS.map(
      (split) => samplesOf(dataset, split).filter(({ labels }) => labels[0] === label).length,
    );
    expect(counts).toEqual([8, 4, 4]);
  }
  expect(dataset.issues.map(({ kind }) => kind)).toEqual(new Array(16).fill("split-unknown"));
  expect(dataset.samples[0]).toMatchObject({ id: "valueOf0", text: "a 0" });
  await expect(open("constructor")).rejects.toThrow("constructor: no such data source");
  await expect(open("__proto__:x")).rejects.toThrow("no such data source");
  expect(resolvePair("toString", "image")).toBe("toString");
  const settings = {};
  expect(() => {
    assign(settings, "__proto__.x", 1);
  }).toThrow('no setting "__proto__.x"');
  assign(settings, "constructor.x", 1);
  expect(settings).toEqual({ constructor: { x: 1 } });
});

describe("splits", () => {
  test("groups are never cut through", async () => {
    const path = join(temporaryFolder(), "groups.csv");
    const rows = Array.from({ length: 120 }, (_, at) => `t${at},${at % 2},p${Math.floor(at / 4)}`);
    writeFileSync(path, ["text,label,product", ...rows].join("\n"));
    const { samples } = await open(path, { columns: { group: "product" } });
    const splits = new Map<string, Set<string>>();
    samples.forEach(({ split }, at) => {
      const group = `p${Math.floor(at / 4)}`;
      splits.set(group, (splits.get(group) ?? new Set()).add(split));
    });
    expect([...splits.values()].every((found) => found.size === 1)).toBe(true);
    expect(new Set(samples.map(({ split }) => split)).size).toBe(3);
    const alone = await open(path);
    const cut = alone.samples.some(
      ({ split }, at) => split !== alone.samples[at - (at % 4)]!.split,
    );
    expect(cut).toBe(true);
  });

  test("a test split that is not given is cut from training", async () => {
    const path = join(temporaryFolder(), "two.csv");
    const rows = Array.from(
      { length: 50 },
      (_, at) => `t${at},${at % 2},${at < 40 ? "train" : "val"}`,
    );
    writeFileSync(path, ["text,label,split", ...rows].join("\n"));
    expect(sizes(await open(path))).toEqual([32, 10, 8]);
  });

  test("the same sample twice counts once; an id with other content is named", async () => {
    const path = join(temporaryFolder(), "twice.csv");
    writeFileSync(path, "id,text,label\n1,a,x\n2,b,y\n1,a,x\n2,c,y\n");
    const { samples, issues } = await open(path);
    expect(samples.map(({ text }) => text)).toEqual(["a", "b", "c"]);
    expect(issues.map(({ kind }) => kind)).toEqual(["sample-repeated", "id-repeated"]);
  });
});

describe("folders", () => {
  test("a folder per class, texts beside the pictures", async () => {
    const folder = temporaryFolder();
    for (const [at, label] of ["cat", "dog"].entries()) {
      mkdirSync(join(folder, label));
      for (let n = 0; n < 10; n++) {
        writeFileSync(join(folder, label, `${n}.png`), await picture(n, 90 * at, "png"));
        if (n > 0) writeFileSync(join(folder, label, `${n}.txt`), `a ${label}, number ${n}\n`);
      }
      writeFileSync(join(folder, label, "alone.txt"), `no picture of a ${label}`);
    }
    const dataset = await open(folder);
    expect(dataset.classes).toEqual(["cat", "dog"]);
    expect(dataset.samples).toHaveLength(22);
    expect(dataset.samples.filter(({ text }) => text === null)).toHaveLength(2);
    expect(dataset.samples.filter(({ image }) => image === null)).toHaveLength(2);
  });

  test.each([
    ["food1:/data", 'there is no data source "food1"', 'Did you mean "food101"?'],
    ["cub:.", "not laid out like cub", "CUB_200_2011"],
    ["test/support", "nothing in this folder is a data set", "food101"],
  ])("%s is refused in words", async (source, message, hint) => {
    const refused = await open(source).catch((error: unknown) => error as Error & { hint: string });
    expect(refused).toMatchObject({ message: expect.stringContaining(message) as string });
    expect((refused as { hint: string }).hint).toContain(hint);
  });

  test("several tables that are no splits are named", async () => {
    const folder = temporaryFolder();
    for (const name of ["a.csv", "train.csv"])
      writeFileSync(join(folder, name), "text,label\na,x\n");
    await expect(open(folder)).rejects.toThrow("several tables: a.csv, train.csv");
  });
});
