/** @module Progress on standard error: a line that rewrites itself in a terminal, occasional lines elsewhere. */

import type { PlannedRun } from "../compare/plan.js";
import { HAS_PARENT } from "../compare/pool.js";
import type { RunEvents } from "../run/experiment.js";
import type { EpochRecord } from "../train/trainer.js";
import { complain } from "./print.js";
import { statusLine } from "./statusLine.js";
import { bar, duration, timeLeft } from "./timeLeft.js";

/** Progress of one run. */
export interface RunProgress extends RunEvents {
  /** Takes the line away. */
  stop(): void;
}

/** Several runs in turn, whose time left is that of all of them. */
export type RunsProgress = (label: string, epochs: number) => RunProgress;

/** Lines that a run's epochs are told in where there is no terminal, about. */
const EPOCH_LINES = 50;

function epochLine(label: string, { epoch, seconds, validation, best }: EpochRecord): string {
  const figure = (name: string): string => (validation[name] ?? NaN).toFixed(1);
  const figures = [
    `full ${figure("full")}`,
    `image missing ${figure("imageMissing")}`,
    `text missing ${figure("textMissing")}`,
  ].join("  ");
  return `${label}  epoch ${epoch + 1}  ${seconds.toFixed(1)} s  validation: ${figures}${best ? "  best" : ""}`;
}

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("  ");

/** Tells the process that started this one how far the run is. */
function reportToParent(done: number): void {
  if (process.env[HAS_PARENT] === undefined || !process.connected) return;
  // A parent that has gone in between is noticed by its channel's end.
  process.send?.({ done }, undefined, undefined, () => undefined);
}

/**
 * Shows the progress of runs that are trained in turn, under labels such as `balgrad seed 1`.
 *
 * @param runs - Their number.
 */
export function showRuns(runs: number): RunsProgress {
  const left = timeLeft();
  let at = -1;
  return (label, epochs) => {
    at++;
    const line = statusLine();
    const place = runs > 1 ? `${label} (${at + 1} of ${runs})` : label;
    const every = Math.ceil(epochs / EPOCH_LINES);
    let [own, validation] = [0, ""];
    const all = (): number => (at + own) / runs;
    return {
      onSteps: (records, totalSteps) => {
        const { step, "loss.task": loss } = records.at(-1)!;
        // The first call of a resumed run starts the clock where the run stood.
        left((at + (step - records.length) / totalSteps) / runs);
        own = step / totalSteps;
        reportToParent(own);
        const figures = [loss === undefined ? "" : `loss ${loss.toFixed(3)}`, validation];
        line?.show(
          joined([place, bar(all()), left(all()), `step ${step}/${totalSteps}`, ...figures]),
        );
      },
      onPlan: ({ epochs: planned, most, perEpoch }) => {
        complain(
          `${label}: ${planned} of ${most} epochs fit the time, about ${perEpoch.toFixed(perEpoch < 10 ? 1 : 0)} s each`,
        );
      },
      onEpoch: (record) => {
        validation = `validation ${(record.validation.full ?? NaN).toFixed(1)}`;
        const { epoch } = record;
        const isTold = (epoch + 1) % every === 0 || epoch === 0 || epoch + 1 === epochs;
        if (!line && isTold) complain(joined([epochLine(label, record), left(all())]));
      },
      stop: () => {
        line?.close();
      },
    };
  };
}

/** Progress of work on samples. */
export interface EncodingProgress {
  readonly onProgress: (done: number, total: number) => void;
  readonly stop: () => void;
}

/** Shows work on samples in a terminal; `elsewhere` is told where there is none. */
function showWork(
  label: string,
  elsewhere: EncodingProgress["onProgress"] = () => undefined,
): EncodingProgress {
  const line = statusLine();
  if (!line) return { onProgress: elsewhere, stop: () => undefined };
  const left = timeLeft();
  return {
    onProgress: (done, total) => {
      line.show(joined([label, bar(done / total), `${done}/${total}`, left(done / total)]));
    },
    stop: line.close,
  };
}

/** Shows the decoding of a data set, in a terminal only. */
export const showEncoding = (): EncodingProgress => showWork("reading data");

const LINES = 10;

/** Shows encoders at work: in a terminal a line that rewrites itself, elsewhere one for every tenth. */
export function showExtraction(): EncodingProgress {
  let said = 0;
  const left = timeLeft();
  return showWork("encoding", (done, total) => {
    const tenth = Math.floor((LINES * done) / total);
    const time = left(done / total);
    if (tenth > said) complain(joined([`encoding  ${done}/${total} feature vectors`, time]));
    said = tenth;
  });
}

/** Progress of runs in processes of their own. */
export interface PoolProgress {
  /** A run is so far, `0..1`. */
  readonly onProgress: (run: PlannedRun, done: number) => void;
  /** A run has ended; what became of it is printed. */
  readonly onEnd: (run: PlannedRun, outcome: string) => void;
  readonly stop: () => void;
}

const nameOf = ({ entry, seed }: PlannedRun): string => `${entry.label} seed ${seed}`;

/**
 * Shows the progress of a comparison's runs.
 *
 * @param total - Number of all runs.
 * @param before - How many of them were finished before.
 */
export function showPool(total: number, before: number): PoolProgress {
  const line = statusLine();
  const left = timeLeft();
  const running = new Map<string, number>();
  let ended = 0;
  let said = 0;
  const done = (): number => {
    const partly = [...running.values()].reduce((sum, share) => sum + share, 0);
    return (ended + partly) / Math.max(1, total - before);
  };
  left(0);
  const parts = (): string[] => [
    `${before + ended}/${total} runs`,
    left(done()),
    [...running.keys()].join(", "),
  ];
  const show = (): void => {
    line?.show(joined(["compare", bar(done()), ...parts()]));
  };
  const tell = (): void => {
    const tenth = Math.floor(LINES * done());
    if (tenth > said) complain(joined([`${10 * tenth} %`, ...parts()]));
    said = Math.max(said, tenth);
  };
  return {
    onProgress: (run, share) => {
      running.set(nameOf(run), share);
      if (line) show();
      else tell();
    },
    onEnd: (run, outcome) => {
      running.delete(nameOf(run));
      ended++;
      said = Math.max(said, Math.floor(LINES * done()));
      const time = left(done()) || `${duration(0)} left`;
      show();
      complain(`${before + ended}/${total}  ${nameOf(run)}: ${outcome}  (${time})`);
    },
    stop: () => {
      line?.close();
    },
  };
}
