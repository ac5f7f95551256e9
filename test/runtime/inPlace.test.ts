/** @module Outputs that ONNX Runtime writes in place: what they are, what fails, and what is left behind. */

import { describe, expect, it } from "vitest";

import { add, mul } from "../../src/graph/functions/elementwise.js";
import { matmul } from "../../src/graph/functions/linear.js";
import { Graph } from "../../src/graph/graph.js";
import { writeFunction } from "../../src/graph/onnx/write.js";
import { isStop, STOP, withStop, writesInPlace } from "../../src/runtime/inPlace.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { type OnnxRuntime, onnxRuntime } from "../../src/runtime/onnxRuntime.js";
import { floats } from "../balance/harness.js";

/** `product = a b`, `[2, n]` with `n` from the feeds, and `sum`, a scalar. */
function model() {
  const graph = new Graph();
  const a = graph.input("a", "float32", [2, "inner"]);
  const b = graph.input("b", "float32", ["inner", 3]);
  return writeFunction({ product: matmul(a, b), doubled: add(a, a), same: mul(a, 1) });
}

const FEEDS = { a: floats([2, 2], [1, 2, 3, 4]), b: floats([2, 3], [1, 0, 2, 0, 1, 3]) };
const PRODUCT = [1, 2, 8, 3, 4, 18];

describe("outputs in place", () => {
  it("work with the runtime that is installed", async () => {
    expect(await writesInPlace(await onnxRuntime())).toBe(true);
  });

  it.each([true, false])(
    "are in the caller's memory, run after run; in place: %s",
    async (inPlace) => {
      const runtime = nodeRuntime({ threads: 1, inPlace });
      const session = await runtime.createWritingSession(model());
      const memory = new Float32Array(20).fill(-1);
      const product = { dtype: "float32" as const, shape: [2, 3], data: memory.subarray(4, 10) };
      const doubled = floats([2, 2], [0, 0, 0, 0]);
      await session.run(FEEDS, { product, doubled });
      expect(Array.from(memory)).toEqual([
        ...new Array<number>(4).fill(-1),
        ...PRODUCT,
        ...new Array<number>(10).fill(-1),
      ]);
      expect(Array.from(doubled.data as Float32Array)).toEqual([2, 4, 6, 8]);
      await session.run({ ...FEEDS, b: floats([2, 3], [0, 0, 0, 0, 0, 0]) }, { product, doubled });
      expect(Array.from(product.data)).toEqual([0, 0, 0, 0, 0, 0]);
      await session.release();
    },
  );

  it.each([true, false])("do not hide an error of the run; in place: %s", async (inPlace) => {
    const runtime = nodeRuntime({ threads: 1, inPlace });
    const session = await runtime.createWritingSession(model());
    const outputs = { product: floats([2, 3], PRODUCT) };
    const misfit = { ...FEEDS, b: floats([3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]) };
    await expect(session.run(misfit, outputs)).rejects.toThrow();
    await expect(session.run({ a: FEEDS.a }, outputs)).rejects.toThrow(
      'The model\'s input "b" was not given to run(); given: a.',
    );
    await session.run(FEEDS, outputs);
    expect(Array.from(outputs.product.data as Float32Array)).toEqual(PRODUCT);
    await session.release();
  });

  it("leave nothing behind over 10,000 runs", async () => {
    const graph = new Graph();
    const x = graph.input("x", "float32", [4096]);
    const session = await nodeRuntime({ threads: 1 }).createWritingSession(
      writeFunction({ y: add(x, 1) }),
    );
    const feeds = { x: floats([4096], new Array<number>(4096).fill(1)) };
    const outputs = { y: floats([4096], new Array<number>(4096).fill(0)) };
    const run = async (times: number): Promise<void> => {
      for (let at = 0; at < times; at++) await session.run(feeds, outputs);
    };
    await run(1000);
    const before = process.memoryUsage().rss;
    await run(10_000);
    // A copy of the output at each run would be 160 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(40e6);
    await session.release();
  });
});

describe("a runtime that does not work so", () => {
  it("of another version is not tried", async () => {
    const installed = await onnxRuntime();
    const other = {
      ...installed,
      env: { ...installed.env, versions: { ...installed.env.versions, node: "9.9.9" } },
    } as OnnxRuntime;
    expect(await writesInPlace(other)).toBe(false);
  });

  it("is found out by the trial: an output that is not written, or another error", async () => {
    const installed = await onnxRuntime();
    const pretending = (outcome: () => Promise<never>): OnnxRuntime => ({
      ...installed,
      env: installed.env,
      Tensor: installed.Tensor,
      InferenceSession: {
        create: () => Promise.resolve({ run: outcome, release: () => Promise.resolve() }),
      } as unknown as OnnxRuntime["InferenceSession"],
    });
    const refusal = new Error("Non tensor type is temporarily not supported.");
    expect(isStop(refusal)).toBe(true);
    expect(await writesInPlace(pretending(() => Promise.reject(refusal)))).toBe(false);
    expect(await writesInPlace(pretending(() => Promise.reject(new Error("no"))))).toBe(false);
  });

  it("is given models as they are", async () => {
    const { InferenceSession } = await onnxRuntime();
    const outputsOf = async (bytes: Uint8Array): Promise<readonly string[]> => {
      const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
      const { outputNames } = session;
      await session.release();
      return outputNames;
    };
    const { bytes } = model();
    expect(await outputsOf(bytes)).toEqual(["product", "doubled", "same"]);
    expect(await outputsOf(withStop(bytes))).toEqual([STOP, "product", "doubled", "same"]);
  });
});
