import { expect, test } from "vitest";

import type { Split } from "../data/dataset.js";
import type { SampleFacts } from "../prepare/judge.js";
import { findDuplicates } from "./duplicates.js";

const facts = (
  id: string,
  split: Split,
  text: string | null,
  print: string | null,
  label = 0,
): SampleFacts => ({
  sample: { id, split, text, image: null, labels: [label] },
  picture:
    print === null
      ? { kind: "none" }
      : { kind: "decoded", size: [9, 9], fingerprint: print, digest: print },
  imagePresent: true,
  textPresent: true,
});

const print = (start: string): string => start.padEnd(64, "0123456789abcdef");

test("names repeated pictures and texts, near ones too: leaks first, then contradictions", () => {
  const found = findDuplicates([
    facts("a", "train", "A  red Apple", print("f0")),
    facts("b", "train", "a red apple", print("f0"), 1),
    facts("c", "validation", "a RED apple\n", print("a55a5aa55aa5a5a55aa5a55aa55a")),
    // Two bits apart from the first.
    facts("d", "test", "a pear", print("f3"), 1),
    facts("e", "test", null, null),
    facts("f", "test", "a pear", null, 1),
    facts("g", "test", "  ", null),
  ]);
  const brief = found.map(({ what, id, split, of, leaks, contradicts }) =>
    [what, id, split, of.id, of.split, leaks, contradicts].join(" "),
  );
  expect(brief).toEqual([
    "image d test a train true true",
    "text c validation b train true true",
    "image b train a train false true",
    "text b train a train false true",
    "text f test d test false false",
  ]);
});

test("an earlier sample of another split counts more than one of the same", () => {
  const [found] = findDuplicates([
    facts("a", "train", "a pear", null),
    facts("b", "test", "a plum", null),
    facts("c", "test", "a pear", null),
    facts("d", "test", "a pear", null),
  ]).filter(({ id }) => id === "d");
  expect(found).toMatchObject({ of: { id: "a", split: "train" }, leaks: true });
});

test("thousands of equal pictures are named without comparing all with all", () => {
  const equal = Array.from({ length: 20_000 }, (_, at) =>
    facts(`s${at}`, "train", null, print("f0")),
  );
  expect(findDuplicates(equal)).toHaveLength(19_999);
});
