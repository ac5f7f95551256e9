/** @module Progress on standard error: a line that rewrites itself in a terminal, occasional lines elsewhere. */

import type { PlannedRun } from "../compare/plan.js";
import type { Stage } from "../run/experiment.js";
import type { EpochRecord } from "../train/trainer.js";
import type { BatchEvent, RunEvent, StageEvent, UseCaseEvent } from "../usecases/events.js";
import { complain } from "./print.js";
import { statusLine } from "./statusLine.js";
import { duration } from "../text.js";
import { bar, timeLeft } from "./timeLeft.js";

/** Shows one phase of the work. */
interface Display {
  /** Shows what belongs to the phase, and passes over the rest. */
  readonly show: (event: UseCaseEvent) => void;
  /** Takes the line away. */
  readonly stop: () => void;
}

type EventOf<Kind extends UseCaseEvent["kind"]> = Extract<UseCaseEvent, { readonly kind: Kind }>;
type TimeLeft = ReturnType<typeof timeLeft>;

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

/** What is done once a network is trained. */
const STAGES: Readonly<Record<Stage, string>> = {
  fitting: "fitting what answers beside the network",
  evaluating: "evaluating with impaired inputs",
};

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("  ");

/**
 * Shows the training of one of several runs, under a label such as `balgrad seed 1`.
 *
 * @param left - Of all of them.
 */
function showRun(
  { method, seed, epochs, at, of }: EventOf<"run-started">,
  left: TimeLeft,
): Display {
  const line = statusLine();
  const label = `${method} seed ${seed}`;
  const place = of > 1 ? `${label} (${at + 1} of ${of})` : label;
  const every = Math.ceil(epochs / EPOCH_LINES);
  let [own, validation] = [0, ""];
  const all = (): number => (at + own) / of;
  const onSteps = ({ records, totalSteps }: EventOf<"steps">): void => {
    const { step, "loss.task": loss } = records.at(-1)!;
    // The first call of a resumed run starts the clock where the run stood.
    left((at + (step - records.length) / totalSteps) / of);
    own = step / totalSteps;
    const figures = [loss === undefined ? "" : `loss ${loss.toFixed(3)}`, validation];
    line?.show(joined([place, bar(all()), left(all()), `step ${step}/${totalSteps}`, ...figures]));
  };
  const onEpoch = (record: EpochRecord): void => {
    validation = `validation ${(record.validation["full"] ?? NaN).toFixed(1)}`;
    const { epoch } = record;
    const isTold = (epoch + 1) % every === 0 || epoch === 0 || epoch + 1 === epochs;
    if (!line && isTold) complain(joined([epochLine(label, record), left(all())]));
  };
  const onStage = ({ stage }: StageEvent): void => {
    own = 1;
    if (line) line.show(joined([place, bar(all()), STAGES[stage], validation]));
    else complain(joined([label, STAGES[stage]]));
  };
  return {
    show: (event: RunEvent | UseCaseEvent) => {
      if (event.kind === "steps") onSteps(event);
      else if (event.kind === "stage") onStage(event);
      else if (event.kind === "epoch") onEpoch(event.record);
      else if (event.kind === "planned") {
        const { epochs: planned, most, perEpoch } = event.plan;
        complain(
          `${label}: ${planned} of ${most} epochs fit the time, about ${perEpoch.toFixed(perEpoch < 10 ? 1 : 0)} s each`,
        );
      }
    },
    stop: () => {
      line?.close();
    },
  };
}

/** Shows the evaluation of a run that was trained before. */
function showStages(): Display {
  const line = statusLine();
  return {
    show: (event) => {
      if (event.kind !== "stage") return;
      if (line) line.show(STAGES[event.stage]);
      else complain(STAGES[event.stage]);
    },
    stop: () => {
      line?.close();
    },
  };
}

/** Shows work on samples in a terminal; `elsewhere` is told where there is none. */
function showWork(
  kind: "reading" | "extracting" | "jobs" | "predicting",
  label: string,
  elsewhere: (done: number, total: number) => void = () => undefined,
): Display {
  const line = statusLine();
  const left = timeLeft();
  return {
    show: (event) => {
      if (event.kind !== kind) return;
      const { done, total } = event;
      if (line) {
        const share = total === 0 ? 1 : done / total;
        line.show(joined([label, bar(share), `${done}/${total}`, left(share)]));
      } else elsewhere(done, total);
    },
    stop: () => {
      line?.close();
    },
  };
}

/** Shows the decoding of a data set, in a terminal only. */
const showReading = (): Display => showWork("reading", "reading data");

