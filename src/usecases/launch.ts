/** @module How the runs of a comparison or of a choice are trained: by other processes, or by this one. */

import { availableParallelism } from "node:os";

import type { Launch } from "../compare/pool.js";
import { UserError } from "../errors.js";
import { Interrupted } from "./interrupted.js";
import { resume } from "./resume.js";

/** Trains the run of a folder to its end in this process; more than one at a time gain nothing. */
export const launchHere: Launch = async (folder, { signal, onProgress }) => {
  try {
    await resume({
      folder,
      signal,
      events: (event) => {
        if (event.kind === "steps") onProgress(event.records.at(-1)!.step / event.totalSteps);
      },
    });
    return { kind: "done" };
  } catch (error) {
    if (error instanceof Interrupted) return { kind: "stopped" };
    if (error instanceof UserError) return { kind: "failed", message: error.message };
    throw error;
  }
};

/** How many runs are trained. */
export interface Launching {
  /** Default: in this process. */
  readonly launch?: Launch | undefined;
  /** Runs at a time; default: one in this process, as many as there are cores with `launch`. */
  readonly jobs?: number | undefined;
}

/** {@link Launching} with its defaults. */
export interface Launcher {
  readonly launch: Launch;
  readonly jobs: number;
}

/** How runs are launched where it is not said. */
export const launching = ({ launch, jobs }: Launching): Launcher => ({
  launch: launch ?? launchHere,
  jobs: jobs ?? (launch ? availableParallelism() : 1),
});
