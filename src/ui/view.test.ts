import { expect, test } from "vitest";

import { updateOf, viewOf } from "./view.js";

const view = (...parts: readonly (readonly [id: string, html: string])[]) =>
  viewOf(parts.map(([id, html]) => ({ id, html })));

test("an update has the order of all parts, and those that changed", () => {
  const before = view(["a", "1"], ["b", "2"]);
  const after = view(["c", "3"], ["a", "1"], ["b", "4"]);
  expect(updateOf(before, after)).toEqual({ order: ["c", "a", "b"], parts: { c: "3", b: "4" } });
  expect(updateOf(null, before)).toEqual({ order: ["a", "b"], parts: { a: "1", b: "2" } });
  expect(updateOf(after, view(["b", "4"]))).toEqual({ order: ["b"], parts: {} });
});

test("the version is of order and contents; empty parts are left out", () => {
  expect(view(["a", "1"], ["b", ""]).version).toBe(view(["a", "1"]).version);
  const versions = [view(["a", "1"]), view(["a", "2"]), view(["a", "1"], ["b", "1"])];
  expect(new Set(versions.map(({ version }) => version)).size).toBe(3);
  expect(view(["a", "1"], ["b", "1"]).version).not.toBe(view(["b", "1"], ["a", "1"]).version);
});
