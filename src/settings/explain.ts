/** @module What is wrong with a setting, from what its schema says. */

import type { z } from "zod";

import { ConfigError } from "../errors.js";
import { say } from "../message.js";
import { nearest } from "../text.js";
import type { Field } from "./fields.js";
import type { Origin } from "./origin.js";

/** Settings that were checked. */
export interface CheckedSettings {
  /** All settings of the schema. */
  readonly fields: readonly Field[];
  /** Settings as they were given, in their groups. */
  readonly settings: unknown;
  readonly origin: Origin;
  /** The method whose options these are; left out: they are no method's. */
  readonly method?: string;
}

/** The value under a path; `undefined` where there is none. */
export function valueAt(settings: unknown, path: readonly PropertyKey[]): unknown {
  let value = settings;
  for (const key of path) {
    const isGroup = typeof value === "object" && value !== null && Object.hasOwn(value, key);
    value = isGroup ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return value;
}

/** The setting at a path, or the one that the path leads into, if its condition is met. */
function fieldAt({ fields, settings }: CheckedSettings, path: string): Field | undefined {
  const found = fields.filter((field) => `${path}.`.startsWith(`${field.path}.`));
  const holds = ({ within }: Field): boolean =>
    within === undefined || valueAt(settings, within.path.split(".")) === within.value;
  return found.find(holds) ?? found[0];
}

/** Names under a path. */
function namesUnder(fields: readonly Field[], path: string): string[] {
  const start = path === "" ? "" : `${path}.`;
  const names = fields
    .filter((field) => field.path.startsWith(start))
    .map((field) => field.path.slice(start.length).split(".")[0]!);
  return [...new Set(names)];
}

function unknown(checked: CheckedSettings, group: readonly PropertyKey[], key: string) {
  const { fields, settings, origin, method } = checked;
  const path = [...group, key];
  const names = namesUnder(fields, group.join("."));
  const guess = nearest(key, names);
  const all = names.length > 0 ? `It has: ${names.join(", ")}.` : "It has none.";
  const written = origin.written(path.join("."), valueAt(settings, path));
  const owner = group.length > 0 ? `"${group.join(".")}" has no setting` : "there is no setting";
  const what = method === undefined ? owner : `${method} has no option`;
  const hint = guess === undefined ? all : `Did you mean "${guess}"?`;
  return new ConfigError(say`${written}: ${what} "${key}".`, hint);
}

/** A message that a schema states itself; the schema library's own are replaced. */
const ownMessage = ({ code, message }: z.core.$ZodIssue): string | undefined =>
  code === "custom" && message !== "Invalid input" ? message : undefined;

/**
 * What a schema found wrong, as an error for people: the setting as it was written, and what was expected.
 *
 * @param group - Path of the group that the schema describes; default: the top.
 */
export function explained(
  issue: z.core.$ZodIssue,
  checked: CheckedSettings,
  group: readonly string[] = [],
): ConfigError {
  const path = [...group, ...issue.path];
  if (issue.code === "unrecognized_keys") return unknown(checked, path, issue.keys[0]!);
  const field = fieldAt(checked, path.join("."));
  const own = field ? field.path.split(".") : path;
  const value = valueAt(checked.settings, own);
  const accepts = field?.accepts ?? "a group of settings";
  const expects = checked.method === undefined ? "expected" : `${checked.method} expects`;
  const written = checked.origin.written(own.join("."), value);
  const missing = value === undefined ? "missing; " : "";
  return new ConfigError(
    say`${written}: ${missing}${ownMessage(issue) ?? `${expects} ${accepts}`}.`,
  );
}
