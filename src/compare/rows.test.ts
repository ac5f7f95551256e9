import { expect, test } from "vitest";

import { commandWords } from "../cli/words.js";
import { ConfigError } from "../errors.js";
import { comparisonPlan, type ComparisonPlan, type Entry, methodEntry } from "./plan.js";
import { joinedPlans, plannedEntries, rowKey } from "./rows.js";

const ogm = (alpha: number, given: Partial<Entry> = {}): Entry =>
  methodEntry("ogm", { options: { alpha }, ...given });

const folders = (base: ComparisonPlan["base"], ...entries: Entry[]): string[] =>
  plannedEntries(base, entries).map(({ folder }) => folder);

function planOf(entries: readonly Entry[], given: Partial<ComparisonPlan> = {}): ComparisonPlan {
  const base = given.base ?? {};
  return { seeds: [1], tune: 0, base, ...given, entries: plannedEntries(base, entries) };
}

test("a row is known by its settings, not by its label or their order", () => {
  const key = rowKey({}, ogm(2));
  expect(key).toMatch(/^[0-9a-f]{8}$/);
  expect(rowKey({}, ogm(2, { label: "ogm:alpha=2" }))).toBe(key);
  expect(rowKey({}, ogm(2, { options: { start: 0, alpha: 2 } }))).toBe(key);
  expect(rowKey({}, ogm(2, { train: { seed: 9 } }))).toBe(key);
  const others = [ogm(0.02), ogm(2, { train: { epochs: 3 } }), ogm(2, { model: { embed: 8 } })];
  const keys = [ogm(2), ...others].map((entry) => rowKey({}, entry));
  expect(new Set(keys).size).toBe(4);
});

test("numbers that labels write alike have folders of their own", () => {
  const [small, large] = folders({}, ogm(1e-2), ogm(1e2));
  expect(small).toMatch(/^ogm-[0-9a-f]{8}$/);
  expect(large).not.toBe(small);
});

test("a row that sets nothing of its own has the method's name", () => {
  expect(folders({}, methodEntry("joint"), ogm(0.3))).toEqual(["joint", "ogm"]);
  const base = { train: { epochs: 3 } };
  expect(folders(base, ogm(0.3, { train: { epochs: 3 } }))).toEqual(["ogm"]);
  // 25 epochs are the default, and not what this comparison has.
  expect(folders(base, ogm(0.3, { train: { epochs: 25 } }))).not.toEqual(["ogm"]);
});

test("one row written in two ways is refused", () => {
  const twice = () => plannedEntries({}, [ogm(2, { label: "a" }), ogm(2, { label: "b" })]);
  expect(twice).toThrow(ConfigError);
  expect(twice).toThrow("a and b are one row of a comparison");
});

test("a plan is added to another one row by row", () => {
  const known = planOf([methodEntry("joint"), ogm(2, { label: "ogm:alpha=2" })]);
  const plan = planOf([ogm(2, { label: "ogm:alpha=2.0" }), ogm(3)], { seeds: [1, 2] });
  const { whole, asked } = joinedPlans(known, plan)!;
  expect(whole.seeds).toEqual([1, 2]);
  expect(whole.entries.map(({ label }) => label)).toEqual(["joint", "ogm:alpha=2.0", "ogm"]);
  expect(asked.entries).toEqual(whole.entries.slice(1));
});

test("what all rows have in common is compared as it works, not as it is written", () => {
  const known = planOf([methodEntry("joint")]);
  const written = { base: { train: { warmup: 0.05, epochs: 25 } } };
  expect(joinedPlans(known, planOf([ogm(2)], written))).not.toBeNull();
  expect(joinedPlans(known, planOf([ogm(2)], { base: { train: { epochs: 3 } } }))).toBeNull();
  expect(joinedPlans(known, planOf([ogm(2)], { seeds: [2] }))).toBeNull();
  expect(joinedPlans(known, planOf([ogm(2)], { tune: 3 }))).toBeNull();
  // The blank is a method's own, unless it is given: for balgrad-plus these are two settings.
  const given = { base: { model: { blank: "encoded" } } };
  expect(joinedPlans(known, planOf([methodEntry("balgrad-plus")], given))).toBeNull();
});

test("comparisons that named folders by labels are continued in these folders", () => {
  const entry = ogm(2, { label: "ogm:alpha=2" });
  const old = comparisonPlan.parse({ entries: [entry], seeds: [1], tune: 0, base: {} });
  expect(old.entries[0]!.folder).toBe("ogm-alpha-2");
  const { whole } = joinedPlans(old, planOf([ogm(2, { label: "ogm:alpha=2" }), ogm(3)]))!;
  expect(whole.entries.map(({ folder }) => folder)).toEqual([
    "ogm-alpha-2",
    expect.stringMatching(/^ogm-[0-9a-f]{8}$/),
  ]);
});

test("an error in a row begins with the row as it was named", () => {
  const entry = methodEntry("balgrad", { label: "balgrad:lambda=-1", options: { lambda: -1 } });
  const refused = (): unknown => {
    try {
      return plannedEntries({}, [entry]);
    } catch (error) {
      return error;
    }
  };
  const error = refused() as ConfigError;
  const expected = "lambda = -1: balgrad expects a number of at least 0.";
  expect(error.message).toBe(`methods=balgrad:lambda=-1: ${expected}`);
  expect(error.in(commandWords).message).toBe(`--methods balgrad:lambda=-1: ${expected}`);
});
