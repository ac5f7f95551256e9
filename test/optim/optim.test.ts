/** @module AdamW against its algorithm in plain numbers, clipping and the schedule. */

import { describe, expect, it } from "vitest";

import type { HostTensor } from "../../src/graph/hostTensor.js";
import { allocateBlocks } from "../../src/optim/arena.js";
import { clippingScale } from "../../src/optim/clipping.js";
import {
  type OptimizedParameter,
  Optimizer,
  type OptimizerOptions,
} from "../../src/optim/optimizer.js";
import { learningRateAt } from "../../src/optim/schedule.js";
import { randomStream } from "../../src/random.js";
import { expectClose } from "../balance/harness.js";

const OPTIONS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
const GRADIENTS = [
  [0.5, -2, 0],
  [-0.25, 1, 3],
  [4, 0.001, -1],
];

/** Algorithm 2 of Loshchilov and Hutter (2019), element by element. */
function plainAdamW(parameter: readonly number[], rate: number, decay: boolean): number[] {
  const { beta1, beta2, epsilon, weightDecay } = OPTIONS;
  return parameter.map((start, at) => {
    let [value, m, v] = [start, 0, 0];
    GRADIENTS.forEach((gradient, index) => {
      const t = index + 1;
      const g = gradient[at]!;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const step = m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
      value -= rate * (step + (decay ? weightDecay * value : 0));
    });
    return value;
  });
}

const PLAIN = { ...OPTIONS, clipNorm: 0, accumulates: false };

const floats = (data: readonly number[]): HostTensor => ({
  dtype: "float32",
  shape: [data.length],
  data: Float32Array.from(data),
});

const parameter = (name: string, size: number, changes: Partial<OptimizedParameter> = {}) => ({
  ...{ name, shape: [size], rate: 1, decays: false, probe: false },
  ...changes,
});

const valuesOf = (optimizer: Optimizer, name: string): number[] =>
  Array.from(optimizer.parameter(name).data as Float32Array);

/** An optimizer over parameters with values. */
function optimizerOf(
  given: readonly { readonly as: OptimizedParameter; readonly values: readonly number[] }[],
  options: Partial<OptimizerOptions> = {},
): Optimizer {
  const optimizer = new Optimizer(
    given.map(({ as }) => as),
    { ...PLAIN, ...options },
  );
  optimizer.restore(new Map(given.map(({ as, values }) => [as.name, floats(values)])));
  return optimizer;
}

function setGradient(optimizer: Optimizer, name: string, values: readonly number[]): void {
  (optimizer.gradient(name).data as Float32Array).set(values);
}

/** An update by the gradients as they are. */
function update(optimizer: Optimizer, step: number, learningRate: number): void {
  optimizer.update({ step, learningRate, norms: optimizer.norms("gradient") });
}

describe("AdamW", () => {
  it.each([true, false])("is its algorithm over three steps, decay %s", (decays) => {
    const start = [1, -2, 3];
    const optimizer = optimizerOf([{ as: parameter("p", 3, { decays }), values: start }]);
    GRADIENTS.forEach((gradient, at) => {
      setGradient(optimizer, "p", gradient);
      update(optimizer, at + 1, 0.01);
    });
    expectClose(valuesOf(optimizer, "p"), plainAdamW(start, 0.01, decays), 1e-6, "parameter");
  });

  it("gives every parameter its own rate, and a further one of the step", () => {
    const start = [1, -2, 3];
    const optimizer = optimizerOf([
      { as: parameter("slow", 3, { rate: 0.1 }), values: start },
      { as: parameter("scaled", 3, { rate: 2 }), values: start },
    ]);
    GRADIENTS.forEach((gradient, at) => {
      for (const name of ["slow", "scaled"]) setGradient(optimizer, name, gradient);
      const rateScale = ({ name }: OptimizedParameter): number => (name === "scaled" ? 0.25 : 1);
      const norms = optimizer.norms("gradient");
      optimizer.update({ step: at + 1, learningRate: 0.01, norms, rateScale });
    });
    expectClose(valuesOf(optimizer, "slow"), plainAdamW(start, 0.001, false), 1e-6, "slow");
    expectClose(valuesOf(optimizer, "scaled"), plainAdamW(start, 0.005, false), 1e-6, "scaled");
  });

  it("treats every one of many values alike, in one memory and in several", () => {
    const size = 100_003;
    const random = randomStream(1, "adamw");
    const gradient = Array.from({ length: size }, () => random.normal());
    const allocated = allocateBlocks(
      [{ size }, { size }, { size: 5 }],
      false,
      4 * 4 * (size + 400),
    );
    expect(allocated).toHaveLength(3);
    expect(allocated[1]!.kernel).not.toBe(allocated[0]!.kernel);
    expect(allocated[2]!.kernel).not.toBe(allocated[1]!.kernel);
    const optimizer = optimizerOf([
      { as: parameter("small", 5), values: [0, 0, 0, 0, 0] },
      { as: parameter("large", size), values: gradient },
    ]);
    setGradient(optimizer, "small", gradient.slice(0, 5));
    setGradient(optimizer, "large", gradient);
    const squares = gradient.reduce((sum, value) => sum + value * value, 0);
    const small = gradient.slice(0, 5).reduce((sum, value) => sum + value * value, 0);
    const { trained, probes } = optimizer.norms("gradient");
    expect(trained / Math.sqrt(squares + small)).toBeCloseTo(1, 6);
    expect(probes).toBe(0);
    update(optimizer, 1, 0.5);
    // The first step is the rate, against the gradient's sign.
    const expected = gradient.map((value) => value - 0.5 * Math.sign(value));
    expectClose(valuesOf(optimizer, "large"), expected, 1e-4, "large");
  });

  it("refuses what no memory can hold, and says what to do", () => {
    expect(() => allocateBlocks([{ size: 1000 }], true, 4096)).toThrow(
      /^A parameter of 1000 values is too large to train/,
    );
  });
});

