/** @module BalGrad: its defining properties over seeded scenes. */

import { describe, expect, it } from "vitest";

import type { StepSpec } from "../../src/train/step.js";
import {
  callOf,
  type Direction,
  directionOf,
  dot,
  expectClose,
  floats,
  revealing,
  withRunner,
} from "./harness.js";
import {
  filled,
  flatten,
  type Inputs,
  parametersOf,
  sceneInputs,
  sceneSpec,
  sceneState,
  swapRoles,
  twinState,
} from "./scenes.js";

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);
const isShared = (name: string): boolean => name.includes(".embedding.");
const isHead = (name: string): boolean => name.includes(".head.");
const isFusion = (name: string): boolean => name.startsWith("joint.");

/** Combined gradients of each seed's scene under one spec. */
function directions(spec: StepSpec, seeds = SEEDS): Promise<Direction[]> {
  return withRunner(revealing(spec), async (runner, { initialState }) => {
    const found: Direction[] = [];
    for (const seed of seeds) {
      runner.restore(sceneState(initialState, seed));
      found.push(await directionOf(runner, sceneInputs(seed, spec.labels.labelKind)));
    }
    return found;
  });
}

/** Parameters of each seed's scene after one ordinary step. */
function stepped(spec: StepSpec, seeds = SEEDS): Promise<Record<string, number[]>[]> {
  return withRunner(spec, async (runner, { initialState }) => {
    const found: Record<string, number[]>[] = [];
    for (const seed of seeds) {
      runner.restore(sceneState(initialState, seed));
      await runner.run(callOf(sceneInputs(seed), { learningRate: 0.01 }));
      found.push(parametersOf(runner.state));
    }
    return found;
  });
}

/** One scene under one spec, with chosen inputs. */
async function directionFor(
  spec: StepSpec,
  inputs: Inputs,
  prepare = (state: ReadonlyMap<string, ReturnType<typeof floats>>) => state,
): Promise<Direction> {
  return withRunner(revealing(spec), (runner, { initialState }) => {
    runner.restore(prepare(sceneState(initialState, 1)));
    return directionOf(runner, inputs);
  });
}

describe.each([
  ["single-label", "add"],
  ["multi-label", "concat"],
  ["single-label", "attention"],
] as const)("projection, %s, %s", (labelKind, fusion) => {
  const scene = { labelKind, fusion };
  const spec = (options: object) => sceneSpec("balgrad", options, scene);
  const all = Promise.all([
    directions(spec({})),
    directions(spec({ projection: false })),
    // Without KL gradients the shared parameters follow g_T + grad L_v + grad L_l.
    directions(spec({ lambda: 0 })),
    directions(sceneSpec("joint", {}, scene)),
  ]);

  it("meets conflicts and agreements in these scenes", async () => {
    const conflicts = (await all)[0].filter(({ metrics }) => metrics["conflict"] === 1).length;
    expect(conflicts).toBeGreaterThan(1);
    expect(conflicts).toBeLessThan(SEEDS.length - 1);
  });

  it("leaves no conflict, and never lengthens the task gradient", async () => {
    const [on, off, plain, joint] = await all;
    for (const seed of SEEDS) {
      const shared = ({ gradients }: Direction) => flatten(gradients, isShared);
      const [u, full, base, gT] = [on, off, plain, joint].map((list) => shared(list[seed]!)) as [
        number[],
        number[],
        number[],
        number[],
      ];
      const gKl = full.map((value, at) => value - base[at]!);
      const projected = u.map((value, at) => value - full[at]! + gT[at]!);
      const norms = Math.sqrt(dot(gT, gT) * dot(gKl, gKl));
      // 1e-5 of the norms' product: float32 gradients are told apart by subtraction here.
      expect(dot(projected, gKl)).toBeGreaterThanOrEqual(-1e-5 * norms);
      expect(dot(projected, projected)).toBeLessThanOrEqual(dot(gT, gT) * (1 + 1e-5));
      expect(on[seed]!.metrics["conflict"]).toBe(Number(dot(gT, gKl) < 0));
    }
  });

  it("changes shared parameters where there is a conflict, and nothing else ever", async () => {
    const [on, off] = await all;
    for (const seed of SEEDS) {
      const [a, b] = [on[seed]!, off[seed]!];
      const agree = a.metrics["conflict"] === 0;
      const unprojected = { ...b.metrics, "norm.update": a.metrics["norm.update"] };
      expect(a.metrics).toEqual(unprojected);
      for (const choose of [isHead, isFusion]) {
        expect(flatten(a.gradients, choose)).toEqual(flatten(b.gradients, choose));
      }
      if (agree) expect(a.gradients).toEqual(b.gradients);
      else expect(flatten(a.gradients, isShared)).not.toEqual(flatten(b.gradients, isShared));
    }
  });

  it("makes BalGrad's update of shared parameters differ from joint training's", async () => {
    const [on, , , joint] = await all;
    for (const seed of SEEDS) {
      const [a, b] = [on[seed]!, joint[seed]!];
      expect(flatten(a.gradients, isShared)).not.toEqual(flatten(b.gradients, isShared));
      expect(flatten(a.gradients, isFusion)).toEqual(flatten(b.gradients, isFusion));
    }
  });
});

