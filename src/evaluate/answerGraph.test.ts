import { describe, expect, test } from "vitest";

import { Graph } from "../graph/graph.js";
import { writeFunction } from "../graph/onnx/write.js";
import { randomStream } from "../random.js";
import { nodeRuntime } from "../runtime/node.js";
import { SIGNALS } from "../novelty/novelty.js";
import { ANSWER_OUTPUTS, answerOutputs } from "./answerGraph.js";
import { type AwareModel, fitAware, predictAware } from "./aware.js";
import { thresholdRows } from "./decisions.js";
import { EXPERTS, type SplitLogits } from "./predictor.js";

const CLASSES = 3;
const SAMPLES = 60;

/**
 * Logits that follow the truth more or less, and signals, of which the first are far out; every third sample lacks
 * one modality.
 */
function logitsOf(seed: number, targets: Float32Array, far = 0): SplitLogits {
  const random = randomStream(seed, "logits");
  const noisy = (strength: number) => targets.map((y) => strength * (y - 0.4) + random.normal());
  const heads = EXPERTS.map((expert, at) => [expert, noisy(1 + at)] as const);
  const normal = () =>
    Float32Array.from({ length: SAMPLES }, (_, at) => (at < far ? 20 : 0) + random.normal());
  return {
    ...Object.fromEntries(heads),
    ...Object.fromEntries(SIGNALS.map((name) => [name, normal()] as const)),
    imagePresent: Float32Array.from({ length: SAMPLES }, (_, at) => Number(at % 3 !== 1)),
    textPresent: Float32Array.from({ length: SAMPLES }, (_, at) => Number(at % 3 !== 2)),
  } as SplitLogits;
}

describe.each(["single-label", "multi-label"] as const)("the answer's graph, %s", (labelKind) => {
  const random = randomStream(3, "targets");
  const targets = new Float32Array(SAMPLES * CLASSES);
  for (let row = 0; row < SAMPLES; row++) targets[row * CLASSES + random.integer(CLASSES)] = 1;
  const full = { logits: logitsOf(1, targets), targets };
  const wrong = { logits: logitsOf(2, targets, 6), targets };
  const data = { full, imageMissing: full, textMissing: full, impaired: [wrong] };

  test.each(["gate", "heads"] as const)(
    "is the answer of the program, by %s",
    async (answering) => {
      const fitted: AwareModel = await fitAware(data, CLASSES, labelKind, answering);
      const model = { ...fitted, companionShares: { joint: 0.2, image: 0.9 } };
      const graph = new Graph();
      const input = (name: string, width?: number) =>
        graph.input(name, "float32", width === undefined ? ["batch"] : ["batch", width]);
      const said = Object.fromEntries([
        ...EXPERTS.map((name) => [name, input(name, CLASSES)] as const),
        ...SIGNALS.map((name) => [name, input(name)] as const),
      ]) as Parameters<typeof answerOutputs>[0];
      const shown = { image: input("pictures", 1), text: input("texts", 1) };
      const runtime = nodeRuntime({ threads: 1 });
      const session = await runtime.createSession(writeFunction(answerOutputs(said, shown, model)));
      const { logits } = wrong;
      const tensor = (data: Float32Array, ...shape: number[]) => ({
        ...{ dtype: "float32" as const, shape, data },
      });
      const fed = [
        ...EXPERTS.map((name) => [name, tensor(logits[name]!, SAMPLES, CLASSES)] as const),
        ...SIGNALS.map((name) => [name, tensor(logits[name]!, SAMPLES)] as const),
        ["pictures", tensor(logits.imagePresent, SAMPLES, 1)] as const,
        ["texts", tensor(logits.textPresent, SAMPLES, 1)] as const,
      ];
      const needed = answering === "gate" ? fed : fed.filter(([name]) => name !== "similarity");
      const outputs = await session.run(Object.fromEntries(needed));
      await session.release();
      const of = (name: keyof typeof ANSWER_OUTPUTS): Float32Array =>
        outputs[ANSWER_OUTPUTS[name]]!.data as Float32Array;
      const expected = predictAware(model, logits);
      of("probabilities").forEach((p, at) => {
        expect(p).toBeCloseTo(expected[at]!, 5);
      });
      if (labelKind === "multi-label") {
        const thresholds = thresholdRows(model.thresholds!.aware, logits);
        const close = (at: number): boolean => Math.abs(expected[at]! - thresholds[at]!) < 1e-5;
        of("decisions").forEach((decided, at) => {
          if (!close(at)) expect(decided).toBe(Number(expected[at]! > thresholds[at]!));
        });
      }
      const { image, text } = model.unusual!;
      // A missing input is not an unusual one.
      const flags = (novelty: Float32Array, most: number, present: Float32Array): number[] =>
        [...novelty].map((value, row) => Number(present[row] === 1 && value > most));
      const { imagePresent, textPresent } = logits;
      expect(of("imageUnusual")).toContain(1);
      expect([...of("imageUnusual")]).toEqual(flags(logits.imageNovelty!, image, imagePresent));
      expect([...of("textUnusual")]).toEqual(flags(logits.textNovelty!, text, textPresent));
    },
  );
});
