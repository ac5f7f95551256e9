/** @module What runs a training step and holds the state, on the host or on a device. */

import type { HostTensor } from "../graph/hostTensor.js";
import type { BatchPart, StepMetrics } from "./parts.js";
import type { TrainingState } from "./step.js";

/** What the engine is told of a call. */
export interface EngineCall {
  /** Number of samples. */
  readonly batch: number;
  /** Batch, noise and controls by input. */
  readonly feeds: Readonly<Record<string, HostTensor>>;
  /** Number of the step, counted from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** What this is of its batch, for steps whose gradients are summed over parts. */
  readonly part?: BatchPart;
}

/** A loaded training step with its state. */
export interface StepEngine {
  /** Parameters, moments and memory as they were at the last {@link sync}, or later. */
  readonly state: TrainingState;
  /** Brings {@link state} up to date. */
  sync(): Promise<void>;
  /**
   * Continues from an earlier state.
   *
   * @throws {UserError} where it is of another model.
   */
  restore(state: TrainingState): void;
  /** Runs one call; the state changes only where all metrics are numbers. */
  run(call: EngineCall): Promise<StepMetrics>;
  /** Frees what the runtime holds. */
  release(): Promise<void>;
}
