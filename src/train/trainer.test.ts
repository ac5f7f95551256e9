import { describe, expect, test } from "vitest";

import { configureMethod } from "../balance/methods.js";
import { type PreparedSplit, imagesInMemory, textFeaturesInMemory } from "../prepare/prepared.js";
import { plainModel } from "../../test/support/plainModel.js";
import { randomStream } from "../random.js";
import { learningRateAt } from "../optim/schedule.js";
import { nodeRuntime } from "../runtime/node.js";
import { trainConfig } from "./config.js";
import type { DivergenceError } from "./divergence.js";
import { planEpoch, stepsPerEpoch } from "./plan.js";
import { readSafetensors, writeSafetensors } from "../tensors/safetensors.js";
import { copyState } from "./runner.js";
import { type Snapshot, type StepRecord, Trainer } from "./trainer.js";

const SAMPLES = 37;
const CLASSES = 3;

/** Random features with a label that depends on them; every seventh lacks an image. */
function split(): PreparedSplit {
  const random = randomStream(1, "split");
  const size = 6;
  const normal = (): number => random.normal();
  const images = Float32Array.from({ length: SAMPLES * size }, normal);
  const texts = Float32Array.from({ length: SAMPLES * size }, normal);
  const targets = new Float32Array(SAMPLES * CLASSES);
  for (let row = 0; row < SAMPLES; row++) {
    targets[row * CLASSES + (images[row * size]! > 0 ? 1 : texts[row * size]! > 0 ? 2 : 0)] = 1;
  }
  return {
    size: SAMPLES,
    ids: Array.from({ length: SAMPLES }, (_, at) => String(at)),
    images: imagesInMemory([size], images),
    texts: textFeaturesInMemory(size, texts),
    imagePresent: Uint8Array.from({ length: SAMPLES }, (_, at) => (at % 7 ? 1 : 0)),
    textPresent: new Uint8Array(SAMPLES).fill(1),
    targets,
  };
}

const dropping = plainModel({
  image: { type: "features", size: 6 },
  text: { type: "features", size: 6 },
  embed: 8,
  dropout: 0.3,
});

function trainer(
  settings: object,
  resume?: Snapshot,
  figures?: number[],
  { model, method } = { model: dropping, method: configureMethod("balgrad", {}) },
  cpuClock?: () => number,
): Promise<Trainer> {
  const config = trainConfig.parse({ epochs: 4, batchSize: 8, ...settings });
  let calls = 0;
  return Trainer.create({
    config,
    train: split(),
    runtime: nodeRuntime({ threads: 1 }),
    validate: () => {
      const full = figures?.[calls++] ?? 0;
      return Promise.resolve({ balanced: full, experts: -full });
    },
    spec: {
      model,
      labels: { labelKind: "single-label", classes: CLASSES },
      method,
      inParts: config.microBatch > 0,
      optimizer: config,
      clipNorm: config.clipNorm,
      seed: config.seed,
      priorLoss: Math.log(CLASSES),
      nominal: { batch: 8 },
    },
    ...(resume && { resume }),
    ...(cpuClock && { cpuClock }),
  });
}

/** A signal that is aborted once it was asked a number of times: before each call of a training. */
function abortedAfter(calls: number): AbortSignal {
  let asked = 0;
  const { signal } = new AbortController();
  return Object.defineProperty(signal, "aborted", { get: () => asked++ >= calls });
}

/** A snapshot with values of its own. */
const copied = ({ position, state }: Snapshot): Snapshot => ({ position, state: copyState(state) });

describe("plan", () => {
  test("uses every sample once, in full batches and a last partial one", () => {
    const options = { batchSize: 8, seed: 1 };
    const calls = planEpoch(SAMPLES, 0, options);
    expect(calls.map(({ indices }) => indices.length)).toEqual([8, 8, 8, 8, 5]);
    const used = calls.flatMap(({ indices }) => indices);
    expect(used.toSorted((a, b) => a - b)).toEqual([...Array(SAMPLES).keys()]);
    expect(planEpoch(SAMPLES, 0, options)).toEqual(calls);
    expect(planEpoch(SAMPLES, 1, options)).not.toEqual(calls);
    expect(stepsPerEpoch(SAMPLES, 8)).toBe(5);
  });
});

