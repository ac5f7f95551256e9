/** @module Runs compiled training steps: what a call is fed with beside its batch. */

import { UserError } from "../errors.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { controlFeed } from "../model/feeds.js";
import { randomStream } from "../random.js";
import type { Runtime } from "../runtime/session.js";
import { DeviceEngine } from "./deviceEngine.js";
import type { StepEngine } from "./engine.js";
import { HostEngine } from "./hostEngine.js";
import type { BatchPart, StepMetrics } from "./parts.js";
import { type CompiledStep, copyOf, shapeFor, scalarOf, type TrainingState } from "./step.js";

/** One call of the runtime: a batch, or a part of one. */
export interface Call {
  /** Number of samples. */
  readonly batch: number;
  /** Inputs by name; noise among them replaces the seeded one. */
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** Number of the step, counted from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** What this is of its batch, for steps whose gradients are summed over parts. */
  readonly part?: BatchPart;
  readonly controls: Readonly<Record<string, number>>;
}

const noControl = (name: string): UserError =>
  new UserError(
    `The method asks for the control "${name}", and its controls() gives no value for it.`,
    "Return a number of that name from controls() at every epoch.",
  );

/** Copies of a state's values, which later steps leave alone. */
export const copyState = (state: TrainingState): TrainingState =>
  new Map([...state].map(([name, tensor]) => [name, copyOf(tensor)]));

/** What is needed of a compiled step once it is loaded. */
type Kept = Pick<CompiledStep, "noise" | "controls">;

/** A loaded training step with its state. */
export class StepRunner {
  readonly #compiled: Kept;
  readonly #engine: StepEngine;
  readonly #seed: number;

  private constructor({ noise, controls }: Kept, engine: StepEngine, seed: number) {
    this.#compiled = { noise, controls };
    this.#engine = engine;
    this.#seed = seed;
  }

  /**
   * Loads a compiled step.
   *
   * @param seed - Seed of the noise (dropout); the noise of a step depends on its number alone.
   */
  static async create(compiled: CompiledStep, runtime: Runtime, seed: number): Promise<StepRunner> {
    const engine = runtime.createResidentSession
      ? await DeviceEngine.create(compiled, runtime.createResidentSession)
      : await HostEngine.create(compiled, runtime);
    return new StepRunner(compiled, engine, seed);
  }

  /**
   * Parameters, moments and memory: views, which the next step changes; see {@link copyState}. On a device they are as
   * they were at the last {@link sync}.
   */
  get state(): TrainingState {
    return this.#engine.state;
  }

  /** Brings {@link state} up to date. */
  sync(): Promise<void> {
    return this.#engine.sync();
  }

  /** Goes on from an earlier state. */
  restore(state: TrainingState): void {
    this.#engine.restore(state);
  }

  /**
   * Runs one call: the gradients, and with a batch's last part the update. The state changes only where all metrics
   * are numbers.
   */
  run(call: Call): Promise<StepMetrics> {
    const { batch, step, learningRate, part } = call;
    return this.#engine.run({
      ...{ batch, feeds: this.#feeds(call), step, learningRate },
      ...(part && { part }),
    });
  }

  /** Frees what the runtime holds. */
  release(): Promise<void> {
    return this.#engine.release();
  }

  #feeds(call: Call): Record<string, HostTensor> {
    const feeds: Record<string, HostTensor> = { ...this.#noise(call), ...call.inputs };
    for (const name of this.#compiled.controls) {
      const value = call.controls[name];
      if (value === undefined) throw noControl(name);
      feeds[controlFeed(name)] = scalarOf(value);
    }
    return feeds;
  }

  #noise({ batch, step, part }: Call): Record<string, HostTensor> {
    const feeds: Record<string, HostTensor> = {};
    for (const [name, symbolic] of this.#compiled.noise) {
      const shape = shapeFor(symbolic, batch);
      const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
      const path = part && part.index > 0 ? [name, step, part.index] : [name, step];
      const random = randomStream(this.#seed, ...path);
      for (let at = 0; at < data.length; at++) data[at] = random.uniform();
      feeds[name] = { dtype: "float32", shape, data };
    }
    return feeds;
  }
}
