import { expect, test } from "vitest";

import { ConfigError } from "../errors.js";
import { checkConfig } from "../run/config.js";
import { sorted, sortingOf } from "./columns.js";
import { filterOf } from "./filter.js";
import type { RunSummary } from "./summary.js";

const summary = (path: string, settings: object, full: number | null = null): RunSummary => ({
  path,
  config: checkConfig(settings, "test"),
  state: full === null ? { kind: "waiting" } : { kind: "finished" },
  validation: null,
  test: full === null ? null : { full, imageMissing: 50, textMissing: 60 },
  score: full === null ? null : "accuracy",
  error: null,
});

const damaged: RunSummary = {
  ...summary("damaged", {}),
  config: null,
  state: { kind: "damaged" },
};

const RUNS = [
  summary("a/joint", { method: { name: "joint" }, train: { epochs: 5 } }, 81.5),
  summary("a/balgrad", { method: { name: "balgrad", options: { lambda: 3 } } }, 90),
  summary("My runs/x=1", { data: { source: "my data.csv" }, train: { epochs: 10 } }),
  damaged,
];

const listed = (filter: string): string[] => RUNS.filter(filterOf(filter)).map(({ path }) => path);

test("words and conditions all have to hold", () => {
  expect(listed("")).toEqual(RUNS.map(({ path }) => path));
  expect(listed("  A/  ")).toEqual(["a/joint", "a/balgrad"]);
  expect(listed("method.name=balgrad")).toEqual(["a/balgrad"]);
  expect(listed("method.options.lambda=3.0")).toEqual(["a/balgrad"]);
  expect(listed("train.epochs>=10")).toEqual(["a/balgrad", "My runs/x=1"]);
  expect(listed("train.epochs>10 a/")).toEqual(["a/balgrad"]);
  expect(listed("train.epochs<10")).toEqual(["a/joint"]);
  expect(listed("test.full>81.5")).toEqual(["a/balgrad"]);
  expect(listed("test.full<=81.5")).toEqual(["a/joint"]);
  expect(listed("state=damaged")).toEqual(["damaged"]);
  expect(listed("state!=finished")).toEqual(["My runs/x=1", "damaged"]);
  expect(listed("state=finished a/ method.name!=joint")).toEqual(["a/balgrad"]);
  expect(listed("seed=1")).toEqual(["a/joint", "a/balgrad", "My runs/x=1"]);
});

test("quotation marks hold spaces and signs together", () => {
  expect(listed('data.source="my data.csv"')).toEqual(["My runs/x=1"]);
  expect(listed('"x=1"')).toEqual(["My runs/x=1"]);
  expect(listed('"my runs"')).toEqual(["My runs/x=1"]);
  expect(listed(String.raw`"a\"b"`)).toEqual([]);
});

test.each([
  ["train.epoch=3", 'The filter names "train.epoch"', 'Did you mean "train.epochs"?'],
  ["zzzzzzzzzz=1", 'names "zzzzzzzzzz"', "A filter has words and conditions"],
  ["train=3", "train is a group of settings", "For example train.epochs."],
  ["train.epochs>many", "expects a number after >", "For example train.epochs>10"],
  ["train.epochs> 10", "no value after train.epochs>", "without spaces around the sign"],
  ['data.source="my data', "a quotation mark without its other one", 'as "a text with spaces"'],
])("%s cannot be read, and it is said why", (filter, message, hint) => {
  let thrown: unknown;
  try {
    filterOf(filter);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigError);
  expect((thrown as ConfigError).message).toContain(message);
  expect((thrown as ConfigError).hint).toContain(hint);
});

test("scores come largest first, runs without one last, either way", () => {
  const order = (sort: string): string[] => sorted(RUNS, sortingOf(sort)!).map(({ path }) => path);
  expect(order("test.full")).toEqual(["a/balgrad", "a/joint", "My runs/x=1", "damaged"]);
  expect(order("-test.full")).toEqual(["a/joint", "a/balgrad", "My runs/x=1", "damaged"]);
  expect(order("run")).toEqual(["a/balgrad", "a/joint", "damaged", "My runs/x=1"]);
  expect(order("method").at(-1)).toBe("damaged");
  expect(sortingOf("constructor")).toBeNull();
});
