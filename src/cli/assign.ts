/** @module Settings by dotted path, as they are written on the command line. */

import { ConfigError } from "../errors.js";

/** Settings as they were given, in groups. */
export type Settings = Record<string, unknown>;

/**
 * Sets one setting; groups on the way to it are copied, so that none is shared.
 *
 * @throws {ConfigError} when the path leads through a setting that is no group, or cannot be a setting.
 */
export function assign(settings: Settings, path: string, value: unknown): void {
  const keys = path.split(".");
  // Writing to it would change the group itself.
  if (keys.includes("__proto__")) throw new ConfigError(`There is no setting "${path}".`);
  const last = keys.pop()!;
  let target = settings;
  for (const key of keys) {
    const next = Object.hasOwn(target, key) ? target[key] : undefined;
    const known = typeof next === "object" && next !== null && !Array.isArray(next);
    if (next !== undefined && !known) {
      throw new ConfigError(`There is no setting "${path}": "${key}" is not a group of settings.`);
    }
    target[key] = known ? { ...next } : {};
    target = target[key] as Settings;
  }
  target[last] = value;
}

/**
 * Reads `path=value`; the value is JSON, or else text.
 *
 * @param flag - Named in errors.
 * @throws {ConfigError} when there is no path or no value.
 */
export function assignment(text: string, flag: string): [path: string, value: unknown] {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new ConfigError(`${flag} ${text}: expected path=value.`, "For example train.warmup=0.1");
  }
  const raw = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(raw)];
  } catch {
    return [text.slice(0, at), raw];
  }
}
