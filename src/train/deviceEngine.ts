/** @module Training steps whose state stays on a device, where the optimizer's operators update it. */

import type { HostTensor } from "../graph/hostTensor.js";
import { checkFits } from "../optim/fits.js";
import { stepFactors } from "../optim/operators.js";
import { type OptimizerOptions, SUFFIX } from "../optim/optimizer.js";
import type { ResidentSession, ResidentVariable, Runtime } from "../runtime/session.js";
import { deviceStep, REPORT, startName, STEP_FEEDS } from "./deviceStep.js";
import type { EngineCall, StepEngine } from "./engine.js";
import { areFinite, PROBES_NORM, type StepMetrics, UPDATE_NORM } from "./parts.js";
import { type CompiledStep, copyOf, scalarOf, type TrainingState } from "./step.js";

/** What is needed of a compiled step once it is loaded. */
type Kept = Pick<CompiledStep, "metrics" | "optimizer">;

const zerosOf = (shape: readonly number[]): HostTensor => ({
  dtype: "float32",
  shape,
  data: new Float32Array(shape.reduce((size, dim) => size * dim, 1)),
});

/** Whether a tensor can stay on the device; others are fed at each run. */
const isResident = ({ dtype }: HostTensor): boolean => dtype === "float32";

/** The whole state of a step before training: the others first, then each parameter with its moments. */
function initialState({ initialState: given, trained, optimizer }: CompiledStep) {
  const state = new Map([...given].filter(([name]) => !trained.some((one) => one.name === name)));
  const { sum, ...moments } = SUFFIX;
  const suffixes = Object.values(optimizer.accumulates ? { ...moments, sum } : moments);
  for (const { name, shape } of trained) {
    for (const suffix of suffixes) {
      state.set(name + suffix, suffix === "" ? copyOf(given.get(name)!) : zerosOf(shape));
    }
  }
  return state;
}

/** See {@link StepEngine}. */
export class DeviceEngine implements StepEngine {
  readonly #kept: Kept;
  readonly #session: ResidentSession;
  /** Names of moments and sums, which start from zero where they are not given. */
  readonly #moments: ReadonlySet<string>;
  /** The state on the host. */
  readonly #state: Map<string, HostTensor>;
  /** Which of the two is newer. */
  #newer: "host" | "device" | null = "host";

  private constructor(compiled: CompiledStep, session: ResidentSession) {
    const { metrics, optimizer, initialState: given } = compiled;
    this.#kept = { metrics, optimizer };
    this.#session = session;
    this.#state = initialState(compiled);
    this.#moments = new Set([...this.#state.keys()].filter((name) => !given.has(name)));
  }

  /** Loads a compiled step. */
  static async create(
    compiled: CompiledStep,
    createSession: NonNullable<Runtime["createResidentSession"]>,
  ): Promise<DeviceEngine> {
    const { trained, memory, initialState: given } = compiled;
    const isTrained = new Set(trained.map(({ name }) => name));
    const others = [...given].flatMap(([name, tensor]): ResidentVariable[] => {
      if (isTrained.has(name) || !isResident(tensor)) return [];
      const next = memory.get(name);
      return [{ name, shape: tensor.shape, ...(next !== undefined && { next }) }];
    });
    const { outputs, variables } = deviceStep(compiled, others);
    const session = await createSession(outputs, variables);
    const drawnBack = trained.filter(({ pull }) => pull?.toward === null);
    await session.write(
      Object.fromEntries(drawnBack.map(({ name }) => [startName(name), given.get(name)!])),
    );
    return new DeviceEngine(compiled, session);
  }

  /** Views, which the next {@link sync} changes. */
  get state(): TrainingState {
    return new Map(this.#state);
  }

  async sync(): Promise<void> {
    if (this.#newer !== "device") return;
    const present = await this.#session.read();
    for (const [name, tensor] of Object.entries(present)) this.#state.set(name, tensor);
    this.#newer = null;
  }

  restore(state: TrainingState): void {
    const next = [...this.#state].map(([name, own]) => {
      const given = state.get(name);
      if (!given && this.#moments.has(name)) return [name, zerosOf(own.shape)] as const;
      checkFits(name, own, given);
      return [name, copyOf(given)] as const;
    });
    for (const [name, tensor] of next) this.#state.set(name, tensor);
    this.#newer = "host";
  }

  async run({ feeds, step, learningRate, part }: EngineCall): Promise<StepMetrics> {
    await this.#upload();
    const results = await this.#session.run({
      ...feeds,
      ...this.#fed(),
      ...factorFeeds(this.#kept.optimizer, step, learningRate),
      [STEP_FEEDS.share]: scalarOf(part?.share ?? 1),
      [STEP_FEEDS.last]: scalarOf((part?.last ?? true) ? 1 : 0),
    });
    const values = Array.from(results[REPORT]!.data, Number);
    const own = this.#kept.metrics.map((name, at) => [name, values[at]!] as const);
    const [trained, probes, followed] = values.slice(own.length) as [number, number, number];
    const metrics = { ...Object.fromEntries(own), [UPDATE_NORM]: trained };
    if (!areFinite(metrics)) return metrics;
    if (!Number.isFinite(probes)) return { ...metrics, [PROBES_NORM]: probes };
    this.#session.advance();
    this.#newer = "device";
    return { ...metrics, [UPDATE_NORM]: followed };
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  async #upload(): Promise<void> {
    if (this.#newer !== "host") return;
    const resident = [...this.#state].filter(([, tensor]) => isResident(tensor));
    await this.#session.write(Object.fromEntries(resident));
    this.#newer = null;
  }

  #fed(): Record<string, HostTensor> {
    return Object.fromEntries([...this.#state].filter(([, tensor]) => !isResident(tensor)));
  }
}

function factorFeeds(
  options: OptimizerOptions,
  step: number,
  learningRate: number,
): Record<string, HostTensor> {
  const factors = stepFactors(options, step, learningRate);
  return Object.fromEntries(
    (["rate", "epsilon", "decay"] as const).map((name) => [
      STEP_FEEDS[name],
      scalarOf(factors[name]),
    ]),
  );
}
