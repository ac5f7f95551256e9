/** @module The training loop: calls, epochs, validation, model selection, snapshots. */

import type { PreparedSplit } from "../prepare/prepared.js";
import { learningRateAt } from "../optim/schedule.js";
import type { Runtime } from "../runtime/session.js";
import type { TrainConfig } from "./config.js";
import { DivergenceError } from "./divergence.js";
import { callInputs } from "./feeds.js";
import { areFinite, batchMetrics, type PartMetrics, type StepMetrics } from "./parts.js";
import { type PlannedCall, planEpoch, stepsPerEpoch } from "./plan.js";
import { copyState, StepRunner } from "./runner.js";
import { improves, selecting } from "./selection.js";
import { type Elapsed, stopwatch } from "./stopwatch.js";
import { compileStep, type StepSpec, type TrainingState } from "./step.js";
import { epochsOf, isTimeUp, planFor, secondsPerEpoch, type TimePlan } from "./timeLimit.js";

/** What is recorded of one step. */
export interface StepRecord {
  /** Counted from 1 over the whole run. */
  readonly step: number;
  /** Counted from 0. */
  readonly epoch: number;
  readonly learningRate: number;
  /** The method's metrics: losses, weights, norms, cosine, conflict. */
  readonly [metric: string]: number;
}

/** What is recorded after an epoch, and how long it took. */
export interface EpochRecord extends Elapsed {
  readonly epoch: number;
  /** Validation figures; the figure that selects the best epoch among them. */
  readonly validation: Readonly<Record<string, number>>;
  readonly best: boolean;
}

/** Where a run stands between two calls. */
export interface Position {
  readonly epoch: number;
  /** Calls of this epoch that are done. */
  readonly call: number;
  /** Steps done in the whole run. */
  readonly step: number;
  readonly bestEpoch: number | null;
  readonly bestFigure: number | null;
  /** Metrics of the parts of a batch that is not complete. */
  readonly parts?: readonly PartMetrics[];
  /** Sums of the step metrics of the epoch under way, over its steps. */
  readonly sums: Readonly<Record<string, number>>;
  /** What the epoch under way has taken so far. */
  readonly elapsed: Elapsed;
  /** Seconds of the epochs done, with their validation, where the time is limited. */
  readonly spent?: number;
  /** Figures of the epochs done: validation's, and `train.<metric>`, the mean over an epoch's steps. */
  readonly history: readonly Readonly<Record<string, number>>[];
}

/** All that a run needs to continue bit for bit; the state is a view, which the next step changes. */
export interface Snapshot {
  readonly position: Position;
  readonly state: TrainingState;
}

/** Measures a model on the validation split; gives at least the figure that selects. */
export type Validate = (state: TrainingState) => Promise<Readonly<Record<string, number>>>;

/** What the owner of a run does when something happened. */
export interface TrainingHooks {
  onSteps?(records: readonly StepRecord[], position: Position): void | Promise<void>;
  onEpoch?(record: EpochRecord, snapshot: Snapshot): void | Promise<void>;
}

/** Settings of a {@link Trainer}. */
export interface TrainerOptions {
  readonly spec: StepSpec;
  readonly config: TrainConfig;
  readonly train: PreparedSplit;
  readonly validate: Validate;
  readonly runtime: Runtime;
  /** Processor seconds that this process has used so far. */
  readonly cpuClock?: () => number;
  /** Starts from here instead of from the beginning. */
  readonly resume?: Snapshot;
}

const START: Position = {
  epoch: 0,
  call: 0,
  step: 0,
  bestEpoch: null,
  bestFigure: null,
  sums: {},
  elapsed: { seconds: 0 },
  history: [],
};

/** Sums of metrics with those of a further step added. */
const addedTo = (
  sums: Readonly<Record<string, number>>,
  step: StepMetrics,
): Readonly<Record<string, number>> => ({
  ...sums,
  ...Object.fromEntries(
    Object.entries(step).map(([name, value]) => [name, (sums[name] ?? 0) + value]),
  ),
});

/** Steps whose records are handed over together: what is done with them costs more than a small step. */
const REPORTED = 8;

/** A run in progress. */
export class Trainer {
  #options: TrainerOptions;
  readonly #runner: StepRunner;
  #position: Position;
  /** Records that were not handed over yet. */
  #records: StepRecord[] = [];

  private constructor(options: TrainerOptions, runner: StepRunner) {
    this.#options = options;
    this.#runner = runner;
    this.#position = options.resume?.position ?? START;
  }

  /** Compiles the step and loads it. */
  static async create(options: TrainerOptions): Promise<Trainer> {
    const { spec, runtime, config, resume } = options;
    const runner = await StepRunner.create(compileStep(spec), runtime, config.seed);
    if (resume) runner.restore(resume.state);
    return new Trainer(options, runner);
  }

  /** Steps of the whole run. */
  get totalSteps(): number {
    const { config, train } = this.#options;
    return epochsOf(config) * stepsPerEpoch(train.size, config.batchSize);
  }

