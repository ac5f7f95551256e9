import { expect, test } from "vitest";

import { parseLiteral } from "./literal.js";
import { TextColumn } from "./texts.js";

const column = (caption: "all" | "first" | "random" = "all"): TextColumn =>
  new TextColumn({ table: "data.csv", column: "text" }, { splitSeed: 1, variant: { caption } });

const texts: [string, unknown, string | null][] = [
  ["a text", " a cat ", "a cat"],
  ["a number", 3.5, "3.5"],
  ["a long number", 9007199254740993n, "9007199254740993"],
  ["a text in brackets", "[sighs] a cat", "[sighs] a cat"],
  ["brackets alone", "[sighs]", "[sighs]"],
  ["numbers in brackets", "[1, 2]", "[1, 2]"],
  ["a text in parentheses", "(a cat)", "(a cat)"],
  ["several texts", ["a cat", " a dog "], "a cat a dog"],
  ["several with gaps", ["a cat", null, "", "a dog"], "a cat a dog"],
  ["texts and numbers", ["cat", 2], "cat 2"],
  ["a list as JSON", '["a \\"cat\\"", "a dog"]', 'a "cat" a dog'],
  ["a list as Python", "['a cat', \"it's a dog\"]", "a cat it's a dog"],
  ["a list as NumPy", "['a cat' 'a dog']", "a cat a dog"],
  ["nothing", null, null],
  ["not a number", "nan", null],
  ["a list of nothing", ["", null], null],
];

test.each(texts)("%s", (_, value, text) => {
  const reading = column().read(value, "data.csv:2", "1");
  expect(reading.kind === "text" ? reading.text : null).toBe(text);
  expect(reading.kind).toBe(text === null ? "none" : "text");
});

test("a list that is written into a text is named; a real one is counted", () => {
  const one = column();
  expect(one.read('["a", "b"]', "", "1")).toMatchObject({ note: { kind: "text-list" } });
  expect(one.read(["a", "b"], "", "2")).not.toHaveProperty("note");
  expect(one.read("a", "", "3")).not.toHaveProperty("note");
  expect(one.yield()).toMatchObject({
    ...{ filled: 3, usable: 3 },
    forms: [{ form: "several texts, all of them taken", cells: 2 }],
  });
});

test("which of several texts is taken", () => {
  const several = Array.from({ length: 50 }, (_, at) => `text ${at}`);
  expect(column("first").read(several, "", "1")).toMatchObject({ text: "text 0" });
  const random = (id: string) => column("random").read(several, "", id);
  expect(random("1")).toEqual(random("1"));
  const chosen = new Set(several.map((_, at) => JSON.stringify(random(String(at)))));
  expect(chosen.size).toBeGreaterThan(20);
});

const unusable: [string, unknown, string][] = [
  ["an object", { en: "a cat" }, "objects"],
  ["a list of objects", [{ text: "a cat" }], "lists of something else than texts"],
  ["a list of numbers", [1, 2], "lists of numbers"],
  ["bytes", new Uint8Array([1]), "bytes"],
];

test.each(unusable)("%s is no text", (_, value, reason) => {
  const one = column();
  expect(one.read(value, "data.csv:2", "1")).toMatchObject({ kind: "lost", issue: "text-cell" });
  const { filled, usable, losses } = one.yield();
  expect({ filled, usable }).toEqual({ filled: 1, usable: 0 });
  expect(losses[0]!.reason).toContain(reason);
});

const literals: [string, unknown][] = [
  ["[]", []],
  ["[1, -2.5, 1e3, None, true, False]", [1, -2.5, 1000, null, true, false]],
  ["[9007199254740993]", [9007199254740993n]],
  ["[\"\\u00e9\\n\", '\\xe9\\U0001f600']", ["é\n", "é😀"]],
  ["('a', ['b'])", ["a", ["b"]]],
  ["('a',)", ["a"]],
  ["('a')", undefined],
  ["{'a', u'b'}", ["a", "b"]],
  ["{}", new Map()],
  [
    "{'a': 1, 'b': 2,}",
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
  ],
  ["[1 2\n 3.]", [1, 2, 3]],
  ["[12a]", undefined],
  ["{'a': {\"b\": [1]}}", new Map([["a", new Map([["b", [1]]])]])],
  ["b'\\xff\\x00a'", new Uint8Array([255, 0, 97])],
  ["[1, 2", undefined],
  ["[word]", undefined],
  ["['a' + 'b']", undefined],
  ["{'a' 1}", undefined],
  ["['\\x4']", undefined],
  ["plain", undefined],
  [`${"[".repeat(1e5)}${"]".repeat(1e5)}`, undefined],
];

test.each(literals)("the literal %.20s", (text, value) => {
  expect(parseLiteral(text)).toEqual(value);
});
