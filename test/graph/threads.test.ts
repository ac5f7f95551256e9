/** @module Sums over repeated places with several threads: the runtime must not lose any. */

import { describe, expect, it } from "vitest";

import { gradients } from "../../src/graph/autodiff.js";
import { mul } from "../../src/graph/functions/elementwise.js";
import { gather } from "../../src/graph/functions/lookup.js";
import { sum } from "../../src/graph/functions/reduce.js";
import { Graph } from "../../src/graph/graph.js";
import { writeFunction } from "../../src/graph/onnx/write.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { floats, integers, numbersOf } from "../balance/harness.js";

const [ROWS, WIDTH, COUNT, DIFFERENT] = [400, 64, 6000, 7];

describe("the gradient of a look-up of few rows, many times", () => {
  it("is the same exact sum in every run", async () => {
    const graph = new Graph();
    const table = graph.input("table", "float32", [ROWS, WIDTH]);
    const ids = graph.input("ids", "int32", [COUNT]);
    const weights = graph.input("weights", "float32", [COUNT, WIDTH]);
    const [gradient] = gradients(sum(mul(gather(table, ids), weights)), [table]);
    const session = await nodeRuntime({ threads: 4 }).createSession(
      writeFunction({ gradient: gradient! }),
    );
    const chosen = Array.from({ length: COUNT }, (_, at) => at % DIFFERENT);
    const feeds = {
      table: floats([ROWS, WIDTH], new Float32Array(ROWS * WIDTH)),
      ids: integers([COUNT], chosen),
      weights: floats([COUNT, WIDTH], new Float32Array(COUNT * WIDTH).fill(1)),
    };
    const expected = Array.from({ length: ROWS }, (_, row) =>
      row < DIFFERENT ? chosen.filter((id) => id === row).length : 0,
    );
    for (let run = 0; run < 20; run++) {
      const result = await session.run(feeds);
      const found = numbersOf(result["gradient"]!);
      expect(expected.map((_, row) => found[row * WIDTH + (run % WIDTH)])).toEqual(expected);
      expect(found.reduce((total, value) => total + value, 0)).toBe(COUNT * WIDTH);
    }
    await session.release();
  });
});
