/** @module Cores of the machine. */

import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

const CPUS = "/sys/devices/system/cpu";

/** Physical cores as Linux says them: threads of one core name the same siblings. */
function coresOfLinux(): number | null {
  try {
    const siblings = readdirSync(CPUS)
      .filter((name) => /^cpu\d+$/.test(name))
      .map((name) => readFileSync(`${CPUS}/${name}/topology/thread_siblings_list`, "latin1"));
    return new Set(siblings).size || null;
  } catch {
    return null;
  }
}

/** Cores that this process may use: a second thread on a core makes arithmetic no faster. */
export const usableCores = (): number =>
  Math.min(coresOfLinux() ?? Infinity, availableParallelism());
