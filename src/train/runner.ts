/** @module Runs compiled training steps, several in one call, and holds the state between calls. */

import { nextName, TRIP_COUNT } from "../graph/onnx/write.js";
import { randomStream } from "../random.js";
import type { Runtime, Session } from "../runtime/session.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { batchMetrics, type BatchPart, PART_LAST, PART_SHARE, type StepMetrics } from "./parts.js";
import {
  type CompiledStep,
  controlInput,
  LEARNING_RATE,
  noiseShape,
  STEP,
  type TrainingState,
} from "./step.js";

/** One call: the stacked batches of several steps and their scalars. */
export interface Call {
  /** Number of samples per step. */
  readonly batch: number;
  /** Inputs with a leading axis over the steps, by input name; noise among them replaces the seeded one. */
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** Number of the first step, counted from 1. */
  readonly firstStep: number;
  /** Learning rate of each step, or of each part of a step. */
  readonly learningRates: readonly number[];
  /** What each iteration is of its batch, for steps that were compiled for parts. */
  readonly parts?: readonly BatchPart[];
  readonly controls: Readonly<Record<string, number>>;
}

/** Number of each iteration's step, and which part of the step it is in this call, from 0. */
function iterationsOf({ firstStep, learningRates, parts }: Call) {
  let [step, part] = [firstStep, 0];
  return learningRates.map((_, at) => {
    const iteration = { step, part };
    const ends = parts?.[at]?.last ?? true;
    [step, part] = ends ? [step + 1, 0] : [step, part + 1];
    return iteration;
  });
}

/** Whether every metric of a step is a number; the first one that is not stops training. */
export function areFinite(metrics: StepMetrics): boolean {
  return Object.values(metrics).every(Number.isFinite);
}

/** A loaded training step with its state. */
export class StepRunner {
  readonly #compiled: CompiledStep;
  readonly #session: Session;
  readonly #seed: number;
  #state: TrainingState;

  private constructor(compiled: CompiledStep, session: Session, seed: number) {
    this.#compiled = compiled;
    this.#session = session;
    this.#seed = seed;
    this.#state = compiled.initialState;
  }

  /**
   * Loads a compiled step.
   *
   * @param seed - Seed of the noise (dropout); the noise of a step depends on its number alone.
   */
  static async create(compiled: CompiledStep, runtime: Runtime, seed: number): Promise<StepRunner> {
    return new StepRunner(compiled, await runtime.createSession(compiled.onnx), seed);
  }

  /** Parameters, moments and memory after the last call. */
  get state(): TrainingState {
    return this.#state;
  }

  /** Goes on from an earlier state. */
  restore(state: TrainingState): void {
    this.#state = state;
  }

  /**
   * Runs the steps of a call; the state is kept only if every loss is finite.
   *
   * @returns Metrics of each step that was completed.
   */
  async run(call: Call): Promise<StepMetrics[]> {
    const outputs = await this.#session.run({
      ...this.#noise(call),
      ...call.inputs,
      ...this.#scalars(call),
      ...Object.fromEntries(this.#state),
    });
    const steps = call.learningRates.length;
    const metrics = Array.from({ length: steps }, (_, step) =>
      Object.fromEntries(
        this.#compiled.metrics.map((name) => [name, Number(outputs[name]!.data[step])]),
      ),
    );
    if (metrics.every(areFinite)) {
      this.#state = new Map(
        [...this.#state.keys()].map((name) => [name, outputs[nextName(name)]!]),
      );
    }
    return call.parts ? batchMetrics(metrics, call.parts) : metrics;
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.#session.release();
  }

  #scalars(call: Call): Record<string, HostTensor> {
    const { learningRates, controls, parts } = call;
    const steps = learningRates.length;
    const perStep = (values: ArrayLike<number>): HostTensor => ({
      dtype: "float32",
      shape: [steps],
      data: Float32Array.from(values),
    });
    const feeds: Record<string, HostTensor> = {
      [TRIP_COUNT]: { dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(steps)) },
      [LEARNING_RATE]: perStep(learningRates),
      [STEP]: perStep(iterationsOf(call).map(({ step }) => step)),
      ...(parts && {
        [PART_SHARE]: perStep(parts.map(({ share }) => share)),
        [PART_LAST]: perStep(parts.map(({ last }) => (last ? 1 : 0))),
      }),
    };
    for (const name of this.#compiled.controls) {
      const value = controls[name];
      if (value === undefined) throw new Error(`internal: control "${name}" has no value.`);
      feeds[controlInput(name)] = perStep(new Array<number>(steps).fill(value));
    }
    return feeds;
  }

  #noise(call: Call): Record<string, HostTensor> {
    const feeds: Record<string, HostTensor> = {};
    const iterations = iterationsOf(call);
    for (const [name, symbolic] of this.#compiled.noise) {
      const shape = noiseShape(symbolic, call.batch);
      const size = shape.reduce((product, dim) => product * dim, 1);
      const data = new Float32Array(size * iterations.length);
      iterations.forEach(({ step, part }, index) => {
        const path = part === 0 ? [name, step] : [name, step, part];
        const random = randomStream(this.#seed, ...path);
        for (let at = index * size; at < (index + 1) * size; at++) data[at] = random.uniform();
      });
      feeds[name] = { dtype: "float32", shape: [iterations.length, ...shape], data };
    }
    return feeds;
  }
}
