import { execFileSync } from "node:child_process";

import { expect, test } from "vitest";

import { samplesOf, type Split, SPLITS } from "./dataset.js";
import { loadEmoji } from "./emoji.js";

const hexcode = (id: string): string => id.split("/")[1]!;

test("the embedded files are what the build script makes, byte for byte", () => {
  const output = execFileSync(process.execPath, ["scripts/build-emoji.js", "--check"]).toString();
  expect(output.match(/^same /gm)).toHaveLength(3);
});

test("all pictures of an emoji are in one split, and every label is in every split", async () => {
  const dataset = await loadEmoji();
  const splits = new Map<string, Set<Split>>();
  for (const { id, split } of dataset.samples) {
    const known = splits.get(hexcode(id)) ?? new Set();
    splits.set(hexcode(id), known.add(split));
  }
  expect(splits.size).toBe(1906);
  expect([...splits.values()].every((set) => set.size === 1)).toBe(true);
  for (const split of SPLITS) {
    const labels = new Set(samplesOf(dataset, split).map(({ labels }) => labels[0]));
    expect(labels.size).toBe(dataset.classes.length);
  }
});

test("seed, labels, locale and vendors do what they say", async () => {
  const test = (dataset: Awaited<ReturnType<typeof loadEmoji>>) =>
    samplesOf(dataset, "test").map(({ id }) => id);
  const first = await loadEmoji({ seed: 1 });
  expect(test(await loadEmoji({ seed: 1 }))).toEqual(test(first));
  expect(test(await loadEmoji({ seed: 2 }))).not.toEqual(test(first));
  const subgroups = await loadEmoji({ labels: "subgroups", locale: "de", vendors: ["noto"] });
  expect(subgroups.classes).toHaveLength(89);
  const fox = subgroups.samples.find(({ id }) => id === "noto/1F98A")!;
  expect(fox.text).toContain("Fuchs");
  expect(subgroups.classes[fox.labels[0]!]).toBe("animal-mammal");
  await expect(loadEmoji({ locale: "tlh" })).rejects.toThrow(
    'The emoji data set has no texts in locale "tlh".',
  );
});
