import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { encoded } from "../../../test/support/encodings.js";
import { randomStream } from "../../random.js";
import { IssueLog } from "../issues.js";
import { readCsv } from "./csv.js";
import type { ReadOptions, RepeatedColumn } from "./row.js";

const folder = mkdtempSync(join(tmpdir(), "balgrad-csv-"));
let files = 0;

/** Rows as lists of cells, and issues as `kind line`. */
async function read(
  contents: string | Uint8Array,
  more: Partial<ReadOptions> = {},
  ending = "csv",
) {
  const path = join(folder, `${files++}.${ending}`);
  writeFileSync(path, contents);
  const issues = new IssueLog();
  const rows = await readCsv(path, { issues, onBad: "skip", ...more });
  return {
    names: [...(rows[0]?.cells.keys() ?? [])],
    rows: rows.map(({ cells }) => [...cells.values()]),
    lines: rows.map(({ where }) => Number(where.split(":").at(-1))),
    issues: issues.issues.map(({ kind, where }) => `${kind} ${where.slice(path.length + 1)}`),
    messages: issues.issues.map(({ message }) => message),
  };
}

/** A field as RFC 4180 writes it. */
const field = (text: string, always = false): string =>
  always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const sixty = Array.from({ length: 60 }, (_, at) => at);

describe("what RFC 4180 says", () => {
  test("quotes, separators and line breaks within fields; blank lines; every line end; a mark", async () => {
    const rows = [
      ['say "hi", twice', "a"],
      ["first\nsecond, with a comma\n\nfourth", "b"],
      ["", "c"],
      ["  padded", "d"],
    ];
    for (const end of ["\n", "\r\n", "\r"]) {
      const lines = rows.map((row) => row.map((one) => field(one)).join(","));
      const { rows: found, issues } = await read(`\uFEFFtext,label${end}${lines.join(end + end)}`);
      expect(found.map(([text]) => text)).toEqual([
        rows[0]![0],
        rows[1]![0],
        rows[2]![0],
        "padded",
      ]);
      expect(issues).toEqual([]);
    }
  });
});

describe("well-formed tables", () => {
  const PIECES = [
    "a",
    "word",
    " ",
    ",",
    ";",
    "\t",
    '"',
    '""',
    "\n",
    "\r\n",
    "0",
    "1",
    ".",
    "é",
    "|",
  ];

  /** Tables of nasty texts, every one written as RFC 4180 says. */
  test("are read back to the letter, whatever their texts hold", async () => {
    const random = randomStream(1, "csv");
    const piece = () => PIECES[random.integer(PIECES.length)]!;
    for (let table = 0; table < 150; table++) {
      const [separator, always] = [[",", ";", "\t"][table % 3]!, table % 2 === 0];
      const rows = Array.from({ length: 1 + random.integer(30) }, (_, at) => [
        `t${Array.from({ length: random.integer(12) }, piece).join("")}t`,
        ["x", "y"][random.integer(2)]!,
        String(at),
      ]);
      const write = (cells: readonly string[]) =>
        cells.map((cell) => field(cell, always || cell.includes(separator))).join(separator);
      const contents = [["text", "label", "id"], ...rows].map(write).join("\n");
      const found = await read(contents, { separator });
      expect(found.rows, JSON.stringify(contents)).toEqual(rows);
      expect(found.issues.filter((one) => !one.startsWith("field-long"))).toEqual([]);
    }
  });
});

