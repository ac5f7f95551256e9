/** @module All methods that a run can have: balance methods, and regressions that need no training steps. */

import { checkOptions, findMethodIn, METHODS } from "../balance/methods.js";
import type { BalanceMethod, MethodDescription } from "../balance/method.js";
import { linearMethod } from "../companion/method.js";
import { ConfigError } from "../errors.js";
import { say } from "../message.js";
import { valueAt } from "../settings/explain.js";
import { type Origin, originOf } from "../settings/origin.js";

/** All methods in the order of tables: the simplest, then those that train a network. */
export const RUN_METHODS: readonly MethodDescription[] = [linearMethod, ...METHODS];

/**
 * Finds a method by name.
 *
 * @param own - Further methods, which a program defines.
 * @throws {ConfigError} for an unknown one, naming the nearest.
 */
export const findRunMethod = (
  name: string,
  own: readonly BalanceMethod[] = [],
): MethodDescription => findMethodIn([...RUN_METHODS, ...own], name);

/**
 * Finds a method and checks its options.
 *
 * @param from - Further methods, which a program defines; where the options come from, for errors.
 * @throws {ConfigError} for an unknown method, an unknown option or a value out of range.
 */
export function checkMethod(
  name: string,
  options: unknown,
  from: { readonly own?: readonly BalanceMethod[]; readonly origin?: Origin } = {},
) {
  const method = findRunMethod(name, from.own);
  return { method, options: checkOptions(method, options, from.origin) as Record<string, unknown> };
}

/** Whether a method is fitted without training steps. */
export const isFitted = ({ name }: { readonly name: string }): boolean =>
  name === linearMethod.name;

/** Settings of the groups `train` and `model` that mean something to a method without training steps. */
const FITTED_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  train: ["seed", "threads", "time", "classWeights", "labelSmoothing"],
  model: ["image", "text", "standardise", "blank", "finetune"],
};

/**
 * Stops at settings that a method without training steps would set aside.
 *
 * @param settings - As they were given, unchecked.
 * @param origin - Where they came from, for errors.
 * @throws {ConfigError} naming the setting.
 */
export function refuseTraining(
  settings: Readonly<Record<string, unknown>>,
  origin: Origin | string,
): void {
  for (const [group, known] of Object.entries(FITTED_SETTINGS)) {
    const given = Object.keys(settings[group] ?? {});
    const idle = given.find((name) => !known.includes(name));
    if (idle === undefined) continue;
    throw new ConfigError(
      say`${originOf(origin).written(`${group}.${idle}`, valueAt(settings, [group, idle]))}: it has no effect with ${linearMethod.name}, which fits logistic regressions and has no network and no training steps.`,
      "Leave the setting out, or choose another method.",
    );
  }
}
