/** @module What use cases tell while they work: plain objects, of which a listener shows what it likes. */

import type { Text } from "../message.js";
import type { Choice } from "../compare/choice.js";
import type { PlannedRun } from "../compare/plan.js";
import type { Tuned } from "../compare/tune.js";
import type { EvaluationEvents, Stage } from "../run/experiment.js";
import type { DataIssue, Dataset } from "../data/dataset.js";
import type { Device } from "../runtime/devices.js";
import type { EpochRecord, StepRecord } from "../train/trainer.js";
import type { TimePlan } from "../train/timeLimit.js";

/** Is called with everything that happens, in order; what it throws stops the use case. */
export type Listener<Event> = (event: Event) => void;

/** What happens to data on their way to a model. */
export type DataEvent =
  /** The data are opened, before they are checked and encoded. */
  | { readonly kind: "opened"; readonly dataset: Pick<Dataset, "name" | "labelKind" | "origin"> }
  /** So many samples were read. */
  | { readonly kind: "reading"; readonly done: number; readonly total: number }
  /** So many feature vectors of frozen encoders are there. */
  | { readonly kind: "extracting"; readonly done: number; readonly total: number }
  /** Jobs of this name are left to workers. */
  | { readonly kind: "handed-in"; readonly group: string }
  /** So many of the jobs that workers do ended well. */
  | { readonly kind: "jobs"; readonly done: number; readonly total: number }
  /** What was wrong with the data, and what had to be decided about encoders. */
  | {
      readonly kind: "prepared";
      readonly issues: readonly DataIssue[];
      readonly notices: readonly Text[];
    }
  /** What to try for a better model. */
  | { readonly kind: "hint"; readonly message: Text };

/** Which device was chosen for training, where that was asked for, and why. */
export interface DeviceEvent {
  readonly kind: "device";
  readonly device: Device;
  readonly why: string;
}

/** What follows a training begins: companions are fitted, or the model is evaluated. */
export interface StageEvent {
  readonly kind: "stage";
  readonly stage: Stage;
}

/** What happens to runs that are trained in turn in this process. */
export type RunEvent =
  | DeviceEvent
  /** Another process works in the run's folder, and is waited for. */
  | { readonly kind: "waiting"; readonly holder: string; readonly folder: string }
  /** A run begins to train or continues: the one at place `at`, from 0, `of` so many. */
  | {
      readonly kind: "run-started";
      readonly method: string;
      readonly seed: number;
      /** At most. */
      readonly epochs: number;
      readonly at: number;
      readonly of: number;
    }
  /** Where the time is limited: what was planned. */
  | { readonly kind: "planned"; readonly plan: TimePlan }
  /** After each call of the runtime; steps of the whole run. */
  | { readonly kind: "steps"; readonly records: readonly StepRecord[]; readonly totalSteps: number }
  /** After each epoch. */
  | { readonly kind: "epoch"; readonly record: EpochRecord }
  | StageEvent
  /** A run came to its end, was stopped or failed. */
  | { readonly kind: "run-ended" };

/** What happens to runs that are launched, several at a time. */
export type BatchEvent =
  /** So many runs are wanted, of which some were finished before. */
  | { readonly kind: "batch-started"; readonly total: number; readonly finished: number }
  /** A run is so far, `0..1`. */
  | { readonly kind: "batch-progress"; readonly run: PlannedRun; readonly done: number }
  /** A run has ended; `skipped`: was not begun, for want of time. */
  | {
      readonly kind: "batch-run-ended";
      readonly run: PlannedRun;
      readonly outcome: "done" | "failed" | "skipped";
      /** Why it failed; empty where it did not. */
      readonly message: string;
    }
  /** No further run is launched, and none is under way. */
  | { readonly kind: "batch-ended" };

/** What a search for settings chose for one entry. */
export interface SearchEvent {
  readonly kind: "tuned";
  readonly tuned: Tuned;
}

/** Which method was chosen, and why. */
export interface ChoiceEvent {
  readonly kind: "chosen";
  readonly choice: Choice;
}

/** What a training tells; with the method `auto`, also what its choice does. */
export type TrainEvent = DataEvent | RunEvent | BatchEvent | ChoiceEvent;

/** What a comparison tells. */
export type CompareEvent = DataEvent | DeviceEvent | BatchEvent | SearchEvent;

/** What a prediction of many samples tells. */
export type PredictEvent =
  | Extract<DataEvent, { readonly kind: "opened" }>
  | Extract<RunEvent, { readonly kind: "waiting" }>
  /** So many samples have their answers. */
  | { readonly kind: "predicting"; readonly done: number; readonly total: number };

/** What a report about runs tells. */
export type ReportEvent =
  | DataEvent
  /** The model of a row is asked for its answers, after `done` others. */
  | {
      readonly kind: "answering";
      readonly label: string;
      readonly done: number;
      readonly total: number;
    };

/** Everything that any use case tells. */
export type UseCaseEvent = TrainEvent | CompareEvent | PredictEvent | ReportEvent;

/** How a use case is watched and stopped. */
export interface Watch<Event> {
  readonly events?: Listener<Event> | undefined;
  /** Stops the work at the next step; what is done is kept, and the use case throws `Interrupted`. */
  readonly signal?: AbortSignal | undefined;
}

/** Tells a listener of the stages that follow a training. */
export const tellStages = (events: Listener<StageEvent>): EvaluationEvents => ({
  onStage: (stage) => {
    events({ kind: "stage", stage });
  },
});

/** A listener that hears nothing. */
export const silent: Listener<unknown> = () => undefined;
