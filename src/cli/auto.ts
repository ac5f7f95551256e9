/** @module `train --method auto`: the method and its options, chosen on the validation split. */

import { availableParallelism } from "node:os";
import { join } from "node:path";

import { methodEntry, withEntry } from "../compare/plan.js";
import { bestOf } from "../compare/tune.js";
import { ConfigError } from "../errors.js";
import { checkConfig } from "../run/config.js";
import { writeJson } from "../run/files.js";
import { settlePlan, threadsFor, tunePlan } from "./batch.js";
import { withInterrupt } from "./interrupt.js";
import type { GivenSettings } from "./settings.js";
import { complain } from "./print.js";

/** Methods that `auto` chooses from, the simplest first: of equals the simpler one is taken. */
const CANDIDATES = ["joint", "unimodal-losses", "modality-dropout", "balgrad", "balgrad-plus"];

const TRIALS = 3;

/** Whether settings ask for the choice. */
export function asksForAuto({ settings }: GivenSettings): boolean {
  return (settings.method as { name?: unknown } | undefined)?.name === "auto";
}

/** @throws {ConfigError} when options are given, which the choice would set aside. */
function refuseOptions({ settings, origin }: GivenSettings): void {
  const { options = {} } = settings.method as { options?: object };
  const [given] = Object.keys(options);
  if (given === undefined) return;
  throw new ConfigError(
    `${origin}: method.options.${given}: --method auto chooses the options itself.`,
    "Leave the option out, or name the method that it belongs to.",
  );
}

/**
 * Tries each candidate with the same number of settings, says how they did on the validation split,
 * and gives the settings of the best. The trials are kept in `<out>/auto` and are not repeated.
 *
 * @param seed - Seed of the trials: their validation split is that of the run to come.
 * @param out - Folder of that run; default: `runs/auto-seed<seed>`.
 * @throws {ConfigError} when options of a method are given.
 */
export async function autoSettings(
  given: GivenSettings,
  seed: number | undefined,
  out: string | undefined,
): Promise<GivenSettings> {
  refuseOptions(given);
  const { settings, origin } = given;
  const base = Object.fromEntries(Object.entries(settings).filter(([name]) => name !== "method"));
  const first = seed ?? checkConfig(base, origin).train.seed;
  const folder = join(out ?? join("runs", `auto-seed${first}`), "auto");
  const jobs = availableParallelism();
  const plan = {
    entries: CANDIDATES.map((name) => methodEntry(name)),
    seeds: [first],
    tune: TRIALS,
    base,
    threads: threadsFor(jobs),
  };
  const { threads = plan.threads } = await settlePlan(folder, plan);
  const { plan: best, tuned } = await withInterrupt(
    (signal) => tunePlan({ ...plan, threads }, folder, jobs, signal),
    true,
  );
  const figures = tuned.map(({ trials, chosen }) => trials[chosen]!.figure);
  const at = bestOf(figures, tuned[0]!.lowest);
  const { label } = tuned[at]!;
  const why = tuned.map((one, index) => `${one.label} ${figures[index]?.toFixed(1) ?? "failed"}`);
  complain(
    `auto: ${label}, the best of ${CANDIDATES.length} methods with ${TRIALS} settings each on the validation split (${why.join(", ")}).`,
  );
  await writeJson(join(folder, "auto.json"), { chosen: label, tuned });
  return { settings: withEntry(settings, best.entries[at]!), origin };
}
