/** @module Methods as a program names them: built-in ones and its own. */

import { z } from "zod";

import type { BalanceMethod, MethodDescription } from "../balance/method.js";
import { ConfigError } from "../errors.js";
import { RUN_METHODS } from "../run/methods.js";

/** A method with its options, as a function of `balgrad/methods` or {@link ownMethod} gives it. */
export interface MethodChoice {
  readonly name: string;
  /** Those that are not given have their defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The method itself, if the program defines it. */
  readonly own?: BalanceMethod;
}

/** A built-in method as a function of its options. */
export const choose =
  <Options extends object>({ name }: MethodDescription<Options>) =>
  (options: Partial<Options> = {}): MethodChoice => ({ name, options: { ...options } });

/** A method that a program defines: a name and what it builds; all other properties are optional. */
export type OwnMethod<Options extends object = object> = Pick<
  BalanceMethod<Options>,
  "name" | "build"
> &
  Partial<Omit<BalanceMethod<Options>, "name" | "build">>;

const complete = <Options extends object>(method: OwnMethod<Options>): BalanceMethod => ({
  summary: "a method of the program's own",
  source: "the program",
  options: z.strictObject({}),
  ...(method as OwnMethod),
});

/**
 * A method that the program defines, with options.
 *
 * @throws {ConfigError} when it has no name or the name of a built-in method, or builds nothing.
 */
export function ownMethod<Options extends object>(
  method: OwnMethod<Options>,
  options: Partial<Options> = {},
): MethodChoice {
  const { name, build } = method;
  if (typeof name !== "string" || name === "" || typeof build !== "function") {
    throw new ConfigError(
      "method: expected an object with a name and a function build(context, options).",
      "See BalanceMethod in balgrad/balance.",
    );
  }
  if (name === "auto" || RUN_METHODS.some((known) => known.name === name)) {
    throw new ConfigError(
      `method: "${name}" is the name of a built-in method.`,
      "Give your method another name.",
    );
  }
  return { name, options: { ...options }, own: complete(method) };
}

/** The method that a program asks for: by name, as a choice, or as an object that it defines. */
export type MethodInput = string | MethodChoice | OwnMethod;

/**
 * The choice for a method that a program names.
 *
 * @throws {ConfigError} as {@link ownMethod}, and for the method `auto`.
 */
export function methodChoice(method: MethodInput): MethodChoice {
  if (typeof method === "string") {
    if (method !== "auto") return { name: method, options: {} };
    throw new ConfigError(
      'method: "auto" trains many runs, which the command line does.',
      "Name a method, or choose one with compare().",
    );
  }
  return "options" in method && !("build" in method) ? method : ownMethod(method);
}