describe("an optimizer step", () => {
  it("is bit-equal with projection on and off where the gradients agree", async () => {
    const on = await stepped(sceneSpec("balgrad", {}, { clipNorm: 1 }));
    const off = await stepped(sceneSpec("balgrad", { projection: false }, { clipNorm: 1 }));
    const conflicts = (await directions(sceneSpec("balgrad"))).map((d) => d.metrics["conflict"]);
    SEEDS.forEach((seed) => {
      if (conflicts[seed] === 0) expect(on[seed]).toEqual(off[seed]);
      else expect(on[seed]).not.toEqual(off[seed]);
    });
  });

  it.each([0, 0.1])(
    "of joint training does not see its probes, clipping at %s",
    async (clipNorm) => {
      const watched = await stepped(sceneSpec("joint", {}, { clipNorm }));
      const plain = await stepped(sceneSpec("joint", { probes: false }, { clipNorm }));
      const names = Object.keys(plain[0]!).filter((name) => !isHead(name));
      expect(names.length).toBeGreaterThan(0);
      SEEDS.forEach((seed) => {
        for (const name of names) expect(watched[seed]![name], name).toEqual(plain[seed]![name]);
      });
    },
  );
});

describe("reweighting", () => {
  const STATUSES = ["loss", "gradient-norm", "progress"] as const;

  it.each([...STATUSES, "uniform"])("by %s has weights that sum to 1", async (status) => {
    for (const { metrics } of await directions(sceneSpec("balgrad", { status }))) {
      const [image, text] = [metrics["weight.image"]!, metrics["weight.text"]!];
      expect(image + text).toBeCloseTo(1, 6);
      expect(Math.min(image, text)).toBeGreaterThanOrEqual(0);
    }
  });

  it("by loss pulls the modality with the larger loss harder", async () => {
    for (const { metrics } of await directions(sceneSpec("balgrad"))) {
      const ratio = metrics["loss.image"]! / (metrics["loss.image"]! + metrics["loss.text"]!);
      expect(metrics["weight.image"]).toBeCloseTo(ratio, 6);
      expect(metrics["weight.image"]! > 0.5).toBe(metrics["loss.image"]! > metrics["loss.text"]!);
    }
  });

  it("by progress pulls with what the other modality has learned over chance", async () => {
    const prior = Math.log(3);
    for (const { metrics } of await directions(sceneSpec("balgrad", { status: "progress" }))) {
      const learned = (loss: string) => Math.max(0, 1 - metrics[`loss.${loss}`]! / prior);
      const total = learned("image") + learned("text");
      const expected = total === 0 ? 0.5 : learned("text") / total;
      expect(metrics["weight.image"]).toBeCloseTo(expected, 5);
    }
  });

  it("by lead only the modality that is ahead teaches", async () => {
    const prior = Math.log(3);
    let led = 0;
    for (const { metrics } of await directions(sceneSpec("balgrad", { status: "lead" }))) {
      const learned = (loss: string) => Math.max(0, 1 - metrics[`loss.${loss}`]! / prior);
      const [image, text] = [learned("image"), learned("text")];
      expect(metrics["weight.image"]).toBe(Number(text > image));
      expect(metrics["weight.text"]).toBe(Number(image > text));
      led += Number(image !== text);
    }
    expect(led).toBeGreaterThan(0);
  });

  it.each([...STATUSES, "lead"])(
    "by %s follows the modalities when they change roles",
    async (status) => {
      await withRunner(revealing(sceneSpec("balgrad", { status })), async (runner, compiled) => {
        for (const seed of SEEDS) {
          const inputs = sceneInputs(seed);
          runner.restore(sceneState(compiled.initialState, seed));
          const here = (await directionOf(runner, inputs)).metrics;
          runner.restore(swapRoles(sceneState(compiled.initialState, seed)));
          const swapped = Object.fromEntries(swapRoles(Object.entries(inputs)));
          const there = (await directionOf(runner, swapped)).metrics;
          expect(there["weight.image"]).toBeCloseTo(here["weight.text"]!, 5);
          expect(there["weight.text"]).toBeCloseTo(here["weight.image"]!, 5);
          expect(there["cosine"]).toBeCloseTo(here["cosine"]!, 4);
        }
      });
    },
  );
});

