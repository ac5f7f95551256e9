/** @module `train --method auto`: the method and its options, chosen on the validation split. */

import { availableParallelism } from "node:os";
import { join } from "node:path";

import type { Entry } from "../compare/plan.js";
import { methodEntries } from "../compare/plan.js";
import type { Tuned } from "../compare/tune.js";
import { writeJson } from "../run/files.js";
import { tunePlan } from "./batch.js";
import { withInterrupt } from "./interrupt.js";
import type { GivenSettings } from "./settings.js";

/** Methods that `auto` chooses from, the simplest first: of equals the simpler one is taken. */
const CANDIDATES = ["joint", "unimodal-losses", "modality-dropout", "balgrad", "balgrad-plus"];

const TRIALS = 3;

/** Whether settings ask for the choice. */
export function asksForAuto({ settings }: GivenSettings): boolean {
  return (settings.method as { name?: unknown } | undefined)?.name === "auto";
}

const figureOf = ({ trials, chosen }: Tuned): number => trials[chosen]!.figure ?? -Infinity;

/** Index of the method with the best validation figure. */
export function choose(tuned: readonly Tuned[], lowest: boolean): number {
  const worth = tuned.map((one) => (lowest ? -figureOf(one) : figureOf(one)));
  return worth.indexOf(Math.max(...worth));
}

/** The settings that an entry adds to what was given. */
function settled(given: GivenSettings["settings"], { method, options, train, model }: Entry) {
  const group = (name: string): object => (given[name] as object | undefined) ?? {};
  return {
    ...given,
    method: { name: method, options },
    train: { ...group("train"), ...train },
    model: { ...group("model"), ...model },
  };
}

/**
 * Tries each candidate with the same number of settings, says how they did on the validation split,
 * and gives the settings of the best. The trials are kept in `<out>/auto` and are not repeated.
 */
export async function autoSettings(given: GivenSettings, out: string): Promise<GivenSettings> {
  const { settings, origin } = given;
  const base = Object.fromEntries(Object.entries(settings).filter(([name]) => name !== "method"));
  const seed = (base.train as { seed?: number } | undefined)?.seed ?? 1;
  const folder = join(out, "auto");
  const plan = { entries: methodEntries(CANDIDATES), seeds: [seed], tune: TRIALS, base };
  const { plan: best, tuned } = await withInterrupt((signal) =>
    tunePlan(plan, folder, availableParallelism(), signal),
  );
  const lowest = (base.train as { selectBy?: string } | undefined)?.selectBy === "loss";
  const at = choose(tuned, lowest);
  const why = tuned.map((one) => `${one.label} ${figureOf(one).toFixed(1)}`).join(", ");
  console.error(
    `auto: ${tuned[at]!.label}, the best of ${CANDIDATES.length} methods with ${TRIALS} settings each on the validation split (${why}).`,
  );
  await writeJson(join(folder, "auto.json"), { chosen: tuned[at]!.label, tuned });
  return { settings: settled(settings, best.entries[at]!), origin };
}