describe("quotation marks that do not pair", () => {
  test("two texts of 60 that start with one swallow nothing", async () => {
    const text = (at: number) => `${at === 10 || at === 40 ? '"' : ""}text ${at}`;
    const lines = sixty.map((at) => `${text(at)}\t${at % 2}`);
    const {
      rows,
      issues,
      lines: places,
    } = await read(["text\tlabel", ...lines].join("\n"), {}, "tsv");
    expect(rows).toEqual(sixty.map((at) => [text(at), String(at % 2)]));
    expect(places).toEqual(sixty.map((at) => at + 2));
    expect(issues).toEqual(["quotes-odd 12", "quotes-odd 42"]);
  });

  test.each(["\t", ","])(
    "one at a start and one at an end, with rows between: %j",
    async (separator) => {
      // RFC 4180 reads one field over 31 lines, and pandas reads 30 rows.
      const text = (at: number) =>
        at === 10 ? `"text ${at}` : at === 40 ? `text ${at}"` : `text ${at}`;
      const lines = sixty.map((at) => `${text(at)}${separator}${at % 2}`);
      const { rows, issues } = await read([`text${separator}label`, ...lines].join("\n"), {
        separator,
      });
      expect(rows).toEqual(sixty.map((at) => [text(at), String(at % 2)]));
      expect(issues).toEqual(["quotes-odd 12"]);
    },
  );

  test("marks within unquoted fields are part of them", async () => {
    const lines = sixty.map((at) => `the sign says "text ${at}" today,${at % 2}`);
    const { rows, issues } = await read(["text,label", ...lines].join("\n"));
    expect(rows).toEqual(sixty.map((at) => [`the sign says "text ${at}" today`, String(at % 2)]));
    expect(issues).toEqual([]);
  });

  test.each([
    ["text behind the closing mark", '"Hi" she said,x', '"Hi" she said'],
    ["the same with a separator within", '"Hi, you" she said,x', "Hi, you she said"],
    ["a backslash before them", '"He said \\"hi, you\\" twice",x', 'He said "hi, you" twice'],
    ["never closed, in the last line", '"open,x', '"open'],
  ])("%s", async (_, line, text) => {
    const { rows, issues } = await read(`text,label\nfirst,y\n${line}`);
    expect(rows).toEqual([
      ["first", "y"],
      [text, "x"],
    ]);
    expect(issues).toEqual(["quotes-odd 3"]);
  });

  test("a field that never ends takes no line with it", async () => {
    const { rows, issues } = await read('text,label\na,x\n"b\nc,y\nd,x\n');
    expect(rows.map(([text]) => text)).toEqual(["a", "c", "d"]);
    expect(issues).toEqual(["row-broken 3"]);
  });

  test("a text of many lines with commas stays one", async () => {
    const poem = Array.from({ length: 5 }, (_, at) => `line ${at}, second half`).join("\n");
    const lines = sixty.map((at) => (at % 7 ? `text ${at},${at % 2}` : `"${poem}",${at % 2}`));
    const { rows, issues } = await read(["text,label", ...lines].join("\n"));
    expect(rows).toEqual(sixty.map((at) => [at % 7 ? `text ${at}` : poem, String(at % 2)]));
    expect(issues).toEqual([]);
  });

  test("very long fields are doubted", async () => {
    const { issues } = await read(`text,label\n"${"line\n".repeat(150)}",x\nb,y\n`);
    expect(issues).toEqual(["field-long 2-152"]);
  });
});

describe("lines that are no rows", () => {
  test("too few and too many fields are named, empty ones behind the last are nothing", async () => {
    const { rows, issues, messages } = await read("text,label\na\nb,x,\nc,y,z\nd,x\n,\n");
    expect(rows).toEqual([
      ["b", "x"],
      ["d", "x"],
      ["", ""],
    ]);
    expect(issues).toEqual(["row-broken 2", "row-broken 4"]);
    expect(messages[0]).toBe("1 field, the header has 2");
  });

  test("a broken row of several lines is named with all of them", async () => {
    const { rows, issues, messages } = await read('text,label\na,x\n"b\nc",y,z,z\nd,x\n');
    expect(rows.map(([text]) => text)).toEqual(["a", "d"]);
    expect(issues).toEqual(["row-broken 3-4"]);
    expect(messages[0]).toBe("a quoted field over 2 lines: 4 fields, the header has 2");
  });

  test("the first broken row stops where that is asked for", async () => {
    const broken = read("text,label\na,x,y\n", { onBad: "stop" });
    await expect(broken).rejects.toThrow(/csv:2: 3 fields, the header has 2/);
  });

  test("a header alone, and nothing at all", async () => {
    expect((await read("text,label\n")).rows).toEqual([]);
    expect((await read("")).rows).toEqual([]);
  });

  test("NUL characters are left out and named", async () => {
    const { rows, issues } = await read("text,label\na\0b,x\0\nc,y\n");
    expect(rows).toEqual([
      ["ab", "x"],
      ["c", "y"],
    ]);
    expect(issues).toEqual(["zero-bytes 2"]);
  });
});

