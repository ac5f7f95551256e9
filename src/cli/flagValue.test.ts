import { expect, test } from "vitest";

import { runFields } from "../run/config.js";
import { flagValue, seconds } from "./flagValue.js";

const valueOf = (path: string, text: string): unknown =>
  flagValue(
    text,
    runFields().find((field) => field.path === path)!,
  );

test("a length of time has a unit", () => {
  expect(["90s", "10m", "1.5h"].map(seconds)).toEqual([90, 600, 5400]);
  for (const text of ["10", "m", "-5m", "10 min", "1d", ""]) expect(seconds(text)).toBeUndefined();
});

test("the text after a flag is read by the setting's type", () => {
  expect(valueOf("train.epochs", "3")).toBe(3);
  expect(valueOf("train.time", "2m")).toBe(120);
  expect(valueOf("data.columns.labels", "drama, comedy")).toEqual(["drama", "comedy"]);
  expect(valueOf("data.missingLabels", "")).toEqual([]);
  expect(valueOf("data.source", "12")).toBe("12");
  expect(valueOf("evaluation.corruptions", "all")).toBe("all");
  expect(valueOf("evaluation.corruptions", "blur,typos")).toEqual(["blur", "typos"]);
  expect(valueOf("evaluation.noiseCurve", "true")).toBe(true);
  expect(valueOf("train.classWeights", "balanced")).toBe("balanced");
  expect(valueOf("train.classWeights", "a=b=2,c=0.5")).toEqual({ "a=b": 2, c: 0.5 });
});

test("what cannot be read stays as it was written, for the check to name", () => {
  expect(valueOf("train.epochs", "many")).toBe("many");
  expect(valueOf("train.time", "10")).toBe("10");
  expect(valueOf("train.classWeights", "cat")).toBe("cat");
  expect(valueOf("train.classWeights", "cat=heavy")).toEqual({ cat: "heavy" });
});
