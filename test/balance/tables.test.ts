/** @module Gradients that stay rows: which ones, and that a step with them is the step without. */

import { expect, it } from "vitest";

import { configureMethod } from "../../src/balance/methods.js";
import { mean } from "../../src/graph/functions/reduce.js";
import { gather } from "../../src/graph/functions/lookup.js";
import { writeFunction } from "../../src/graph/onnx/write.js";
import { controlFeed } from "../../src/model/feeds.js";
import { BATCH } from "../../src/model/inputs.js";
import { normal } from "../../src/nn/initializers.js";
import { randomStream } from "../../src/random.js";
import { compileStep, type StepSpec } from "../../src/train/step.js";
import { withTables } from "../../src/train/tables.js";
import { plainModel } from "../support/plainModel.js";
import {
  callOf,
  expectClose,
  floats,
  integers,
  numbersOf,
  runtime,
  withRunner,
} from "./harness.js";

const [WORDS, WIDTH, TOKENS, SAMPLES, SIZE, CLASSES] = [200, 6, 5, 4, 3, 2];

/** The mean of the words' vectors. */
function specOf(method: string, words = WORDS): StepSpec {
  return {
    model: {
      ...plainModel({ image: { type: "features", size: SIZE }, embed: 4, dropout: 0 }),
      text: {
        dtype: "int32",
        shape: [TOKENS],
        encode: (scope, text) =>
          mean(
            gather(scope.parameter("words", [words, WIDTH], normal(1), { decays: true }), text),
            {
              axes: [1],
            },
          ),
      },
    },
    labels: { labelKind: "single-label", classes: CLASSES },
    method: configureMethod(method, {}),
    // As with tables of many words, whose gradients are never formed.
    innerPath: "factored",
    optimizer: { beta1: 0, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
    ...{ clipNorm: 0, seed: 1, priorLoss: Math.log(CLASSES), nominal: { [BATCH]: SAMPLES } },
  };
}

const random = randomStream(1, "tables");

const INPUTS = {
  image: floats(
    [SAMPLES, SIZE],
    Float32Array.from({ length: SAMPLES * SIZE }, () => random.normal()),
  ),
  text: integers(
    [SAMPLES, TOKENS],
    Int32Array.from({ length: SAMPLES * TOKENS }, (_, at) =>
      at % 7 === 0 ? 3 : random.integer(WORDS),
    ),
  ),
  image_present: floats([SAMPLES], [1, 1, 1, 1]),
  text_present: floats([SAMPLES], [1, 1, 1, 1]),
  targets: floats([SAMPLES, CLASSES], [1, 0, 0, 1, 1, 0, 0, 1]),
};

const nameOf = (spec: StepSpec): string =>
  compileStep(spec).trained.find(({ name }) => name.endsWith("words"))!.name;

it.each(["joint", "balgrad", "ogm"])(
  "%s: the words' gradient stays rows, with the same values",
  async (method) => {
    const spec = specOf(method);
    const compiled = compileStep(spec);
    const name = nameOf(spec);
    const { outputs, tables } = withTables(compiled);
    expect([...tables.keys()]).toEqual([name]);
    expect(outputs[`gradient.${name}`]).toBeUndefined();
    const text = numbersOf(INPUTS.text);
    expect(new Set(text).size).toBeLessThan(text.length);

    const whole = await runtime.createSession(
      writeFunction({ words: compiled.outputs[`gradient.${name}`]! }),
    );
    const controls = Object.fromEntries(compiled.controls.map((control) => [control, 1]));
    const fed = compiled.controls.map(
      (control) => [controlFeed(control), floats([], [1])] as const,
    );
    const feeds = { ...Object.fromEntries([...compiled.initialState, ...fed]), ...INPUTS };
    const gradient = await whole.run(feeds);
    await whole.release();
    await withRunner(spec, async (runner) => {
      await runner.run(callOf(INPUTS, { controls }));
      // Without momentum the mean is the gradient.
      const found = numbersOf(runner.state.get(`${name}.mean`)!);
      expectClose(found, numbersOf(gradient["words"]!), 1e-6, method);
      expect(found.filter((value) => value !== 0).length).toBeGreaterThan(WIDTH);
    });
  },
);

it("gives a smaller batch fewer rows", async () => {
  const spec = specOf("balgrad");
  const name = nameOf(spec);
  const half = Object.fromEntries(
    Object.entries(INPUTS).map(([key, { dtype, shape, data }]) => [
      key,
      {
        dtype: dtype as "float32",
        shape: [SAMPLES / 2, ...shape.slice(1)],
        data: data.slice(0, data.length / 2),
      },
    ]),
  );
  const alone = await withRunner(spec, async (runner) => {
    await runner.run(callOf(half));
    return numbersOf(runner.state.get(`${name}.mean`)!);
  });
  await withRunner(spec, async (runner) => {
    const before = runner.state;
    const start = new Map(
      [...before].map(([key, { dtype, shape, data }]) => [
        key,
        { dtype, shape, data: data.slice() },
      ]),
    );
    await runner.run(callOf(INPUTS));
    runner.restore(start);
    await runner.run(callOf(half));
    expect(numbersOf(runner.state.get(`${name}.mean`)!)).toEqual(alone);
  });
});

it("forms the gradient where it is no sum of rows, or of different ones", () => {
  // Noise on every weight; a second pass over other words.
  for (const method of ["ogm-ge", "agm"]) {
    expect(withTables(compileStep(specOf(method))).tables.size, method).toBe(0);
  }
});

it("forms the gradient of a small table", () => {
  // A batch looks up 20 words: half of a table of 40, but more than half of one of 39.
  expect(withTables(compileStep(specOf("joint", 40))).tables.size).toBe(1);
  const small = compileStep(specOf("joint", 39));
  expect(withTables(small)).toEqual({ outputs: small.outputs, tables: new Map() });
});