  /**
   * Plans the epochs of a training in a limited time: the first calls and a validation are timed, and undone.
   *
   * @returns `null` where the time is not limited, or the plan is made.
   */
  async plan(): Promise<TimePlan | null> {
    const { config, train, validate } = this.#options;
    const { time, plannedEpochs, epochs } = config;
    if (time === undefined || plannedEpochs !== undefined) return null;
    const before = copyState(this.#runner.state);
    const perEpoch = await secondsPerEpoch(planEpoch(train.size, 0, config), {
      train: (call) => this.#runCall(call),
      validate: async () => validate(await this.#syncedState()),
    });
    this.#runner.restore(before);
    const plan = planFor(time, perEpoch, epochs);
    this.#options = { ...this.#options, config: { ...config, plannedEpochs: plan.epochs } };
    return plan;
  }

  /** The state between epochs and after a stop: a view, which the next step changes. */
  get snapshot(): Snapshot {
    return { position: this.#position, state: this.#runner.state };
  }

  /**
   * Trains until the last epoch, an early stop, or `signal`, which takes effect after the running call.
   *
   * @returns Whether training is complete.
   * @throws {DivergenceError} when a metric is no longer a number; the snapshot is the last good one.
   */
  async run(hooks: TrainingHooks = {}, signal?: AbortSignal): Promise<boolean> {
    const { config } = this.#options;
    while (this.#position.epoch < epochsOf(config) && !this.#stoppedEarly()) {
      if (!(await this.#runEpoch(hooks, signal))) return false;
    }
    return true;
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.#runner.release();
  }

  #stoppedEarly(): boolean {
    const { patience, time } = this.#options.config;
    const { epoch, bestEpoch, call, spent = 0 } = this.#position;
    // An epoch that was begun is brought to its end.
    if (call === 0 && isTimeUp(spent, epoch, time)) return true;
    return patience > 0 && bestEpoch !== null && epoch - 1 - bestEpoch >= patience;
  }

  async #runEpoch(hooks: TrainingHooks, signal?: AbortSignal): Promise<boolean> {
    const { config, train } = this.#options;
    const { epoch } = this.#position;
    const calls = planEpoch(train.size, epoch, config);
    const { cpuClock } = this.#options;
    const elapsed = stopwatch(this.#position.elapsed, cpuClock);
    try {
      while (this.#position.call < calls.length) {
        if (signal?.aborted) return false;
        const call = calls[this.#position.call]!;
        this.#advance(call, await this.#runCall(call));
        if (this.#records.length === REPORTED) await this.#report(hooks);
      }
    } finally {
      await this.#runner.sync();
      // Not at each call: the processor's clock takes a tenth of a millisecond.
      this.#position = { ...this.#position, elapsed: elapsed() };
      await this.#report(hooks);
    }
    await this.#finishEpoch(hooks);
    return true;
  }

  async #syncedState(): Promise<TrainingState> {
    await this.#runner.sync();
    return this.#runner.state;
  }

  /** Counts a call, and a step where its batch is complete. */
  #advance({ part }: PlannedCall, metrics: StepMetrics): void {
    const { parts: before = [], ...position } = this.#position;
    const called = { ...position, call: position.call + 1 };
    const parts = part ? [...before, { metrics, share: part.share }] : [];
    if (part && !part.last) {
      this.#position = { ...called, parts };
      return;
    }
    const whole = part ? batchMetrics(parts) : metrics;
    const step = position.step + 1;
    const { epoch } = position;
    const record = { ...whole, step, epoch, learningRate: this.#learningRateOf(step) };
    this.#position = { ...called, step, sums: addedTo(position.sums, record) };
    this.#records.push(record);
  }

  #learningRateOf(step: number): number {
    return learningRateAt(step, { ...this.#options.config, totalSteps: this.totalSteps });
  }

  async #report(hooks: TrainingHooks): Promise<void> {
    const records = this.#records;
    this.#records = [];
    if (records.length > 0) await hooks.onSteps?.(records, this.#position);
  }

  get position(): Position {
    return this.#position;
  }

  async #runCall(call: PlannedCall): Promise<StepMetrics> {
    const { config, train, spec } = this.#options;
    const { step: done, epoch, history } = this.#position;
    const { method, options } = spec.method;
    const progress = { epoch, epochs: epochsOf(config), history };
    const metrics = await this.#runner.run({
      batch: call.indices.length,
      inputs: callInputs(train, call),
      step: done + 1,
      learningRate: this.#learningRateOf(done + 1),
      ...(call.part && { part: call.part }),
      controls: method.controls?.(progress, options) ?? {},
    });
    if (!areFinite(metrics)) throw new DivergenceError(done + 1, metrics);
    return metrics;
  }

  async #finishEpoch(hooks: TrainingHooks): Promise<void> {
    const { config, validate, train } = this.#options;
    const start = performance.now();
    const validation = await validate(this.#runner.state);
    const validating = (performance.now() - start) / 1000;
    const { spent = 0 } = this.#position;
    const { epoch, step, sums, elapsed, history, bestEpoch, bestFigure } = this.#position;
    const steps = stepsPerEpoch(train.size, config.batchSize);
    const means = Object.entries(sums).map(
      ([name, sum]) => [`train.${name}`, sum / steps] as const,
    );
    const figure = selecting(config, [...history, validation]);
    const best = improves(config, figure, bestFigure);
    this.#position = {
      epoch: epoch + 1,
      call: 0,
      step,
      bestEpoch: best ? epoch : bestEpoch,
      bestFigure: best ? figure : bestFigure,
      sums: {},
      elapsed: { seconds: 0 },
      ...(config.time !== undefined && { spent: spent + elapsed.seconds + validating }),
      history: [...history, { ...validation, ...Object.fromEntries(means) }],
    };
    await hooks.onEpoch?.({ epoch, ...elapsed, validation, best }, this.snapshot);
  }
}
