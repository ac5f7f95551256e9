/** @module Runs compiled training steps, and holds the state between them. */

import { UserError } from "../errors.js";
import type { DType } from "../graph/dtype.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { controlFeed } from "../model/feeds.js";
import { checkFits } from "../optim/fits.js";
import { Optimizer } from "../optim/optimizer.js";
import { randomStream } from "../random.js";
import type { Runtime, WritingSession } from "../runtime/session.js";
import { areFinite, type BatchPart, PROBES_NORM, type StepMetrics, UPDATE_NORM } from "./parts.js";
import {
  type CompiledStep,
  noiseShape,
  type TrainedParameter,
  type TrainingState,
} from "./step.js";

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

const ARRAYS = {
  ...{ float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array },
  ...{ uint8: Uint8Array, bool: Uint8Array },
} as const satisfies Record<DType, unknown>;

const emptyLike = ({ dtype, shape, data }: HostTensor): HostTensor => ({
  dtype,
  shape,
  data: new ARRAYS[dtype](data.length),
});

const copyOf = ({ dtype, shape, data }: HostTensor): HostTensor => ({
  dtype,
  shape,
  data: data.slice(),
});

const scalarOf = (value: number): HostTensor => ({
  dtype: "float32",
  shape: [],
  data: Float32Array.of(value),
});

const noControl = (name: string): UserError =>
  new UserError(
    `The method asks for the control "${name}", and its controls() gives no value for it.`,
    "Return a number of that name from controls() at every epoch.",
  );

/** Copies of a state's values, which later steps leave alone. */
export const copyState = (state: TrainingState): TrainingState =>
  new Map([...state].map(([name, tensor]) => [name, copyOf(tensor)]));

/** What is needed of a compiled step once it is loaded: its initial values and its graph are as large as the model. */
type Kept = Pick<CompiledStep, "trained" | "memory" | "scalars" | "noise" | "controls" | "metrics">;

/** A loaded training step with its state. */
export class StepRunner {
  readonly #compiled: Kept;
  /** Initial values of the parameters that are drawn back to them. */
  readonly #start: TrainingState;
  readonly #session: WritingSession;
  readonly #optimizer: Optimizer<TrainedParameter>;
  readonly #seed: number;
  /** What the optimizer does not hold: what is not trained, and the method's memory. */
  readonly #others: Map<string, HostTensor>;
  /** Where the next values of the method's memory are written, by state variable. */
  readonly #next: Map<string, HostTensor>;
  /** Where the runtime writes everything but the memory. */
  readonly #outputs: Readonly<Record<string, HostTensor>>;

