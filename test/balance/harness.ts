/** @module Evaluates graphs and single steps in tests, and compares tensors. */

import { expect } from "vitest";

import type { Graph } from "../../src/graph/graph.js";
import { writeFunction } from "../../src/graph/onnx/write.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import { type Call, copyState, StepRunner } from "../../src/train/runner.js";
import { type StepMetrics } from "../../src/train/parts.js";
import {
  compileStep,
  type CompiledStep,
  type StepSpec,
  type TrainingState,
} from "../../src/train/step.js";

/** The runtime of all tests; one thread, so that results do not depend on the machine. */
export const runtime = nodeRuntime({ threads: 1 });

type Numbers = ArrayLike<number>;

/** A float32 tensor. */
export function floats(shape: readonly number[], data: Numbers): HostTensor {
  return { dtype: "float32", shape, data: Float32Array.from(data) };
}

/** An int32 tensor. */
export function integers(shape: readonly number[], data: Numbers): HostTensor {
  return { dtype: "int32", shape, data: Int32Array.from(data) };
}

/** The values of a tensor as numbers. */
export function numbersOf({ data }: HostTensor): number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number);
}

/** Evaluates tensors; state variables have their initial values unless `feeds` has others. */
export async function evaluate<Name extends string>(
  graph: Graph,
  outputs: Readonly<Record<Name, Tensor>>,
  feeds: Readonly<Record<string, HostTensor>> = {},
): Promise<Record<Name, number[]>> {
  // Prefixed, so that an output may be called like the parameter that it belongs to.
  const wanted = Object.entries<Tensor>(outputs).map(([name, tensor]) => [`out/${name}`, tensor]);
  const session = await runtime.createSession(
    writeFunction(Object.fromEntries(wanted) as Record<string, Tensor>),
  );
  const states = [...graph.states.values()].map(
    ({ name, tensor, initial }) =>
      [name, { dtype: tensor.dtype, shape: tensor.shape as number[], data: initial }] as const,
  );
  const results = await session.run({ ...Object.fromEntries(states), ...feeds });
  await session.release();
  const entries = Object.entries(results).map(
    ([name, value]) => [name.slice("out/".length), numbersOf(value)] as const,
  );
  return Object.fromEntries(entries) as Record<Name, number[]>;
}

/** Compiles a step, runs it and frees it. */
export async function withRunner<Result>(
  spec: StepSpec,
  use: (runner: StepRunner, compiled: CompiledStep) => Promise<Result>,
): Promise<Result> {
  const compiled = compileStep(spec);
  const runner = await StepRunner.create(compiled, runtime, spec.seed);
  try {
    return await use(runner, compiled);
  } finally {
    await runner.release();
  }
}

/** A call that trains on one batch. */
export const callOf = (
  inputs: Readonly<Record<string, HostTensor>>,
  { learningRate = 1e-3, step = 1, controls = {} }: Partial<Call> = {},
): Call => ({ batch: inputs["targets"]!.shape[0]!, inputs, step, learningRate, controls });

/** Trains on one batch for as many steps as there are learning rates. */
export async function runSteps(
  runner: StepRunner,
  inputs: Readonly<Record<string, HostTensor>>,
  learningRates: readonly number[],
  controls: Readonly<Record<string, number>> = {},
): Promise<StepMetrics[]> {
  const metrics: StepMetrics[] = [];
  for (const [at, learningRate] of learningRates.entries()) {
    metrics.push(await runner.run(callOf(inputs, { learningRate, step: at + 1, controls })));
  }
  return metrics;
}

/** What one step decided. */
export interface Direction {
  readonly metrics: StepMetrics;
  /** Combined gradient of each trained parameter, by name. */
  readonly gradients: ReadonlyMap<string, readonly number[]>;
  /** The state that the step left behind. */
  readonly after: TrainingState;
}

/** Spec of a step whose first moments show the combined gradients: `m = 0 m + 1 g`. */
export function revealing(spec: StepSpec): StepSpec {
  return { ...spec, optimizer: { ...spec.optimizer, beta1: 0 }, clipNorm: 0 };
}

/** Combined gradients of the first step of a {@link revealing} runner. */
export async function directionOf(
  runner: StepRunner,
  inputs: Readonly<Record<string, HostTensor>>,
  controls: Readonly<Record<string, number>> = {},
): Promise<Direction> {
  const before = copyState(runner.state);
  const metrics = await runner.run(callOf(inputs, { controls }));
  const after = copyState(runner.state);
  const means = [...after].filter(([name]) => name.endsWith(".mean"));
  runner.restore(before);
  return {
    metrics,
    after,
    gradients: new Map(
      means.map(([name, value]) => [name.replace(/\.mean$/, ""), numbersOf(value)]),
    ),
  };
}

/** Numbers of one entry of a runner's state. */
export const valueIn = ({ state }: StepRunner, name: string): number[] =>
  numbersOf(state.get(name)!);

/** Largest absolute value. */
export const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Inner product. */
export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, value, at) => total + value * b[at]!, 0);

/**
 * Expects every element within `tolerance` times the largest absolute element that is expected.
 *
 * @param floor - Scale below which the expected values are taken for zero.
 */
export function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
  floor = 1e-6,
): void {
  expect(actual.length, what).toBe(expected.length);
  const scale = Math.max(largest(expected), floor);
  const error = largest(actual.map((value, at) => value - expected[at]!)) / scale;
  // Written so that NaN fails too.
  expect(error <= tolerance, `${what}: relative error ${error}, allowed ${tolerance}`).toBe(true);
}
