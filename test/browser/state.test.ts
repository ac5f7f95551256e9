/** @module The page's state in its address, and drawings in it. */

import { describe, expect, test } from "vitest";

import { Drawing } from "../../web/src/drawing.js";
import { readState, START, type State, writeState } from "../../web/src/state.js";

describe("the address", () => {
  test("is empty at the start, and gives back what it was made of", () => {
    expect(writeState(START)).toBe("");
    expect(readState("")).toEqual(START);
    const state: State = {
      ...{ tab: "own", seed: 7, epochs: 3, device: "wasm", emoji: "1f431", page: 2 },
      ...{ picture: "blurred", drawing: "0sg", text: "a & b = <c> # ü 🐈", off: [0, 4] },
      ...{ method: "balgrad", ownEpochs: 12, ask: "what? 100%" },
    };
    expect(readState(`#${writeState(state)}`)).toEqual(state);
  });

  test("keeps a text that was emptied apart from one that was not changed", () => {
    expect(readState("#text=").text).toBe("");
    expect(writeState({ ...START, text: "" })).toBe("text=");
  });

  test.each([
    ["seed=-1&epochs=1e9&device=tpu&picture=x&page=2.5", {}],
    ["tab=__proto__&method=constructor&nothing=1", {}],
    [`text=${"x".repeat(9999)}`, { text: "x".repeat(500) }],
    ["off=1.1.x.-3", { off: [1] }],
    ["%E0%A4%A", {}],
  ])("makes no sense, and the start's values stay: %s", (hash, expected) => {
    expect(readState(hash)).toEqual({ ...START, ...expected });
  });
});

describe("a drawing", () => {
  test("is written in runs, and read again", () => {
    const drawing = Drawing.empty(8);
    drawing.stroke([1, 1], [6, 1], 4);
    drawing.dot(0, 7, 2);
    expect(drawing.written).toBe("4o-0o-22-06-22-06");
    expect(Drawing.read(drawing.written, 8)!.written).toBe(drawing.written);
  });

  test.each(["", "0", "9a", "0zzzz", "01", "0-0", "01s-01"])("is none: %j", (written) => {
    expect(Drawing.read(written, 8)).toBeNull();
  });
});
