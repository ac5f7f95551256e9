/** @module All balance methods by name. */

import { ConfigError } from "../errors.js";
import { balgrad } from "./balgrad.js";
import { joint } from "./joint.js";
import type { BalanceMethod } from "./method.js";

const METHODS = [joint, balgrad] as const;

/** Names of all methods, the baseline first. */
export const METHOD_NAMES: readonly string[] = METHODS.map((method) => method.name);

/** A method with its options checked: ready to build. */
export interface ConfiguredMethod {
  readonly method: BalanceMethod;
  readonly options: object;
}

/**
 * Finds a method and checks its options.
 *
 * @throws {ConfigError} for an unknown method, an unknown option or a value out of range.
 */
export function configureMethod(name: string, options: unknown): ConfiguredMethod {
  const method = METHODS.find((candidate) => candidate.name === name) as BalanceMethod | undefined;
  if (!method) {
    throw new ConfigError(`Unknown method "${name}".`, `Use one of: ${METHOD_NAMES.join(", ")}.`);
  }
  const checked = method.options.safeParse(options);
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    const where = ["method", ...issue.path].join(".");
    throw new ConfigError(`${where} (${name}): ${issue.message}.`);
  }
  return { method, options: checked.data };
}
