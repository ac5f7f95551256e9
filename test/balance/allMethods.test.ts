/** @module What every balance method must do, whatever it is. */

import { describe, expect, it } from "vitest";

import { meaningOf } from "../../src/balance/metrics.js";
import { findMethod, METHOD_NAMES } from "../../src/balance/methods.js";
import { fusionsOf, isForMultiLabel } from "../../src/balance/supports.js";
import { ConfigError } from "../../src/errors.js";
import { FUSIONS, OWN_FUSIONS } from "../../src/model/config.js";
import { compileStep, type StepSpec } from "../../src/train/step.js";
import { callOf, type Direction, directionOf, revealing, runSteps, withRunner } from "./harness.js";
import { flatten, parametersOf, sceneInputs, sceneSpec, sceneState } from "./scenes.js";

const ADDITIVE_ONLY = ["ogm", "ogm-ge", "opm", "info-reg", "recon-boost", "late-fusion", "tcmax"];
const ONE_FUSION: Readonly<Record<string, string>> = {
  mla: "add",
  mmcosine: "cosine",
  simmlm: "mixture",
  dpl: "prototypes",
  udml: "quality",
};

const isOwn = (fusion: string): boolean => OWN_FUSIONS.some((own) => own === fusion);

/** Whether a method has a meaning with a fusion, and else what its refusal says. */
function refusalOf(name: string, fusion: string): RegExp | undefined {
  const only = ONE_FUSION[name];
  if (isOwn(fusion) && only !== fusion) {
    return new RegExp(`^${name} does not work with model.fusion=${fusion}: `);
  }
  if (only !== undefined && only !== fusion) {
    return new RegExp(`^${name} does not work with model.fusion=${fusion}: .+\\.$`);
  }
  const refused = fusion === "attention" && ADDITIVE_ONLY.includes(name);
  return refused
    ? /does not work with model.fusion=attention: it needs joint logits that are a sum/
    : undefined;
}

const SINGLE_LABEL_ONLY = ["pmr", "recon-boost", "tcmax"];
const isTrained = (name: string): boolean => !name.includes(".head.");

function specOf(
  name: string,
  labelKind: "single-label" | "multi-label",
  fusion: (typeof FUSIONS)[number],
): StepSpec {
  const spec = sceneSpec(name, {}, { labelKind, fusion, clipNorm: 1 });
  const { model } = findMethod(name);
  return { ...spec, model: { ...spec.model, ...model, fusion } };
}

/** Every metric has a meaning, and no meaning is left of a metric that is not recorded. */
function expectMeanings(name: string, recorded: readonly string[]): void {
  const method = findMethod(name);
  expect(recorded.filter((metric) => meaningOf(method, metric) === undefined)).toEqual([]);
  const idle = Object.keys(method.metrics ?? {}).filter(
    (key) =>
      !recorded.includes(key) &&
      !recorded.some((metric) => key.endsWith(".*") && metric.startsWith(key.slice(0, -1))),
  );
  expect(idle).toEqual(name === "balgrad-plus" ? ["drop.*"] : []);
}

/** Controls of a method in its first epoch. */
function controlsOf({ method: { method, options } }: StepSpec): Record<string, number> {
  return { ...method.controls?.({ epoch: 0, epochs: 10, history: [] }, options) };
}

/** Directions of one method for some scenes. */
function directionsOf(spec: StepSpec, seeds: readonly number[]): Promise<Direction[]> {
  return withRunner(revealing(spec), async (runner, { initialState, noise }) => {
    const found: Direction[] = [];
    for (const seed of seeds) {
      runner.restore(sceneState(initialState, seed));
      found.push(
        await directionOf(runner, sceneInputs(seed, spec.labels.labelKind), controlsOf(spec)),
      );
    }
    expect([...noise.keys()].every((name) => name.startsWith("noise."))).toBe(true);
    return found;
  });
}

it("balgrad-plus with dropout says what it records, too", () => {
  const { metrics } = compileStep(sceneSpec("balgrad-plus", { drop: 0.1 }));
  expect(metrics).toContain("drop.image");
  const meaning = meaningOf(findMethod("balgrad-plus"), "drop.image");
  expect(meaning).toBe("probability that a sample loses the modality");
});

