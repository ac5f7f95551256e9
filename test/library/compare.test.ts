/** @module Methods compared by a program, in memory. */

import { expect, test } from "vitest";

import { GradientEngine } from "../../src/balance/index.js";
import {
  balgrad,
  compare,
  type CompareOptions,
  ConfigError,
  Interrupted,
  joint,
  type OwnMethod,
  samples,
  train,
  type TrainingEvent,
} from "../../src/index.js";

const data = samples(
  Array.from({ length: 60 }, (_, at) => ({
    image: {
      ...{ width: 8, height: 8 },
      pixels: new Uint8Array(8 * 8 * 3).fill(70 * (at % 3) + (at % 50)),
    },
    text: `${["rose", "leaf", "sea"][at % 3]!} number ${at}`,
    label: ["red", "green", "blue"][at % 3]!,
  })),
  { lookAlikes: "ignore" },
);

const FAST: Omit<CompareOptions, "methods"> = {
  ...{ epochs: 2, batchSize: 8, threads: 1, learningRate: 0.02 },
  model: {
    image: { type: "convolutional", side: 8, channels: [8] },
    text: { type: "bag", buckets: 64, width: 8 },
    embed: 8,
  },
};

/** Joint training under a name of the program's own. */
const plain: OwnMethod = {
  name: "plain",
  build({ objectives, parameters, engine }) {
    const { task } = objectives;
    const own = new GradientEngine({ task }, parameters, engine);
    const gradients = parameters.flatMap((parameter) => {
      const gradient = own.combine(parameter, { task: 1 });
      return gradient ? [[parameter, gradient] as const] : [];
    });
    return { gradients: new Map(gradients), metrics: { "loss.task": task } };
  },
};

test("two methods, one of them the program's own, with two seeds", async () => {
  const events: TrainingEvent[] = [];
  const { rows, runs, markdown } = await compare(data, {
    ...FAST,
    ...{ methods: [joint(), plain], seeds: [1, 2] },
    events: (event) => events.push(event),
  });
  expect(runs.map(({ method, seed }) => [method, seed])).toEqual([
    ["joint", 1],
    ["joint", 2],
    ["plain", 1],
    ["plain", 2],
  ]);
  const started = events.flatMap((event) => (event.kind === "run-started" ? [event] : []));
  expect(started.map(({ method, seed }) => [method, seed])).toEqual(
    runs.map(({ method, seed }) => [method, seed]),
  );
  expect(events.filter(({ kind }) => kind === "epoch")).toHaveLength(8);
  // The same splits, weights and order of samples: the task's loss begins alike.
  for (const seed of [0, 1]) {
    expect(runs[2 + seed]!.steps[0]!["loss.task"]).toBe(runs[seed]!.steps[0]!["loss.task"]);
  }
  expect(runs[0]!.steps[0]!["loss.task"]).not.toBe(runs[1]!.steps[0]!["loss.task"]);

  const single = await train(data, { ...FAST, method: joint(), seed: 2 });
  expect((await single.record()).test).toEqual(runs[1]!.test);
  await single.release();
  const labels = ["joint", "joint, modality-aware", "plain", "plain, modality-aware"];
  expect(rows.map(({ label }) => label)).toEqual(labels);
  const full = runs.slice(0, 2).map(({ test: { protocol } }) => protocol.scores.full);
  expect(rows[0]!.columns.full.mean).toBeCloseTo((full[0]! + full[1]!) / 2, 10);
  for (const label of labels) expect(markdown).toContain(`| ${label} |`);
});

test("is stopped by its signal, and keeps nothing", async () => {
  const stop = new AbortController();
  let epochs = 0;
  const stopped = compare(data, {
    ...FAST,
    ...{ methods: ["joint", "balgrad"], seeds: [1], signal: stop.signal },
    events: ({ kind }) => {
      if (kind === "epoch" && ++epochs === 3) stop.abort();
    },
  });
  const error: unknown = await stopped.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Interrupted);
  expect((error as Interrupted).message).toBe("Stopped.");
  expect((error as Interrupted).continuation).toEqual({ by: "repeat" });
  expect(epochs).toBe(3);
});

test("methods of one name are told by their options", async () => {
  const methods = [balgrad({ lambda: 1 }), balgrad({ lambda: 3 })];
  const { rows } = await compare(data, { ...FAST, epochs: 1, methods, seeds: [1] });
  expect(rows.map(({ label }) => label).filter((label) => !label.includes("aware"))).toEqual([
    'balgrad {"lambda":1}',
    'balgrad {"lambda":3}',
  ]);
});

test.each([
  [{ methods: [] }, "at least one method"],
  [{ methods: ["joint"], seeds: [] }, "at least one method and one seed"],
  [{ methods: ["joint", joint()] }, "joint is named twice"],
  [{ methods: ["joint"], epochs: 0 }, "epochs"],
])("settings that are wrong are refused: %#", async (options, message) => {
  const refused = compare(data, options);
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(message);
});
