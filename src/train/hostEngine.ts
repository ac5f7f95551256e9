/** @module Training steps whose state is in the host's memory: the runtime computes gradients, a kernel updates. */

import type { DType } from "../graph/dtype.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { writeFunction } from "../graph/onnx/write.js";
import { checkFits } from "../optim/fits.js";
import { Optimizer } from "../optim/optimizer.js";
import type { Runtime, WritingSession } from "../runtime/session.js";
import type { EngineCall, StepEngine } from "./engine.js";
import { areFinite, PROBES_NORM, type StepMetrics, UPDATE_NORM } from "./parts.js";
import {
  type CompiledStep,
  copyOf,
  scalarOf,
  shapeFor,
  type TrainedParameter,
  type TrainingState,
} from "./step.js";
import { type StepWithTables, withTables } from "./tables.js";

const ARRAYS = {
  ...{ float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array },
  ...{ uint8: Uint8Array, bool: Uint8Array },
} as const satisfies Record<DType, unknown>;

const emptyLike = ({ dtype, shape, data }: HostTensor): HostTensor => ({
  dtype,
  shape,
  data: new ARRAYS[dtype](data.length),
});

/** What is needed of a compiled step once it is loaded: its initial values and its graph are as large as the model. */
type Kept = Pick<CompiledStep, "trained" | "memory" | "scalars" | "metrics"> &
  Pick<StepWithTables, "tables">;

/** See {@link StepEngine}. */
export class HostEngine implements StepEngine {
  readonly #compiled: Kept;
  /** Initial values of the parameters that are drawn back to them. */
  readonly #start: TrainingState;
  readonly #session: WritingSession;
  readonly #optimizer: Optimizer<TrainedParameter>;
  /** What the optimizer does not hold: what is not trained, and the method's memory. */
  readonly #others: Map<string, HostTensor>;
  /** Where the next values of the method's memory are written, by state variable. */
  readonly #next: Map<string, HostTensor>;
  /** Where the runtime writes everything but the memory and the rows of tables. */
  readonly #outputs: Readonly<Record<string, HostTensor>>;

  private constructor(
    compiled: CompiledStep,
    tables: StepWithTables["tables"],
    session: WritingSession,
  ) {
    const { trained, optimizer, memory, initialState } = compiled;
    const { scalars, metrics } = compiled;
    this.#compiled = { trained, memory, scalars, metrics, tables };
    this.#session = session;
    const drawnBack = trained.filter(({ pull }) => pull?.toward === null);
    this.#start = new Map(drawnBack.map(({ name }) => [name, initialState.get(name)!]));
    this.#optimizer = new Optimizer(
      trained.map((parameter) => ({ ...parameter, isTable: tables.has(parameter.name) })),
      optimizer,
    );
    this.#others = new Map(
      [...initialState].filter(([name]) => !trained.some((parameter) => parameter.name === name)),
    );
    this.#next = new Map(
      [...memory.keys()].map((name) => [name, emptyLike(initialState.get(name)!)]),
    );
    this.#outputs = this.#outputTensors();
    this.#optimizer.restore(initialState);
  }

  /** Loads a compiled step. */
  static async create(compiled: CompiledStep, runtime: Runtime): Promise<HostEngine> {
    const { outputs, tables } = withTables(compiled);
    const session = await runtime.createWritingSession(writeFunction(outputs));
    return new HostEngine(compiled, tables, session);
  }

  /** Views, which the next step changes. */
  get state(): TrainingState {
    return new Map([...this.#others, ...this.#optimizer.state]);
  }

  /** There is nothing to do: the state is always up to date. */
  sync(): Promise<void> {
    return Promise.resolve();
  }

  restore(state: TrainingState): void {
    this.#optimizer.restore(state);
    for (const [name, tensor] of this.#others) {
      const given = state.get(name);
      checkFits(name, tensor, given);
      if (given.data === tensor.data) continue;
      this.#others.set(name, this.#next.has(name) ? copyOf(given) : given);
    }
  }

  /** The gradients, and with a batch's last part the update. */
  async run(call: EngineCall): Promise<StepMetrics> {
    await this.#session.run(this.#feeds(call), this.#outputsOf(call));
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

  release(): Promise<void> {
    return this.#session.release();
  }

  /** Everything that the runtime writes for a batch. */
  #outputsOf({ batch }: EngineCall): Record<string, HostTensor> {
    const outputs = { ...this.#outputs };
    for (const [name, to] of this.#next) outputs[this.#compiled.memory.get(name)!] = to;
    for (const [name, { rows, indices, shape }] of this.#compiled.tables) {
      const [count] = shapeFor(shape, batch) as [number];
      const written = this.#optimizer.table(name).outputs(count);
      outputs[rows] = written.rows;
      outputs[indices] = written.indices;
    }
    return outputs;
  }

  #outputTensors(): Record<string, HostTensor> {
    const { trained, metrics, scalars, tables } = this.#compiled;
    const ofParameters = trained.flatMap(({ name, gradient, pull }) => {
      const toward = pull?.toward;
      const pulled = toward ? [[toward, emptyLike(this.#optimizer.parameter(name))] as const] : [];
      const formed = tables.has(name) ? [] : [[gradient, this.#optimizer.gradient(name)] as const];
      return [...formed, ...pulled];
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

  #feeds({ feeds: given }: EngineCall): Record<string, HostTensor> {
    const feeds = { ...given };
    for (const [name, tensor] of this.#others) feeds[name] = tensor;
    for (const { name } of this.#compiled.trained) feeds[name] = this.#optimizer.parameter(name);
    return feeds;
  }
}