describe.each(METHOD_NAMES)("%s", (name) => {
  it("declares the fusions and labels that it works with", () => {
    const method = findMethod(name);
    const fusions = fusionsOf(method);
    expect(fusions).toEqual(FUSIONS.filter((fusion) => !refusalOf(name, fusion)));
    if (method.model?.fusion) expect(fusions).toEqual([method.model.fusion]);
    expect(isForMultiLabel(method)).toBe(!SINGLE_LABEL_ONLY.includes(name));
  });

  for (const labelKind of ["single-label", "multi-label"] as const) {
    it.each(FUSIONS)(
      `trains three steps of ${labelKind} data with fusion %s, or refuses`,
      async (fusion) => {
        const spec = specOf(name, labelKind, fusion);
        if (
          labelKind === "multi-label" &&
          SINGLE_LABEL_ONLY.includes(name) &&
          !refusalOf(name, fusion)
        ) {
          await expect(withRunner(spec, () => Promise.resolve())).rejects.toThrow(
            /does not work with multi-label data: .+\.$/,
          );
          return;
        }
        const refusal = refusalOf(name, fusion);
        if (refusal) {
          const building = withRunner(spec, () => Promise.resolve());
          await expect(building).rejects.toThrow(ConfigError);
          await expect(building).rejects.toThrow(refusal);
          return;
        }
        await withRunner(spec, async (runner) => {
          const before = parametersOf(runner.state);
          const rates = [0.01, 0.01, 0.01];
          const inputs = sceneInputs(1, labelKind);
          const metrics = await runSteps(runner, inputs, rates, controlsOf(spec));
          expect(metrics.flatMap((step) => Object.values(step)).every(Number.isFinite)).toBe(true);
          expect(metrics[0]).toHaveProperty("loss.task");
          expectMeanings(name, Object.keys(metrics[0]!));
          const after = parametersOf(runner.state);
          for (const values of Object.values(after))
            expect(values.every(Number.isFinite)).toBe(true);
          const moved = Object.keys(after).filter((key) => isTrained(key) && key in before);
          expect(moved.some((key) => after[key]!.some((x, at) => x !== before[key]![at]))).toBe(
            true,
          );
        });
      },
    );
  }

  it("trains with class weights and smoothed targets", async () => {
    const spec = specOf(name, "single-label", findMethod(name).model?.fusion ?? "add");
    const loss = { classWeights: [5, 1, 0.5], labelSmoothing: 0.1 };
    const of = (one: StepSpec): Promise<Direction> =>
      withRunner(revealing(one), async (runner, { initialState }) => {
        // With the memory of a training's start: a turn, for example, is nobody's otherwise.
        const state = [...sceneState(initialState, 1)].map(([key, tensor]) => {
          return [key, key.startsWith("method.") ? initialState.get(key)! : tensor] as const;
        });
        runner.restore(new Map(state));
        return directionOf(runner, sceneInputs(1), controlsOf(one));
      });
    const [plain, weighted] = [await of(spec), await of({ ...spec, loss })];
    const trained = ({ gradients }: Direction): number[] => flatten(gradients, isTrained);
    expect(trained(weighted).every(Number.isFinite)).toBe(true);
    expect(trained(weighted)).not.toEqual(trained(plain));
  });

  it("is finite where a modality is absent from the whole batch", async () => {
    const spec = specOf(name, "single-label", findMethod(name).model?.fusion ?? "add");
    await withRunner(spec, async (runner) => {
      const inputs = sceneInputs(1);
      const { shape } = inputs["image_present"]!;
      const none = { dtype: "float32", shape, data: new Float32Array(shape[0]!) } as const;
      const call = { learningRate: 0.01, controls: controlsOf(spec) };
      const metrics = await runner.run(callOf({ ...inputs, image_present: none }, call));
      expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    });
  });
});

describe("every method but the baseline", () => {
  // They train one modality, another model, at other rates, or differ from a later epoch on.
  const same = ["joint", "image-only", "text-only", "mmcosine", "mslr"];
  same.push("simmlm", "dpl", "udml");
  same.push("dynamic-weight-average", "relearning");

  it.each(METHOD_NAMES.filter((name) => !same.includes(name)))(
    "%s moves the shared parameters otherwise than joint training",
    async (name) => {
      const seeds = [1, 3, 5, 7, 9];
      const fusion = findMethod(name).model?.fusion ?? "concat";
      const own = await directionsOf(specOf(name, "single-label", fusion), seeds);
      const joint = await directionsOf(specOf("joint", "single-label", fusion), seeds);
      const shared = (direction: Direction): number[] =>
        flatten(direction.gradients, (key) => /embedding\.(weight|bias)$/.test(key));
      own.forEach((direction, at) => {
        expect(shared(direction)).not.toEqual(shared(joint[at]!));
      });
    },
  );
});
