/** @module Names of runs in a report: their methods, and the settings in which runs of one method differ. */

import type { SettingReference } from "../message.js";
import type { RunConfig } from "./config.js";
import { repeatingSettings } from "./repeat.js";

/** Settings that runs of one row differ in. */
const OF_SEEDS = new Set([
  ...["seed", "train.seed", "data.splitSeed", "train.threads", "train.device", "method.name"],
]);

const written = ({ path, value }: SettingReference): string =>
  `${path.replace(/^method\.options\./, "")}=${value ?? ""}`;

/**
 * A label for each run, in the notation of comparisons: `balgrad:lambda=3`. Runs that differ in their seed alone
 * have the same.
 */
export function runLabels(configs: readonly RunConfig[]): string[] {
  const given = configs.map((config) =>
    repeatingSettings(config).filter(({ path }) => !OF_SEEDS.has(path)),
  );
  return configs.map(({ method }, at) => {
    const rivals = given.filter((_, other) => configs[other]!.method.name === method.name);
    const isShared = (own: SettingReference): boolean =>
      rivals.every((settings) => settings.some((one) => written(one) === written(own)));
    const differing = given[at]!.filter((own) => !isShared(own)).map(written);
    return [method.name, ...differing].join(":");
  });
}