describe("gradients in parts", () => {
  it("are summed by their shares, and start again after the update", () => {
    const start = [1, -2, 3];
    const as = parameter("p", 3);
    const optimizer = optimizerOf([{ as, values: start }], { accumulates: true });
    GRADIENTS.forEach((gradient, at) => {
      for (const [share, factor] of [
        [0.75, 2],
        [0.25, -2],
      ] as const) {
        const part = gradient.map((value) => value * factor);
        setGradient(optimizer, "p", part);
        optimizer.accumulate(share);
      }
      const norms = optimizer.norms("sum");
      optimizer.update({ step: at + 1, learningRate: 0.01, norms });
      expect(optimizer.norms("sum").trained).toBe(0);
    });
    // 0.75 * 2 - 0.25 * 2 = 1: the whole gradient.
    expectClose(valuesOf(optimizer, "p"), plainAdamW(start, 0.01, false), 1e-6, "parameter");
  });
});

describe("the gradient of a table", () => {
  // Rows that begin and end inside stretches of 4,096 values, one row that comes three times, the first and the last.
  const [rows, width] = [700, 23];
  const INDICES = [5, 699, 178, 5, 0, 400, -522, 5];
  const shape = [rows, width];
  const random = randomStream(3, "table");
  const normal = (size: number): Float32Array =>
    Float32Array.from({ length: size }, () => random.normal());
  const start: HostTensor = { dtype: "float32", shape, data: normal(rows * width) };
  const values = Array.from({ length: 3 }, () => normal(INDICES.length * width));

  /** As rows, and as a whole with what the rows add up to. */
  function pair(accumulates: boolean) {
    const as = { ...parameter("t", 0, { decays: true }), shape };
    const options = { ...PLAIN, clipNorm: 0.5, accumulates };
    const [asRows, whole] = [
      new Optimizer([{ ...as, isTable: true }], options),
      new Optimizer([as], options),
    ];
    for (const optimizer of [asRows, whole]) optimizer.restore(new Map([["t", start]]));
    const write = (given: Float32Array, count = INDICES.length): void => {
      const { rows: to, indices } = asRows.table("t").outputs(count);
      (indices.data as Int32Array).set(INDICES.slice(0, count));
      (to.data as Float32Array).set(given.subarray(0, count * width));
      const gradient = (whole.gradient("t").data as Float32Array).fill(0);
      for (let at = 0; at < count * width; at++) {
        const row = INDICES[Math.floor(at / width)]!;
        gradient[(row < 0 ? row + rows : row) * width + (at % width)]! += given[at]!;
      }
    };
    return { asRows, whole, write };
  }

  it("has the same norm and gives the same parameters and moments, bit by bit", () => {
    const { asRows, whole, write } = pair(false);
    for (const [at, given] of values.entries()) {
      write(given, at === 1 ? 4 : INDICES.length);
      expect(asRows.norms("gradient")).toEqual(whole.norms("gradient"));
      expect(asRows.norms("gradient").trained).toBeGreaterThan(1);
      for (const optimizer of [asRows, whole]) update(optimizer, at + 1, 0.01);
      expect(asRows.state).toEqual(whole.state);
    }
    // Row 178 came once in a step; its moments go on moving it when it is absent, as any other row's.
    expect(asRows.state.get("t")!.data[178 * width]).not.toBe(start.data[178 * width]);
  });

  it("is summed over parts of a batch", () => {
    const { asRows, whole, write } = pair(true);
    for (const [at, share] of [0.5, 0.25, 0.25].entries()) {
      write(values[at]!);
      for (const optimizer of [asRows, whole]) {
        optimizer.norms("gradient");
        optimizer.accumulate(share);
      }
    }
    expect(asRows.norms("sum")).toEqual(whole.norms("sum"));
    for (const optimizer of [asRows, whole]) {
      optimizer.update({ step: 1, learningRate: 0.01, norms: optimizer.norms("sum") });
    }
    expect(asRows.state).toEqual(whole.state);
  });

  it("shows a number that is none", () => {
    const { asRows, write } = pair(false);
    write(values[0]!.with(30, Number.NaN));
    expect(asRows.norms("gradient").trained).toBeNaN();
  });
});