describe("batches in parts", () => {
  const plain = {
    model: { ...dropping, dropout: 0 },
    method: configureMethod("joint", { probes: false }),
  };

  test("are planned so that the shares of each batch add up to 1", () => {
    const options = { batchSize: 12, microBatch: 4, seed: 1 };
    const calls = planEpoch(SAMPLES + 3, 0, options);
    const parts = calls.map((call) => call.part!);
    // 40 samples: three batches of three parts, and 4 samples that are one part.
    expect(calls.map(({ indices }) => indices.length)).toEqual(new Array(10).fill(4));
    expect(parts.map(({ index }) => index)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    const sums: number[] = [];
    let sum = 0;
    for (const { share, last } of parts) {
      sum += share;
      if (last) sums.push(sum);
      if (last) sum = 0;
    }
    sums.forEach((total) => {
      expect(total).toBeCloseTo(1, 12);
    });
    expect(sums).toHaveLength(stepsPerEpoch(SAMPLES + 3, 12));
  });

  test("take the steps of whole batches", async () => {
    const whole = await trainer({ batchSize: 8 }, undefined, undefined, plain);
    const cut = { batchSize: 8, microBatch: 2 };
    const parts = await trainer(cut, undefined, undefined, plain);
    const records: [StepRecord[], StepRecord[]] = [[], []];
    await whole.run({ onSteps: (steps) => void records[0].push(...steps) });
    await parts.run({ onSteps: (steps) => void records[1].push(...steps) });
    expect(records[1].map(({ step }) => step)).toEqual(records[0].map(({ step }) => step));
    for (const [name, { data }] of whole.snapshot.state) {
      const found = parts.snapshot.state.get(name)!.data as Float32Array;
      (data as Float32Array).forEach((value, at) => {
        expect(found[at]).toBeCloseTo(value, 4);
      });
    }
    records[0].forEach((record, at) => {
      const same = records[1][at]!;
      expect(same["loss.task"]).toBeCloseTo(record["loss.task"]!, 4);
      expect(same["norm.update"]).toBeCloseTo(record["norm.update"]!, 4);
    });
  });

  test("continue bit for bit from a snapshot inside a batch, dropout included", async () => {
    const settings = { batchSize: 8, microBatch: 4 };
    const whole = await trainer(settings);
    await whole.run();
    const stopped = await trainer(settings);
    await stopped.run({}, abortedAfter(5));
    expect(stopped.position).toMatchObject({ epoch: 0, call: 5, step: 2 });
    const resumed = await trainer(settings, stopped.snapshot);
    await resumed.run();
    expect(resumed.snapshot).toEqual(whole.snapshot);
  });
});

describe("trainer", () => {
  test("learns: the loss falls", async () => {
    const run = await trainer({ epochs: 30, learningRate: 0.01 });
    const losses: number[] = [];
    await run.run({ onSteps: (records) => void losses.push(records[0]!["loss.task"]!) });
    expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
  });

  test("continues bit for bit from any snapshot, dropout included", async () => {
    const whole = await trainer({});
    const snapshots: Snapshot[] = [];
    const records: StepRecord[] = [];
    await whole.run({
      onSteps: (steps) => {
        records.push(...steps);
        snapshots.push(copied(whole.snapshot));
      },
    });
    // In the middle of the first epoch, and at the end of the second.
    const stopped = await trainer({});
    expect(await stopped.run({}, abortedAfter(3))).toBe(false);
    expect(stopped.position).toMatchObject({ epoch: 0, call: 3, step: 3 });
    for (const snapshot of [stopped.snapshot, snapshots[1]!]) {
      const resumed = await trainer({}, snapshot);
      const later: StepRecord[] = [];
      await resumed.run({ onSteps: (steps) => void later.push(...steps) });
      expect(later).toEqual(records.filter(({ step }) => step > snapshot.position.step));
      expect(resumed.snapshot).toEqual(whole.snapshot);
    }
  });

  test("counts what an epoch took before a stop to its time, and to no other's", async () => {
    // A clock that goes on by one at each look.
    let now = 0;
    const cpuClock = (): number => now++;
    const whole = await trainer({}, undefined, undefined, undefined, cpuClock);
    await whole.run({}, abortedAfter(2));
    const { position, state } = whole.snapshot;
    expect(position.elapsed.seconds).toBeGreaterThan(0);
    // One look before the epoch and one after it.
    expect(position.elapsed.cpuSeconds).toBe(1);
    const elapsed = { seconds: 1e6, cpuSeconds: 100 };
    const stopped = { position: { ...position, elapsed }, state };
    const seconds: number[] = [];
    const cpuSeconds: number[] = [];
    const resumed = await trainer({}, stopped, undefined, undefined, cpuClock);
    await resumed.run({
      onEpoch: (record) => {
        seconds.push(record.seconds);
        cpuSeconds.push(record.cpuSeconds!);
      },
    });
    expect(cpuSeconds).toEqual([101, 1, 1, 1]);
    const [first, ...others] = seconds;
    expect(first).toBeGreaterThan(1e6);
    expect(others).toHaveLength(3);
    for (const later of others) expect(later).toBeLessThan(1e6);
  });

  test("stops after the running step when told to, and hands over what was done", async () => {
    const run = await trainer({});
    const steps: number[] = [];
    const complete = await run.run(
      { onSteps: (records) => void steps.push(...records.map(({ step }) => step)) },
      abortedAfter(7),
    );
    expect(complete).toBe(false);
    expect(run.position).toMatchObject({ epoch: 1, call: 2, step: 7 });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("keeps the best epoch and stops early when nothing improves", async () => {
    const settings = { epochs: 10, patience: 2, selectBy: "balanced" };
    const run = await trainer(settings, undefined, [1, 3, 2, 3, 9]);
    const best: boolean[] = [];
    await run.run({ onEpoch: (record) => void best.push(record.best) });
    expect(best).toEqual([true, true, false, false]);
    expect(run.position.bestEpoch).toBe(1);
  });

  test("averages log-losses over three epochs: one lucky epoch is not the best", async () => {
    // Log-losses 9, 6, 6, 1, 9, 9: their means over up to three epochs are 9, 7.5, 7, 4.3, 5.3, 6.3.
    const losses = [9, 6, 6, 1, 9, 9, 6, 3, 3];
    const run = await trainer(
      { epochs: 9 },
      undefined,
      losses.map((loss) => -loss),
    );
    const best: boolean[] = [];
    await run.run({ onEpoch: (record) => void best.push(record.best) });
    expect(best).toEqual([true, true, true, true, false, false, false, false, true]);
    expect(run.position.bestFigure).toBeCloseTo(4, 6);
  });

  test("in a time that fits everything trains what it would without one, to the bit", async () => {
    const plain = await trainer({});
    await plain.run();
    const timed = await trainer({ time: 3600 });
    const plan = await timed.plan();
    expect(plan).toMatchObject({ epochs: 4, most: 4 });
    expect(timed.position.step).toBe(0);
    await timed.run();
    expect(timed.snapshot.state).toEqual(plain.snapshot.state);
    expect(timed.position.spent).toBeGreaterThan(0);
    expect(await timed.plan()).toBeNull();
  });

  test("in a time for less than an epoch trains one, with the learning rates of a whole run", async () => {
    const run = await trainer({ epochs: 50, time: 1e-6 });
    expect(await run.plan()).toMatchObject({ epochs: 1, most: 50 });
    const rates: number[] = [];
    const complete = await run.run({
      onSteps: (records) => void rates.push(...records.map(({ learningRate }) => learningRate)),
    });
    expect(complete).toBe(true);
    expect(run.position.epoch).toBe(1);
    const one = { learningRate: 3e-3, warmup: 0.05, finalRate: 0.05, totalSteps: 5 };
    expect(rates).toEqual([1, 2, 3, 4, 5].map((step) => learningRateAt(step, one)));
  });

  test("stops at an epoch's end where the time is up before what was planned", async () => {
    const slow = await trainer({ epochs: 50, time: 1e-6, plannedEpochs: 9 });
    expect(await slow.run()).toBe(true);
    expect(slow.position).toMatchObject({ epoch: 1, call: 0 });
    // Resumed, it is complete, whatever was planned.
    const resumed = await trainer({ epochs: 50, time: 1e-6, plannedEpochs: 9 }, slow.snapshot);
    expect(await resumed.run()).toBe(true);
    expect(resumed.position.epoch).toBe(1);
  });

  test("a diverged step leaves the last good state", async () => {
    const run = await trainer({ learningRate: 1e30, clipNorm: 0, warmup: 0 });
    const failing = run.run().catch((error: unknown) => error);
    const error = (await failing) as DivergenceError;
    expect(error.message).toMatch(/^Training diverged at step \d+: /);
    const { state, position } = run.snapshot;
    expect(position.step).toBe(error.step - 1);
    const good = await trainer({ learningRate: 1e30, clipNorm: 0, warmup: 0 });
    await good.run({}, abortedAfter(error.step - 1));
    expect(state).toEqual(good.snapshot.state);
  });
});

describe("safetensors", () => {
  const tensors = new Map([
    ["b", { dtype: "uint8" as const, shape: [3], data: Uint8Array.of(1, 2, 3) }],
    ["a", { dtype: "float32" as const, shape: [2, 1], data: Float32Array.of(1.5, -2) }],
    ["c", { dtype: "int64" as const, shape: [], data: BigInt64Array.of(-7n) }],
  ]);
  const bytes = writeSafetensors(tensors, { note: "hello" });

  test("round trip, also through a view into a larger buffer", () => {
    const shifted = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3);
    const read = readSafetensors(shifted);
    expect(read.metadata).toEqual({ note: "hello" });
    for (const [name, tensor] of tensors) expect(read.tensors.get(name)).toEqual(tensor);
  });

  test("every truncation is noticed", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.slice(0, length))).toThrow(RangeError);
    }
  });
});
