import { expect, test } from "vitest";

import type { Split } from "../data/dataset.js";
import type { SampleFacts } from "../encode/encode.js";
import { findDuplicates } from "./duplicates.js";

const facts = (
  id: string,
  split: Split,
  text: string | null,
  print: string | null,
): SampleFacts => ({
  sample: { id, split, text, image: null, labels: [0] },
  picture:
    print === null ? { kind: "none" } : { kind: "decoded", size: [9, 9], fingerprint: print },
  imagePresent: true,
  textPresent: true,
});

const print = (start: string): string => start.padEnd(64, "0123456789abcdef");

test("names pictures and texts of other splits, near ones too, and none of the same split", () => {
  const found = findDuplicates([
    facts("a", "train", "A  red Apple", print("f0")),
    facts("b", "train", "a red apple", print("f0")),
    facts("c", "validation", "a RED apple\n", print("a55a5aa55aa5a5a55aa5a55aa55a")),
    // Two bits apart from the first.
    facts("d", "test", "a pear", print("f3")),
    facts("e", "test", null, null),
    facts("f", "test", "a pear", null),
  ]);
  expect(found).toEqual([
    { what: "image", id: "d", split: "test", of: { id: "a", split: "train" } },
    { what: "text", id: "c", split: "validation", of: { id: "a", split: "train" } },
  ]);
});
