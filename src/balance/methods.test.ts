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
    ["balgrad", { lambda: -1 }, /method\.lambda \(balgrad\): /],
    ["balgrad", { status: "lost" }, /method\.status \(balgrad\): .*loss/],
    ["joint", { probes: "yes" }, /method\.probes \(joint\): /],
  ])("refuses %s with %o", (name, options, message) => {
    expect(() => configureMethod(name, options)).toThrow(ConfigError);
    expect(() => configureMethod(name, options)).toThrow(message);
  });
});