describe("a state", () => {
  it("goes from one optimizer to another, and a state without moments starts them anew", () => {
    const as = parameter("p", 3);
    const one = optimizerOf([{ as, values: [1, -2, 3] }]);
    setGradient(one, "p", GRADIENTS[0]!);
    update(one, 1, 0.01);
    expect([...one.state.keys()]).toEqual(["p", "p.mean", "p.variance"]);
    const other = optimizerOf([{ as, values: [0, 0, 0] }]);
    other.restore(one.state);
    for (const optimizer of [one, other]) {
      setGradient(optimizer, "p", GRADIENTS[1]!);
      update(optimizer, 2, 0.01);
    }
    expect(other.state).toEqual(one.state);
    other.restore(new Map([["p", floats([1, -2, 3])]]));
    setGradient(other, "p", GRADIENTS[0]!);
    update(other, 1, 0.01);
    const fresh = optimizerOf([{ as, values: [1, -2, 3] }]);
    setGradient(fresh, "p", GRADIENTS[0]!);
    update(fresh, 1, 0.01);
    expect(other.state).toEqual(fresh.state);
  });
});

describe("a state of another model", () => {
  it("is refused, and nothing is taken over", () => {
    const optimizer = optimizerOf([
      { as: parameter("a", 2), values: [1, 2] },
      { as: parameter("b", 3), values: [3, 4, 5] },
    ]);
    const misfit = new Map([
      ["a", floats([7, 8])],
      ["b", floats([9, 9])],
    ]);
    expect(() => {
      optimizer.restore(misfit);
    }).toThrow('another model: "b" is [2], expected [3].');
    expect(() => {
      optimizer.restore(new Map([["a", floats([7, 8])]]));
    }).toThrow('another model: "b" is missing, expected [3].');
    expect(valuesOf(optimizer, "a")).toEqual([1, 2]);
  });
});

describe("clipping", () => {
  it("scales down to the limit, and leaves short gradients alone", () => {
    expect(clippingScale(7, 3.5)).toBeCloseTo(0.5, 12);
    expect(clippingScale(7, 8)).toBe(1);
    expect(clippingScale(0, 1)).toBe(1);
    expect(clippingScale(7, 0)).toBe(1);
  });

  it("takes the norm of all trained parameters together, and of the probes on their own", () => {
    const options = { clipNorm: 3.5, beta1: 0 };
    const optimizer = optimizerOf(
      [
        { as: parameter("a", 2), values: [0, 0] },
        { as: parameter("b", 1), values: [0] },
        { as: parameter("probe", 1, { probe: true }), values: [0] },
      ],
      options,
    );
    setGradient(optimizer, "a", [2, 3]);
    setGradient(optimizer, "b", [6]);
    setGradient(optimizer, "probe", [14]);
    const norms = optimizer.norms("gradient");
    expect(norms).toEqual({ trained: 7, probes: 14 });
    optimizer.update({ step: 1, learningRate: 0.01, norms });
    // Without momentum the mean is the clipped gradient.
    const mean = (name: string): number[] =>
      Array.from(optimizer.state.get(`${name}.mean`)!.data as Float32Array);
    expectClose(mean("a"), [1, 1.5], 1e-6, "a");
    expectClose(mean("b"), [3], 1e-6, "b");
    expectClose(mean("probe"), [3.5], 1e-6, "probe");
  });
});

describe("the schedule", () => {
  const options = { learningRate: 0.2, warmup: 0.1, finalRate: 0.25, totalSteps: 100 };

  it("rises linearly, falls by a cosine and stays at the final rate", () => {
    const at = (step: number) => learningRateAt(step, options);
    expect(at(1)).toBeCloseTo(0.02, 12);
    expect(at(10)).toBeCloseTo(0.2, 12);
    expect(at(55)).toBeCloseTo((0.2 + 0.05) / 2, 12);
    expect(at(100)).toBeCloseTo(0.05, 12);
    expect(at(150)).toBeCloseTo(0.05, 12);
  });

  it("needs no warm-up", () => {
    expect(learningRateAt(1, { ...options, warmup: 0, totalSteps: 1 })).toBeCloseTo(0.05, 12);
  });
});
