/** @module Progress on standard error: a bar in a terminal, a line per epoch elsewhere. */

import { Presets, SingleBar } from "cli-progress";

import type { RunEvents } from "../run/experiment.js";
import type { EpochRecord } from "../train/trainer.js";
import { complain } from "./print.js";

/** Progress of one run. */
export interface RunProgress extends RunEvents {
  /** Takes the bar away. */
  stop(): void;
}

function epochLine(label: string, { epoch, seconds, validation, best }: EpochRecord): string {
  const figure = (name: string): string => (validation[name] ?? NaN).toFixed(1);
  const figures = [
    `full ${figure("full")}`,
    `image missing ${figure("imageMissing")}`,
    `text missing ${figure("textMissing")}`,
  ].join("  ");
  return `${label}  epoch ${epoch + 1}  ${seconds.toFixed(1)} s  validation: ${figures}${best ? "  best" : ""}`;
}

/** Shows the progress of a run under a label such as `balgrad seed 1`. */
export function showProgress(label: string): RunProgress {
  if (!process.stderr.isTTY) {
    return {
      onEpoch: (record) => {
        complain(epochLine(label, record));
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar(
    {
      format: `${label}  {bar} {value}/{total} steps  {eta_formatted} left  loss {loss}  val {validation}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    onSteps: (records, totalSteps) => {
      const { step, "loss.task": loss } = records.at(-1)!;
      if (!started) bar.start(totalSteps, step, { loss: "", validation: "" });
      started = true;
      bar.update(step, { loss: loss?.toFixed(3) ?? "" });
    },
    onEpoch: ({ validation }) => {
      bar.update({ validation: (validation.full ?? NaN).toFixed(1) });
    },
    stop: () => {
      bar.stop();
    },
  };
}

/** Progress of work on samples. */
export interface EncodingProgress {
  readonly onProgress: (done: number, total: number) => void;
  readonly stop: () => void;
}

/** Shows work on samples as a bar in a terminal; `elsewhere` is told where there is none. */
function showBar(
  label: string,
  elsewhere: EncodingProgress["onProgress"] = () => undefined,
): EncodingProgress {
  if (!process.stderr.isTTY) return { onProgress: elsewhere, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: `${label}  {bar} {value}/{total}  {eta_formatted} left`,
      stream: process.stderr,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    onProgress: (done, total) => {
      if (!started) bar.start(total, done);
      started = true;
      bar.update(done);
    },
    stop: () => {
      bar.stop();
    },
  };
}

/** Shows the decoding of a data set, in a terminal only. */
export const showEncoding = (): EncodingProgress => showBar("reading data");

const LINES = 10;

/** Shows encoders at work: a bar in a terminal, elsewhere a line for every tenth. */
export function showExtraction(): EncodingProgress {
  let said = 0;
  return showBar("encoding", (done, total) => {
    const tenth = Math.floor((LINES * done) / total);
    if (tenth > said) complain(`encoding  ${done}/${total} feature vectors`);
    said = tenth;
  });
}
