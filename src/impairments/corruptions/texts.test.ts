/** @module Corrupted texts by hand: one edit a word, the same words in other places, what looks alike. */

import { describe, expect, test } from "vitest";

import { NEIGHBOURS } from "./characters.js";
import { corruptionsOn, SEVERITIES } from "../further.js";

const TEXT = "Many small brown dogs, running along the river: modern clothes will follow";

const NAMES = corruptionsOn("text").map(({ name }) => name);

type Name = (typeof NAMES)[number];

const corrupt = (text: string, name: Name, severity: number, { seed = 1, row = 0 } = {}): string =>
  corruptionsOn("text", [name])[0]!.text(text, { strength: severity, seed, row });

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? [];

/** Number of words that differ, word by word. */
const changed = (one: string, other: string): number => {
  const others = wordsOf(other);
  return wordsOf(one).filter((word, at) => word !== others[at]).length;
};

/** Whether a word is another one after a single slip of typing. */
function isSlip(own: string, typed: string): boolean {
  const results = new Set<string>();
  for (let at = 0; at < own.length; at++) {
    const [before, after] = [own.slice(0, at), own.slice(at + 1)];
    const letter = own[at]!;
    const upper = letter !== letter.toLowerCase();
    for (const key of NEIGHBOURS[letter.toLowerCase()] ?? "") {
      results.add(before + (upper ? key.toUpperCase() : key) + after);
    }
    results.add(before + after);
    results.add(before + letter + letter + after);
    if (after !== "") results.add(before + after[0]! + letter + after.slice(1));
  }
  return results.has(typed);
}

describe("corrupted texts", () => {
  test("typos of severity 5 are one slip in every word, and nothing between words", () => {
    const kinds = { shorter: 0, longer: 0, equal: 0 };
    for (let row = 0; row < 40; row++) {
      const typed = corrupt(TEXT, "typos", 5, { row });
      const [own, others] = [wordsOf(TEXT), wordsOf(typed)];
      expect(others).toHaveLength(own.length);
      own.forEach((word, at) => {
        expect(others[at], `${word} in "${typed}"`).not.toBe(word);
        expect(isSlip(word, others[at]!), `${word} in "${typed}"`).toBe(true);
      });
      expect(typed.replace(/\p{L}+/gu, "")).toBe(TEXT.replace(/\p{L}+/gu, ""));
      const longer = typed.length - TEXT.length;
      kinds[longer > 0 ? "longer" : longer < 0 ? "shorter" : "equal"]++;
    }
    expect(Math.min(kinds.shorter, kinds.longer)).toBeGreaterThan(0);
  });

  test.each(SEVERITIES)("of severity %i, a fifth of the words per step change", (severity) => {
    const long = Array.from({ length: 100 }, () => TEXT).join(" ");
    const share = changed(long, corrupt(long, "typos", severity)) / wordsOf(long).length;
    expect(share).toBeGreaterThan(severity / 5 - 0.05);
    expect(share).toBeLessThan(severity / 5 + 0.05);
  });

  test.each(["typos", "ocr"] as const)("%s of one severity are among those of the next", (kind) => {
    for (let row = 0; row < 10; row++) {
      const [clean, ...rest] = [
        TEXT,
        ...SEVERITIES.map((one) => corrupt(TEXT, kind, one, { row })),
      ];
      rest.slice(1).forEach((stronger, at) => {
        const [before, after] = [wordsOf(rest[at]!), wordsOf(stronger)];
        wordsOf(clean).forEach((word, place) => {
          if (before[place] !== word) expect(after[place]).toBe(before[place]);
        });
      });
    }
  });

  test.each(SEVERITIES)("swapped words of severity %i are the same words", (severity) => {
    let moved = 0;
    for (let row = 0; row < 20; row++) {
      const swapped = corrupt(TEXT, "word-swap", severity, { row });
      expect(wordsOf(swapped).sort()).toEqual(wordsOf(TEXT).sort());
      expect(swapped.replace(/\p{L}+/gu, "")).toBe(TEXT.replace(/\p{L}+/gu, ""));
      moved += changed(TEXT, swapped);
    }
    expect(moved / (20 * wordsOf(TEXT).length)).toBeCloseTo(severity / 5, 0.7);
  });

  test("two words always change places where one is chosen, and one alone stays", () => {
    const results = new Set<string>();
    for (let row = 0; row < 30; row++) results.add(corrupt("red apple", "word-swap", 3, { row }));
    expect(results).toEqual(new Set(["red apple", "apple red"]));
    expect(corrupt("red apple", "word-swap", 5)).toBe("apple red");
    expect(corrupt("apple", "word-swap", 5)).toBe("apple");
  });

  test("OCR reads one part of every word as what looks like it", () => {
    const readings = new Set<string>();
    for (let row = 0; row < 200; row++) readings.add(corrupt("barn", "ocr", 5, { row }));
    expect(readings).toEqual(new Set(["6arn", "born", "bam", "barh"]));
    const one = new Set(Array.from({ length: 50 }, (_, row) => corrupt("l0", "ocr", 5, { row })));
    expect(one).toEqual(new Set(["10", "I0", "i0", "lO", "lo"]));
    expect(corrupt("猫 xkx 7", "ocr", 5)).toBe("猫 xkx T");
    expect(corrupt("xkx", "ocr", 5)).toBe("xkx");
  });

  test("letters of other scripts are swapped, dropped or doubled", () => {
    const typed = new Set(
      Array.from({ length: 200 }, (_, row) => corrupt("кот", "typos", 5, { row })),
    );
    expect(typed).toEqual(new Set(["окт", "кто", "от", "кт", "ко", "ккот", "коот", "котт"]));
    expect(corrupt("", "typos", 5)).toBe("");
    expect(corrupt("2024 :-)", "typos", 5)).toBe("2024 :-)");
  });

  test.each(NAMES)("%s is the same for a seed and a sample, and never empties", (kind) => {
    const first = corrupt(TEXT, kind, 3);
    expect(corrupt(TEXT, kind, 3)).toBe(first);
    expect(corrupt(TEXT, kind, 3, { row: 1 })).not.toBe(first);
    expect(corrupt(TEXT, kind, 3, { seed: 2 })).not.toBe(first);
    for (let row = 0; row < 50; row++) {
      expect(corrupt("a", kind, 5, { row })).not.toBe("");
      expect(wordsOf(corrupt("of", kind, 5, { row }))).toHaveLength(1);
    }
  });
});