  private constructor(compiled: CompiledStep, session: WritingSession, seed: number) {
    const { trained, optimizer, memory, initialState } = compiled;
    const { scalars, noise, controls, metrics } = compiled;
    this.#compiled = { trained, memory, scalars, noise, controls, metrics };
    this.#session = session;
    this.#seed = seed;
    const drawnBack = trained.filter(({ pull }) => pull?.toward === null);
    this.#start = new Map(drawnBack.map(({ name }) => [name, initialState.get(name)!]));
    this.#optimizer = new Optimizer(trained, optimizer);
    this.#others = new Map(
      [...initialState].filter(([name]) => !trained.some((parameter) => parameter.name === name)),
    );
    this.#next = new Map(
      [...memory.keys()].map((name) => [name, emptyLike(initialState.get(name)!)]),
    );
    this.#outputs = this.#outputTensors();
    this.#optimizer.restore(initialState);
  }

  /**
   * Loads a compiled step.
   *
   * @param seed - Seed of the noise (dropout); the noise of a step depends on its number alone.
   */
  static async create(compiled: CompiledStep, runtime: Runtime, seed: number): Promise<StepRunner> {
    const session = await runtime.createWritingSession(compiled.onnx);
    return new StepRunner(compiled, session, seed);
  }

  /** Parameters, moments and memory: views, which the next step changes; see {@link copyState}. */
  get state(): TrainingState {
    return new Map([...this.#others, ...this.#optimizer.state]);
  }

  /** Goes on from an earlier state. */
  restore(state: TrainingState): void {
    this.#optimizer.restore(state);
    for (const [name, tensor] of this.#others) {
      const given = state.get(name);
      checkFits(name, tensor, given);
      if (given.data === tensor.data) continue;
      this.#others.set(name, this.#next.has(name) ? copyOf(given) : given);
    }
  }

  /**
   * Runs one call: the gradients, and with a batch's last part the update. The state changes only where all metrics
   * are numbers.
   */
  async run(call: Call): Promise<StepMetrics> {
    const next = [...this.#next].map(
      ([name, to]) => [this.#compiled.memory.get(name)!, to] as const,
    );
    await this.#session.run(this.#feeds(call), { ...this.#outputs, ...Object.fromEntries(next) });
    const ownNorms = this.#optimizer.norms("gradient");
    const metrics = { ...this.#metrics(), [UPDATE_NORM]: ownNorms.trained };
    if (!areFinite(metrics)) return metrics;
    if (!Number.isFinite(ownNorms.probes)) return { ...metrics, [PROBES_NORM]: ownNorms.probes };
    const { part, step, learningRate } = call;
    if (part) this.#optimizer.accumulate(part.share);
    const norms = part ? this.#optimizer.norms("sum") : ownNorms;
    if (part?.last ?? true) {
      this.#optimizer.update({ step, learningRate, norms, rateScale: this.#rateScale });
    }
    for (const parameter of this.#compiled.trained) this.#pull(parameter);
    this.#keepMemory();
    return { ...metrics, [UPDATE_NORM]: norms.trained };
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.#session.release();
  }

  #outputTensors(): Record<string, HostTensor> {
    const { trained, metrics, scalars } = this.#compiled;
    const ofParameters = trained.flatMap(({ name, gradient, pull }) => {
      const values = this.#optimizer.gradient(name);
      const toward = pull?.toward;
      const pulled = toward ? [[toward, emptyLike(values)] as const] : [];
      return [[gradient, values] as const, ...pulled];
    });
    const single = [...metrics, ...scalars].map((name) => [name, scalarOf(0)] as const);
    return Object.fromEntries([...ofParameters, ...single]);
  }

  #scalar(name: string): number {
    return Number(this.#outputs[name]!.data[0]);
  }

  #metrics(): StepMetrics {
    return Object.fromEntries(
      this.#compiled.metrics.map((name) => [name, this.#scalar(name)] as const),
    );
  }

  readonly #rateScale = ({ rateScale }: TrainedParameter): number =>
    rateScale === undefined ? 1 : this.#scalar(rateScale);

  #pull({ name, pull }: TrainedParameter): void {
    if (!pull) return;
    const by = this.#scalar(pull.by);
    if (by === 0) return;
    const from = pull.toward === null ? this.#start.get(name)! : this.#outputs[pull.toward]!;
    const toward = from.data as Float32Array;
    const values = this.#optimizer.parameter(name).data as Float32Array;
    toward.forEach((value, at) => {
      values[at] = (1 - by) * values[at]! + by * value;
    });
  }

  /** The values that were read and those that were written change places. */
  #keepMemory(): void {
    for (const [name, written] of this.#next) {
      this.#next.set(name, this.#others.get(name)!);
      this.#others.set(name, written);
    }
  }

  #feeds(call: Call): Record<string, HostTensor> {
    const { trained, controls } = this.#compiled;
    const feeds: Record<string, HostTensor> = { ...this.#noise(call), ...call.inputs };
    for (const [name, tensor] of this.#others) feeds[name] = tensor;
    for (const { name } of trained) feeds[name] = this.#optimizer.parameter(name);
    for (const name of controls) {
      const value = call.controls[name];
      if (value === undefined) throw noControl(name);
      feeds[controlFeed(name)] = scalarOf(value);
    }
    return feeds;
  }

  #noise({ batch, step, part }: Call): Record<string, HostTensor> {
    const feeds: Record<string, HostTensor> = {};
    for (const [name, symbolic] of this.#compiled.noise) {
      const shape = noiseShape(symbolic, batch);
      const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
      const path = part && part.index > 0 ? [name, step, part.index] : [name, step];
      const random = randomStream(this.#seed, ...path);
      for (let at = 0; at < data.length; at++) data[at] = random.uniform();
      feeds[name] = { dtype: "float32", shape, data };
    }
    return feeds;
  }
}
