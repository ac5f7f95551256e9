/** @module Choice of methods by name, and their options' schemas. */

import { describe, expect, it } from "vitest";

import { ConfigError } from "../errors.js";
import { configureMethod, METHOD_NAMES } from "./methods.js";

describe("configureMethod", () => {
  it("knows the baseline and BalGrad", () => {
    expect(METHOD_NAMES.slice(0, 2)).toEqual(["joint", "balgrad"]);
  });

  it.each(METHOD_NAMES)("gives %s defaults and a source", (name) => {
    const { method, options } = configureMethod(name, {});
    expect(method.name).toBe(name);
    expect(method.summary).not.toBe("");
    expect(method.source).not.toBe("");
    expect(configureMethod(name, options).options).toEqual(options);
  });

  it.each([
    ["ballgrad", {}, /Unknown method "ballgrad"/],
    ["balgrad", { lamda: 1 }, /balgrad has no option "lamda"/],
    [
      "balgrad",
      { lambda: -1 },
      /method\.options\.lambda = -1: balgrad expects a number of at least 0\./,
    ],
    [
      "balgrad",
      { status: "lost" },
      /method\.options\.status = "lost": balgrad expects loss, progress/,
    ],
    ["joint", { probes: "yes" }, /method\.options\.probes = "yes": joint expects true or false\./],
  ])("refuses %s with %o", (name, options, message) => {
    expect(() => configureMethod(name, options)).toThrow(ConfigError);
    expect(() => configureMethod(name, options)).toThrow(message);
  });
});
