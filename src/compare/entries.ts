/** @module Which rows a comparison has. */

import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import {
  ablationEntries,
  defaultEntries,
  type Entry,
  fusionEntries,
  type Possible,
} from "./plan.js";

/** What is asked of a comparison's rows. */
export interface AskedEntries {
  /** Default: what the data allow. */
  readonly named?: readonly Entry[] | undefined;
  /** The parts of balgrad, each on and off, instead. */
  readonly ablation?: boolean;
  /** Each entry with every fusion. */
  readonly acrossFusions?: boolean;
}

/**
 * The rows of a comparison.
 *
 * @param possible - What decides about the rows of a comparison that names none.
 * @throws {ConfigError} for settings that would be set aside.
 */
export function entriesOf(
  { named = [], ablation = false, acrossFusions = false }: AskedEntries,
  possible: Possible,
): Entry[] {
  if (ablation && named.length > 0) {
    throw new ConfigError(
      say`${setting("ablation")} has its own rows: leave out ${setting("methods")}.`,
    );
  }
  const fused = named.find(({ model }) => model.fusion !== undefined);
  if (acrossFusions && fused) {
    throw new ConfigError(
      say`${setting("methods", fused.label)}: ${setting("fusion")} without a name gives each row every fusion.`,
      "Leave one of them out.",
    );
  }
  const chosen = named.length > 0 ? named : defaultEntries(possible);
  const entries = ablation ? ablationEntries() : [...chosen];
  return acrossFusions ? fusionEntries(entries) : entries;
}
