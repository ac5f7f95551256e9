/** @module Which rows of a comparison are the same: by the settings that they train with, however they are written. */

import { isDeepStrictEqual } from "node:util";

import { ConfigError } from "../errors.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import { digestOf } from "../files/sealed.js";
import {
  type ComparisonPlan,
  type Entry,
  isGroup,
  methodEntry,
  type PlannedEntry,
  rowOrigin,
  type Settings,
  withEntry,
} from "./plan.js";

const resolved = (base: Settings, entry: Entry): RunConfig =>
  checkConfig(withEntry(base, entry), rowOrigin(entry));

/** Settings that differ from others, in the order of their names. */
function difference(own: Settings, from: Settings): Settings {
  const names = Object.keys(own).sort();
  const entries = names.flatMap((name) => {
    const [value, other] = [own[name], from[name]];
    if (isDeepStrictEqual(value, other)) return [];
    const both = isGroup(value) && isGroup(other);
    return [[name, both ? difference(value, other) : value] as const];
  });
  return Object.fromEntries(entries);
}

/** What an entry can set; all rows have the same seeds. */
const settingsOf = ({ method, model, train }: RunConfig): Settings => ({
  ...{ method, model },
  train: { ...train, seed: 0 },
});

const HEX_DIGITS = 8;

/**
 * Key of a row: a hash of its canonical settings. Settings that are a method's defaults leave it as it is, written
 * out or not, so that a setting which a later version adds does so, too.
 *
 * @param base - What the comparison's rows have in common.
 * @throws {ConfigError} for settings that cannot be.
 */
export function rowKey(base: Settings, entry: Entry): string {
  const { method } = entry;
  const own = settingsOf(resolved(base, entry));
  const canonical = {
    method,
    settings: difference(own, settingsOf(resolved({}, methodEntry(method)))),
  };
  return digestOf(Buffer.from(JSON.stringify(canonical))).slice(0, HEX_DIGITS);
}

/**
 * Entries with the folders of their runs: a method's name where an entry sets nothing that the base does not, else with its
 * key.
 *
 * @throws {ConfigError} where two entries are the same row, and for settings that cannot be.
 */
export function plannedEntries(base: Settings, entries: readonly Entry[]): PlannedEntry[] {
  const seen = new Map<string, Entry>();
  return entries.map((entry) => {
    const key = rowKey(base, entry);
    const twin = seen.get(key);
    if (twin) {
      throw new ConfigError(
        twin.label === entry.label
          ? `The comparison names ${entry.label} twice.`
          : `${twin.label} and ${entry.label} are one row of a comparison: their settings are the same.`,
        "Leave one of them out.",
      );
    }
    seen.set(key, entry);
    const { method } = entry;
    const isPlain = key === rowKey(base, methodEntry(method));
    return { ...entry, folder: isPlain ? method : `${method}-${key}` };
  });
}

/** Whether two bases give each of some entries the same settings. */
const isSameBase = (one: Settings, other: Settings, entries: readonly Entry[]): boolean =>
  entries.every((entry) => isDeepStrictEqual(resolved(one, entry), resolved(other, entry)));

/** A plan that was added to another one. */
export interface JoinedPlan {
  /** Entries and seeds of both. */
  readonly whole: ComparisonPlan;
  /** What was asked for, with the folders of those entries that were there. */
  readonly asked: ComparisonPlan;
}

/**
 * Adds a plan to the one of a folder. An entry that is there under another label gets the new label.
 *
 * @returns `null` where settings that all rows have in common differ.
 */
export function joinedPlans(known: ComparisonPlan, plan: ComparisonPlan): JoinedPlan | null {
  if (known.tune !== plan.tune || known.seeds[0] !== plan.seeds[0]) return null;
  if (!isSameBase(known.base, plan.base, [...known.entries, ...plan.entries])) return null;
  const places = new Map(known.entries.map((one) => [rowKey(known.base, one), one.folder]));
  const asked = plan.entries.map((one) => ({
    ...one,
    folder: places.get(rowKey(known.base, one)) ?? one.folder,
  }));
  const again = (folder: string) => asked.find((one) => one.folder === folder);
  const kept = known.entries.map((one) => ({
    ...one,
    label: again(one.folder)?.label ?? one.label,
  }));
  const isKnown = ({ folder }: PlannedEntry) => known.entries.some((one) => one.folder === folder);
  const threads = known.threads ?? plan.threads;
  const common = threads === undefined ? {} : { threads };
  return {
    whole: {
      ...known,
      entries: [...kept, ...asked.filter((one) => !isKnown(one))],
      seeds: [...new Set([...known.seeds, ...plan.seeds])],
      ...common,
    },
    asked: { ...plan, entries: asked, ...common },
  };
}
