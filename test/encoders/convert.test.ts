/** @module Files of half precision and quantized weights, converted to float32. */

import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { toFloat32 } from "../../src/graph/onnx/convert/convert.js";
import { readOnnx } from "../../src/graph/onnx/read.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import { numbersOf, runtime } from "../balance/harness.js";
import { balgrad } from "../support/cli.js";
import { allExports, EXPORTS } from "./golden.js";

async function run(bytes: Uint8Array, inputs: Readonly<Record<string, HostTensor>>) {
  const session = await runtime.createSession({ bytes, inputs: Object.keys(inputs) });
  const outputs = await session.run(inputs);
  await session.release();
  return outputs;
}

const goldenOf = (model: string) =>
  allExports().find(({ name }) => name === `${model}/onnx/model.onnx`)!;

const relative = (found: readonly number[], expected: readonly number[]): number => {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...found.map((value, at) => Math.abs(value - expected[at]!))) / scale;
};

describe("conversion to float32", () => {
  // Eight bits per weight, and per activation no longer: what is left is the weights' rounding.
  test.each([
    ["bert/onnx/model_fp16.onnx", "bert", 0.005],
    ["vit/onnx/model_fp16.onnx", "vit", 0.005],
    ["bert/onnx/model_quantized.onnx", "bert", 0.05],
    ["resnet/onnx/model_quantized.onnx", "resnet", 0.05],
    ["vit/onnx/model_qdq.onnx", "vit", 0.05],
    ["resnet/onnx/model_qdq.onnx", "resnet", 0.05],
  ])("of %s computes what %s computed", async (file, model, tolerance) => {
    const { bytes, converted } = toFloat32(readFileSync(join(EXPORTS, file)));
    expect(converted.halves + converted.dequantized).toBeGreaterThan(5);
    const { inputs, outputs } = goldenOf(model);
    const found = await run(bytes, inputs);
    for (const [name, expected] of Object.entries(outputs)) {
      expect(relative(numbersOf(found[name]!), numbersOf(expected)), name).toBeLessThan(tolerance);
    }
    // What is left is what the importer reads: float32, and no integer operator.
    expect([...readOnnx(bytes).initializers.values()].map(({ stored }) => stored)).not.toContain(
      "float16",
    );
  });

  test.each([
    ["vit/onnx/model_q4.onnx", /MatMulNBits \(node ".+"\) has no floating-point counterpart/],
    ["resnet/onnx/model_qoperator.onnx", /QLinear\w+ \(node ".+"\) has no floating-point/],
  ])("says which operator of %s it does not know", (file, message) => {
    expect(() => toFloat32(readFileSync(join(EXPORTS, file)))).toThrow(message);
  });

  test("of what is no ONNX file says so", () => {
    expect(() => toFloat32(Uint8Array.of(7, 7, 7))).toThrow("The file is no ONNX model");
  });

  test("by the command line keeps tokenizer and settings, and overwrites nothing", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "balgrad-convert-")), "bert");
    const source = join(EXPORTS, "bert");
    const done = await balgrad(["encoder", "convert", source, folder, "--json"]);
    expect(done.code, done.stderr).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ dequantized: 0 });
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["config.json", "tokenizer.json"]));
    expect(readdirSync(join(folder, "onnx"))).toEqual(["model.onnx"]);
    const again = await balgrad(["encoder", "convert", source, folder]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("there is a file already");
    const none = await balgrad(["encoder", "convert", join(folder, "nothing"), folder]);
    expect(none.stderr).toContain("no such file or folder");
  });
});
