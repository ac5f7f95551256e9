/** @module The phrases and drawings of `bench/smoke`: no training data of the emoji hold them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { loadEmoji } from "../src/data/emoji.js";
import { fingerprint } from "../src/prepare/images/fingerprint.js";
import { scratchImages } from "../src/prepare/images/decode.js";
import { normaliseText, PrintIndex } from "../src/prepare/lookAlikes.js";

const FOLDER = fileURLToPath(new URL("../bench/smoke/", import.meta.url));

interface Entry {
  readonly id: string;
  readonly image: string;
  readonly text: string;
  readonly label: string;
}

const entries = readFileSync(join(FOLDER, "smoke.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Entry);

test("20 phrases and drawings of all nine groups, none of them among the emoji", async () => {
  const { classes, samples } = await loadEmoji();
  expect(entries).toHaveLength(20);
  expect(new Set(entries.map(({ label }) => label))).toEqual(new Set(classes));
  const { decode, shape } = scratchImages(32);
  const known = new PrintIndex<string>();
  const names = new Set<string>();
  for (const { id, image, text } of samples) {
    const print = fingerprint((await decode(image!)).planes, shape);
    if (print !== null) known.add(print, id);
    // The name, and each keyword.
    for (const name of text!.split(",")) names.add(normaliseText(name));
  }
  for (const { image, text } of entries) {
    const { planes } = await decode({ kind: "file", path: join(FOLDER, image) });
    const print = fingerprint(planes, shape);
    expect(print, image).not.toBeNull();
    expect([...known.near(print!)], image).toEqual([]);
    expect(names.has(normaliseText(text)), text).toBe(false);
  }
});
