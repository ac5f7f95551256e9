/** @module The compiled step against PyTorch: losses, gradients, metrics and parameters. */

import { describe, expect, it } from "vitest";

import { gradients } from "../../src/graph/autodiff.js";
import { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { trainingInputs } from "../../src/model/inputs.js";
import { buildModel } from "../../src/model/model.js";
import { buildObjectives } from "../../src/model/objectives.js";
import { classificationLosses } from "../../src/nn/losses.js";
import { ParameterScope } from "../../src/nn/parameters.js";
import type { StepRunner } from "../../src/train/runner.js";
import type { StepMetrics } from "../../src/train/parts.js";
import type { StepSpec } from "../../src/train/step.js";
import type { InnerPath } from "../../src/gramian/engine.js";
import {
  floatTensor,
  type Golden,
  goldenCases,
  goldenInputs,
  LOSSES,
  type LossName,
  specOf,
} from "./golden.js";
import {
  callOf,
  directionOf,
  evaluate,
  expectClose,
  numbersOf,
  revealing,
  withRunner,
} from "./harness.js";

// Relative to the largest absolute element of a tensor. The reference is float64, we are float32:
// single operations differ by 6e-8, three steps of AdamW multiply that.
const TOLERANCE = 1e-4;
// Gradients below this are zero in exact arithmetic (the attention's key bias): rounding noise of
// terms of size 0.1.
const ZERO = 1e-3;
const CASES = goldenCases();
const PATHS: readonly InnerPath[] = ["auto", "factored", "materialised"];

/** What the host sets before a step, counted from 0. */
function controlsOf(
  { method: { method, options } }: StepSpec,
  { progress }: Golden,
  step: number,
): Record<string, number> {
  const { epochs, epochOfStep, history = [] } = progress;
  const epoch = epochOfStep?.[step] ?? progress.epoch;
  return { ...method.controls?.({ epoch, epochs, history: history.slice(0, epoch) }, options) };
}

const tensorsOf = (shaped: Golden["parameters"]) =>
  Object.entries(shaped).map(([name, value]) => [name, floatTensor(value)] as const);

/** Puts a runner where the reference started. */
function restore(runner: StepRunner, { parameters, teacher = {} }: Golden): void {
  runner.restore(new Map([...runner.state, ...tensorsOf(parameters), ...tensorsOf(teacher)]));
}

/** Runs all steps. */
async function runSteps(runner: StepRunner, spec: StepSpec, golden: Golden) {
  const inputs = goldenInputs(golden);
  const metrics: StepMetrics[] = [];
  for (const [done, learningRate] of golden.learningRates.entries()) {
    const controls = controlsOf(spec, golden, done);
    const call = callOf(inputs, { learningRate, step: done + 1, controls });
    metrics.push(await runner.run(call));
  }
  return metrics;
}

/** The losses and their gradients as a function, without any balance method. */
async function lossGradients(golden: Golden): Promise<Record<string, number[]>> {
  const spec = specOf(golden);
  const graph = new Graph();
  const scope = ParameterScope.root(graph, spec.seed);
  const inputs = trainingInputs(graph, spec.model, spec.labels.classes);
  const outputs = buildModel(scope, inputs, spec.model, spec.labels);
  const losses = classificationLosses(spec.labels.labelKind);
  const objectives = buildObjectives(outputs, inputs, losses, spec.priorLoss);
  const { parameters } = scope;
  const wanted: Record<string, Tensor> = {};
  for (const loss of LOSSES) {
    wanted[loss] = objectives[loss];
    const wrt = parameters.map((parameter) => parameter.tensor);
    gradients(objectives[loss], wrt).forEach((gradient, at) => {
      if (gradient) wanted[`${loss}/${parameters[at]!.name}`] = gradient;
    });
  }
  const feeds = { ...goldenInputs(golden), ...Object.fromEntries(tensorsOf(golden.parameters)) };
  return evaluate(graph, wanted, feeds);
}

describe.each(CASES)("%s", (name, golden) => {
  const spec = specOf(golden);

  it("declares the parameters of the reference", async () => {
    await withRunner(spec, async (_runner, { parameters }) => {
      const shapes = parameters.map(({ name, tensor }) => [name, tensor.shape] as const);
      const expected = Object.entries(golden.parameters).map(([name, { shape }]) => [name, shape]);
      expect(Object.fromEntries(shapes)).toEqual(Object.fromEntries(expected));
      return Promise.resolve();
    });
  });

  it("has PyTorch's losses and per-loss gradients", async () => {
    const found = await lossGradients(golden);
    const reached = Object.keys(found).filter((key) => key.includes("/"));
    const expected = LOSSES.flatMap((loss) =>
      Object.keys(golden.gradients[loss]).map((name) => `${loss}/${name}`),
    );
    expect(reached.sort()).toEqual(expected.sort());
    for (const loss of LOSSES) {
      expectClose(found[loss]!, [golden.losses[loss]], TOLERANCE, loss);
    }
    for (const key of reached) {
      const [loss, name] = key.split("/") as [LossName, string];
      expectClose(found[key]!, golden.gradients[loss][name]!, TOLERANCE, key, ZERO);
    }
  });

  it.each(PATHS)("combines gradients like PyTorch, %s", async (innerPath) => {
    await withRunner({ ...revealing(spec), innerPath }, async (runner) => {
      restore(runner, golden);
      const { gradients: found } = await directionOf(
        runner,
        goldenInputs(golden),
        controlsOf(spec, golden, 0),
      );
      expect([...found.keys()].sort()).toEqual(Object.keys(golden.combined).sort());
      for (const [name, gradient] of found) {
        expectClose(gradient, golden.combined[name]!, TOLERANCE, name, ZERO);
      }
    });
  });

  it.each(PATHS)("takes three steps like PyTorch, %s", async (innerPath) => {
    await withRunner({ ...spec, innerPath }, async (runner) => {
      restore(runner, golden);
      const metrics = await runSteps(runner, spec, golden);
      metrics.forEach((found, step) => {
        const expected = golden.metrics[step]!;
        // The reference checks what a rival decides, and all that joint training and BalGrad record.
        const recorded = Object.keys(expected);
        if (name.startsWith("rival"))
          expect(Object.keys(found)).toEqual(expect.arrayContaining(recorded));
        else expect(Object.keys(found).sort()).toEqual(recorded.sort());
        for (const [metric, value] of Object.entries(expected)) {
          // A cosine is a quotient of norms: its scale is 1, whatever its value.
          const floor = metric === "cosine" ? 1 : 1e-6;
          expectClose([found[metric]!], [value], TOLERANCE, `${metric} of step ${step + 1}`, floor);
        }
      });
      for (const [name, expected] of Object.entries(golden.final)) {
        expectClose(numbersOf(runner.state.get(name)!), expected, TOLERANCE, name);
      }
    });
  });
});

describe("the golden cases", () => {
  it("conflict in some steps and agree in others", () => {
    const cosines = CASES.flatMap(([, { metrics }]) => metrics.map((step) => step["cosine"] ?? 0));
    expect(cosines.some((cosine) => cosine < -0.1)).toBe(true);
    expect(cosines.some((cosine) => cosine > 0.1)).toBe(true);
  });

  it("clip in some steps", () => {
    const clips = CASES.some(
      ([, { clipNorm, metrics }]) => clipNorm > 0 && metrics[0]!["norm.update"]! > clipNorm,
    );
    expect(clips).toBe(true);
  });
});