/** Shows whose answers a report is being made of. */
function showAnswering(): Display {
  const line = statusLine();
  return {
    show: (event) => {
      if (event.kind !== "answering") return;
      const { label, done, total } = event;
      if (line) line.show(joined(["asking models", bar(done / total), label]));
      else complain(joined([`${done + 1}/${total}`, `asking the model of ${label}`]));
    },
    stop: () => {
      line?.close();
    },
  };
}

const LINES = 10;

/** Shows work in a terminal as a line that rewrites itself, elsewhere as one for every tenth. */
function showTenths(
  kind: "extracting" | "jobs" | "predicting",
  label: string,
  what: string,
): Display {
  let said = 0;
  const left = timeLeft();
  return showWork(kind, label, (done, total) => {
    const tenth = Math.floor((LINES * done) / Math.max(1, total));
    const time = left(done / Math.max(1, total));
    if (tenth > said) complain(joined([label, `${done}/${total} ${what}`, time]));
    said = tenth;
  });
}

const nameOf = ({ entry, seed }: PlannedRun): string => `${entry.label} seed ${seed}`;

/** What became of a run. */
function outcomeOf({ outcome, message }: EventOf<"batch-run-ended">): string {
  if (outcome === "failed") return `failed: ${message}`;
  return outcome === "skipped" ? "skipped, time is up" : "done";
}

/** Names that fit beside a bar; the others are counted. */
const NAMES = 4;

function some(names: readonly string[]): string {
  const others = names.length - NAMES;
  return names.slice(0, NAMES).join(", ") + (others > 0 ? ` and ${others} more` : "");
}

/** Shows runs that are launched, several at a time. */
function showBatch({ total, finished }: EventOf<"batch-started">): Display {
  const line = statusLine();
  const left = timeLeft();
  const running = new Map<string, number>();
  let ended = 0;
  let said = 0;
  const done = (): number => {
    const partly = [...running.values()].reduce((sum, share) => sum + share, 0);
    return (ended + partly) / Math.max(1, total - finished);
  };
  left(0);
  const parts = (): string[] => [
    `${finished + ended}/${total} runs`,
    left(done()),
    some([...running.keys()]),
  ];
  const draw = (): void => {
    line?.show(joined(["compare", bar(done()), ...parts()]));
  };
  const tell = (): void => {
    const tenth = Math.floor(LINES * done());
    if (tenth > said) complain(joined([`${10 * tenth} %`, ...parts()]));
    said = Math.max(said, tenth);
  };
  const onEnd = (event: EventOf<"batch-run-ended">): void => {
    const name = nameOf(event.run);
    running.delete(name);
    ended++;
    said = Math.max(said, Math.floor(LINES * done()));
    const time = left(done()) || `${duration(0)} left`;
    draw();
    complain(`${finished + ended}/${total}  ${name}: ${outcomeOf(event)}  (${time})`);
  };
  return {
    show: (event: BatchEvent | UseCaseEvent) => {
      if (event.kind === "batch-run-ended") onEnd(event);
      else if (event.kind === "batch-progress") {
        running.set(nameOf(event.run), event.done);
        if (line) draw();
        else tell();
      }
    },
    stop: () => {
      line?.close();
    },
  };
}

/** The display that begins with an event; `null` where the one before it stays. */
function beginning(event: UseCaseEvent, left: TimeLeft): (() => Display) | null {
  switch (event.kind) {
    case "reading":
      return showReading;
    case "extracting":
      return () => showTenths("extracting", "encoding", "feature vectors");
    case "jobs":
      return () => showTenths("jobs", "workers", "jobs");
    case "predicting":
      return () => showTenths("predicting", "answering", "samples");
    case "answering":
      return showAnswering;
    case "run-started":
      return () => showRun(event, left);
    case "stage":
      return showStages;
    case "batch-started":
      return () => showBatch(event);
    default:
      return null;
  }
}

const ENDS: ReadonlySet<UseCaseEvent["kind"]> = new Set(["prepared", "run-ended", "batch-ended"]);

/** Shows how far a use case is, phase by phase. */
export function showProgress(): Display {
  const left = timeLeft();
  let current: { readonly kind: UseCaseEvent["kind"]; readonly display: Display } | null = null;
  const stop = (): void => {
    current?.display.stop();
    current = null;
  };
  return {
    show: (event) => {
      const begin = beginning(event, left);
      const isInside = event.kind === "stage" && current?.kind === "run-started";
      if (begin && !isInside && current?.kind !== event.kind) {
        stop();
        current = { kind: event.kind, display: begin() };
      }
      current?.display.show(event);
      if (ENDS.has(event.kind)) stop();
    },
    stop,
  };
}