describe("the ablations", () => {
  const seeds = SEEDS.slice(0, 8);
  const found = (options: object) => directions(sceneSpec("balgrad", options), seeds);

  it("without reweighting have the results of uniform weights", async () => {
    const [off, uniform] = [
      await found({ reweighting: false }),
      await found({ status: "uniform" }),
    ];
    off.forEach(({ metrics, gradients }, at) => {
      expect(metrics["weight.image"]).toBe(0.5);
      expect(metrics).toEqual(uniform[at]!.metrics);
      expect(gradients).toEqual(uniform[at]!.gradients);
    });
  });

  it("ignore the status where reweighting is off", async () => {
    const off = await found({ reweighting: false });
    const other = await found({ reweighting: false, status: "gradient-norm" });
    expect(other).toEqual(off);
  });

  it("without projection add the KL gradients in full", async () => {
    const [one, two, none] = [
      await found({ projection: false }),
      await found({ projection: false, lambda: 2 }),
      await found({ lambda: 0 }),
    ];
    const trained = (name: string) => isShared(name) || isHead(name);
    one.forEach((direction, at) => {
      const [a, b, c] = [direction, two[at]!, none[at]!].map(({ gradients }) =>
        flatten(gradients, trained),
      ) as [number[], number[], number[]];
      const doubled = a.map((value, i) => 2 * value - c[i]!);
      expectClose(b, doubled, 1e-5, "linear in lambda");
    });
  });

  it("scale the KL gradient's norm by lambda, and not the cosine", async () => {
    const [one, three] = [await found({}), await found({ lambda: 3 })];
    one.forEach(({ metrics }, at) => {
      expect(three[at]!.metrics["norm.kl"]! / metrics["norm.kl"]!).toBeCloseTo(3, 4);
      expect(three[at]!.metrics["cosine"]).toBeCloseTo(metrics["cosine"]!, 5);
    });
  });

  it("with lambda 0 are joint training plus the unimodal losses", async () => {
    for (const { metrics } of await found({ lambda: 0 })) {
      expect(metrics["norm.kl"]).toBe(0);
      expect(metrics["conflict"]).toBe(0);
      expect(metrics["cosine"]).toBe(0);
    }
  });
});

describe("without KL gradients", () => {
  const finite = ({ metrics, gradients }: Direction) =>
    Object.values(metrics).every(Number.isFinite) &&
    [...gradients.values()].every((values) => values.every(Number.isFinite));

  it.each(["loss", "gradient-norm", "progress", "uniform"])(
    "all is finite where both heads say the same, status %s",
    async (status) => {
      const inputs = sceneInputs(1);
      const twin = { ...inputs, text: inputs["image"]! };
      const spec = sceneSpec("balgrad", { status });
      const direction = await directionFor(spec, twin, (state) => twinState(state));
      expect(finite(direction)).toBe(true);
      expect(direction.metrics["norm.kl"]).toBeLessThan(1e-5);
      expect(direction.metrics["weight.image"]).toBeCloseTo(0.5, 5);
    },
  );

  it.each([
    ["no sample has a picture", { image_present: 0 }],
    ["no sample has a text", { text_present: 0 }],
    ["no sample has anything", { image_present: 0, text_present: 0 }],
    ["all pictures are blank", { image: 0 }],
    ["both sides are blank", { image: 0, text: 0 }],
  ] as const)("all is finite where %s", async (_, values) => {
    const direction = await directionFor(sceneSpec("balgrad"), filled(sceneInputs(1), values));
    expect(finite(direction)).toBe(true);
    if (!("image" in values)) expect(direction.metrics["norm.kl"]).toBe(0);
  });

  it("leaves a head alone that sees no sample", async () => {
    const inputs = filled(sceneInputs(1), { image_present: 0 });
    const { gradients } = await directionFor(sceneSpec("balgrad"), inputs);
    const head = flatten(gradients, (name) => name.startsWith("image.head"));
    expect(head.every((value) => value === 0)).toBe(true);
  });
});
