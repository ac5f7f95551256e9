import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { encoded } from "../../../test/support/encodings.js";
import type { DataError } from "../../errors.js";
import { IssueLog } from "../issues.js";
import { parseExact, repeatedKey } from "./exactJson.js";
import { readRows } from "./read.js";
import type { ReadOptions } from "./row.js";

const folder = mkdtempSync(join(tmpdir(), "balgrad-json-"));
let files = 0;

async function read(
  contents: string | Uint8Array,
  ending: string,
  more: Partial<ReadOptions> = {},
) {
  const path = join(folder, `${files++}${ending}`);
  writeFileSync(path, contents);
  const issues = new IssueLog();
  const rows = await readRows(path, { issues, onBad: "skip", ...more });
  return {
    rows: rows.map(({ cells }) => Object.fromEntries(cells)),
    places: rows.map(({ where }) => where.slice(path.length)),
    issues: issues.issues.map(({ kind, where, message }) => [
      `${kind} ${where.slice(path.length)}`,
      message,
    ]),
  };
}

/** Message and hint of a refusal, without the path. */
async function refusal(contents: string | Uint8Array, ending: string): Promise<string> {
  const error = await read(contents, ending).catch((thrown: unknown) => thrown);
  const { message, hint = "" } = error as DataError;
  return `${message.replace(/^.*?\.json/, "")} ${hint}`;
}

const ROWS = [
  { id: 1, text: "a cat", label: "x" },
  { id: 2, text: 'a "dog", [brackets] {braces}', label: "y" },
];

describe("whole numbers", () => {
  test.each([
    ["1114679353714016257", "1114679353714016257"],
    ["-9007199254740993", "-9007199254740993"],
    ["9007199254740991", 9007199254740991],
    ["0.12345678901234567", Number("0.12345678901234567")],
    ["1234567890123456789.5", Number("1234567890123456789.5")],
    ["12345678901234567e3", Number("12345678901234567e3")],
    ['"1114679353714016257"', "1114679353714016257"],
    ['" 1114679353714016257"', " 1114679353714016257"],
    ['{"a\\"":[1114679353714016257,1]}', { 'a"': ["1114679353714016257", 1] }],
  ])("%s", (text, value) => {
    expect(parseExact(text)).toEqual(value);
  });

  test("what is no JSON stays none", () => {
    expect(() => parseExact("[01114679353714016257]")).toThrow(SyntaxError);
  });
});

test("keys that occur twice are found, others of the same word are not", () => {
  for (const [text, key] of [
    ['{"a":1,"b":2,"a":3}', "a"],
    ['{"text":"\\"text\\":","label":"text","in":{"text":1}}', undefined],
    ['{"in":{"a":1,"a":2}}', undefined],
    ['{"__proto__":1,"__proto__":2}', "__proto__"],
  ] as const) {
    expect(repeatedKey(text, JSON.parse(text) as object), text).toBe(key);
  }
});

describe(".jsonl", () => {
  test("ids keep their last digits; broken lines and repeated keys are named", async () => {
    const lines = [
      '{"id":1114679353714016256,"text":"a"}',
      '{"id":1114679353714016257,"text":"b"}',
      '{"text":"c","text":"d"}',
      '{"__proto__":"e","constructor":"f"}',
    ];
    const { rows, issues } = await read(lines.join("\n"), ".jsonl");
    expect(rows.map(({ id }) => id)).toEqual([
      "1114679353714016256",
      "1114679353714016257",
      undefined,
    ]);
    expect(issues).toEqual([["row-broken :3", 'the key "text" occurs twice']]);
  });

  test("other encodings are found here too", async () => {
    const lines = Array.from({ length: 9 }, () => '{"text":"一只黑色的猫"}\r');
    const { rows, issues } = await read(encoded(lines.join(""), "gbk"), ".jsonl");
    expect(rows).toEqual(lines.map(() => ({ text: "一只黑色的猫" })));
    expect(String(issues[0]![1])).toContain("GBK");
  });
});

describe(".json", () => {
  test("a list, on one line or pretty-printed, alone or in an object, and one object per line", async () => {
    const about = { version: 1, info: { tags: ["a"] }, empty: [] };
    for (const contents of [
      JSON.stringify(ROWS),
      JSON.stringify(ROWS, null, 2),
      `\uFEFF${JSON.stringify(ROWS)}`,
      JSON.stringify({ ...about, data: ROWS }, null, "\t"),
      ROWS.map((row) => JSON.stringify(row)).join("\r\n"),
    ]) {
      const { rows, places, issues } = await read(contents, ".json");
      expect(rows).toEqual(ROWS);
      expect(places).toEqual([":1", ":2"]);
      expect(issues).toEqual([]);
    }
  });

  test("long ids, and entries that are no objects", async () => {
    const { rows, issues } = await read('[{"id":1114679353714016257},3,{"id":4}]', ".json");
    expect(rows).toEqual([{ id: "1114679353714016257" }, { id: 4 }]);
    expect(issues).toEqual([["row-broken :2", "the entry is no JSON object"]]);
  });

  test("what holds no list is refused", async () => {
    const two = JSON.stringify({ images: ROWS, annotations: ROWS });
    expect(await refusal(two, ".json")).toContain(
      "several lists of objects: images, annotations; a table is one. Write one object per line",
    );
    const columns = JSON.stringify({ text: { 0: "a", 1: "b" } });
    expect(await refusal(columns, ".json")).toContain("no list of objects");
    expect(await refusal('[\n{"a":1},\n{"a":}\n]', ".json")).toMatch(/^(:3)?: not valid JSON/);
    expect(await refusal(Buffer.alloc(129 * 2 ** 20, 32), ".json")).toMatch(/larger than 128 MB/);
  });
});

test("settings that a format has no use for are refused", async () => {
  await expect(read("[]", ".json", { separator: ";" })).rejects.toThrow(
    "a .json file has no separator to choose",
  );
  await expect(read("PAR1", ".parquet", { encoding: "gbk" })).rejects.toThrow(
    "a .parquet file has no encoding to choose",
  );
});
