/** @module Runs that are launched, several at a time. */

import { setMaxListeners } from "node:events";

import type { RunStore } from "../run/store.js";

/** How a launched run ended; `stopped`: at the signal, and can be resumed. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "stopped" };

/** What a launched run is told, and tells. */
export interface LaunchOptions {
  /** Stops the run at its next step, so that it can be resumed. */
  readonly signal: AbortSignal;
  /** The run is so far, `0..1`. */
  readonly onProgress: (done: number) => void;
}

/** Trains the run of a store to its end, in a process of its own for example. */
export type Launch = (store: RunStore, options: LaunchOptions) => Promise<Outcome>;

/** What happens to runs in a pool. */
export interface PoolEvents<Run> {
  /** `seconds`: what it took. */
  readonly onDone: (
    run: Run,
    outcome: Exclude<Outcome, { readonly kind: "stopped" }>,
    seconds: number,
  ) => void;
  /** A run is so far, `0..1`. */
  readonly onProgress: (run: Run, done: number) => void;
  /** Whether a run may begin; one that may not is left out. Default: all may. */
  readonly mayBegin?: (run: Run) => boolean;
}

/** How a pool trains. */
export interface PoolOptions {
  readonly launch: Launch;
  /** Runs at a time. */
  readonly jobs: number;
  readonly signal: AbortSignal;
}

/**
 * Trains runs, `jobs` at a time, in order. After `signal` no further run starts and those that are
 * under way stop at their next step, resumable.
 */
export async function trainAll<Run extends { readonly store: RunStore }>(
  runs: readonly Run[],
  { launch, jobs, signal }: PoolOptions,
  { onDone, onProgress, mayBegin = () => true }: PoolEvents<Run>,
): Promise<void> {
  // Each run under way listens, which is no leak.
  setMaxListeners(0, signal);
  const waiting = [...runs];
  const worker = async (): Promise<void> => {
    while (!signal.aborted) {
      const run = waiting.shift();
      if (!run) return;
      if (!mayBegin(run)) continue;
      const start = performance.now();
      const outcome = await launch(run.store, {
        signal,
        onProgress: (done) => {
          onProgress(run, done);
        },
      });
      // What a stop cut short is neither done nor failed.
      if (outcome.kind === "stopped") continue;
      onDone(run, outcome, (performance.now() - start) / 1000);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}