describe("separators", () => {
  const table = (separator: string, text = (at: number) => `text ${at}`) =>
    [`text${separator}label`, ...sixty.map((at) => `${text(at)}${separator}${at % 2}`)].join(
      "\r\n",
    );

  test.each([
    [";", "csv"],
    ["\t", "csv"],
    ["|", "csv"],
    [",", "tsv"],
    [";", "tsv"],
    [";", "txt"],
    ["\t", "txt"],
  ])("%j in a .%s file", async (separator, ending) => {
    const { names, rows, issues } = await read(table(separator), {}, ending);
    expect(names).toEqual(["text", "label"]);
    expect(rows).toEqual(sixty.map((at) => [`text ${at}`, String(at % 2)]));
    expect(issues).toEqual([]);
  });

  test("commas in the texts do not hide a semicolon, nor semicolons a comma", async () => {
    const commas = (at: number) => `text, ${at}${at % 3 ? ", more" : ""}`;
    expect((await read(table(";", commas))).rows).toEqual(
      sixty.map((at) => [commas(at), String(at % 2)]),
    );
    const semicolons = (at: number) => `text; ${at}`;
    expect((await read(table(",", semicolons))).rows).toEqual(
      sixty.map((at) => [semicolons(at), String(at % 2)]),
    );
  });

  test("what the file or the user says is taken at its word", async () => {
    for (const [first, separator] of [
      ["sep=;\r\n", ";"],
      ['"sep=^"\n', "^"],
      ["SEP=\t\n", "\t"],
    ] as const) {
      const { names, rows, lines, issues } = await read(`${first}${table(separator)}`);
      expect(names).toEqual(["text", "label"]);
      expect(rows).toHaveLength(60);
      expect(lines[0]).toBe(3);
      expect(issues).toEqual([]);
    }
    const given = await read(`text;a,label\n1;2,x\n3;4,y\n`, { separator: ";" });
    expect(given.names).toEqual(["text", "a,label"]);
  });

  test("a table that two separators make is doubted", async () => {
    const { names, issues } = await read("id,text|label|split\n1,a|x|train\n2,b|y|test\n");
    expect(names).toEqual(["id", "text|label|split"]);
    expect(issues).toEqual(["separator-doubtful 1"]);
  });
});

describe("encodings", () => {
  const table = (text: string) => sixty.map((at) => `${text},${at % 2}\r\n`).join("");
  const contents = (text: string) => `text,label\r\n${table(text)}`;

  test.each([
    ["utf-16le", "a text, naïve", (text: string) => Buffer.from(text, "utf16le")],
    ["utf-16be", "一只黑色的猫", (text: string) => Buffer.from(text, "utf16le").swap16()],
    ["gbk", "一只黑色的猫坐在窗台上", (text: string) => encoded(text, "gbk")],
    ["shift_jis", "黒い猫が窓のそばに座る", (text: string) => encoded(text, "shift_jis")],
  ])("%s is found and said once", async (label, text, encode) => {
    const written = encode(contents(`"${text}"`));
    const { rows, issues, messages } = await read(written);
    expect(rows).toEqual(sixty.map((at) => [text, String(at % 2)]));
    expect(issues).toEqual(["encoding 1"]);
    expect(String(messages[0])).toContain(label.toUpperCase());
    const given = await read(written, { encoding: label });
    expect(given.rows).toEqual(rows);
    expect(given.issues).toEqual([]);
  });

  test("a line of Latin-1 after five megabytes of UTF-8", async () => {
    const long = `${"größer ".repeat(1000)},x\n`;
    const bytes = Buffer.concat([
      Buffer.from(`text,label\n${long.repeat(700)}`),
      Buffer.from("caf\xe9,y\n", "latin1"),
    ]);
    const { rows, issues } = await read(bytes);
    expect(rows).toHaveLength(701);
    expect(rows[700]).toEqual(["café", "y"]);
    expect(issues).toEqual(["encoding 702"]);
  });

  test("an encoding that is given wrongly is named line by line", async () => {
    const { issues, rows } = await read(Buffer.from("text,label\ncaf\xe9,y\n", "latin1"), {
      encoding: "utf-8",
    });
    expect(rows).toEqual([["caf\uFFFD", "y"]]);
    expect(issues).toEqual(["encoding 2"]);
  });
});

describe("names of columns", () => {
  test("repeated and missing ones are numbered, as pandas does", async () => {
    const repeated = new Map<string, RepeatedColumn>();
    const { names, issues } = await read("text,,text,text.1,text\na,b,c,d,e\n", { repeated });
    expect(names).toEqual(["text", "Unnamed: 1", "text.2", "text.1", "text.3"]);
    expect(issues).toEqual(["column-repeated 1"]);
    expect(repeated.get("text")).toEqual({
      places: [1, 3, 5],
      names: ["text", "text.2", "text.3"],
    });
  });

  test("words that objects know are columns like others", async () => {
    const { names, rows } = await read("constructor,__proto__,toString\na,b,c\n");
    expect(names).toEqual(["constructor", "__proto__", "toString"]);
    expect(rows).toEqual([["a", "b", "c"]]);
  });
});
