/**
 * @module A simulation of an extraction by many workers, with failures: how long it takes, what is done twice, and
 * what Redis and the store see. What jobs cost Redis is measured first, where this machine has a `redis-server`.
 *
 *     node bench/scale.js --workers 1000 --shards 1000000 --seed 1
 *     node bench/scale.js --set storeHours=3 --set storeSeconds=1800 --json
 */

import { parseArgs } from "node:util";

import { simulate } from "./scale/cluster.js";
import { measure } from "./scale/measure.js";
import { MEASURED } from "./scale/measured.js";
import { measureMemory } from "./scale/memory.js";
import { onPaper } from "./scale/paper.js";
import { printResults } from "./scale/print.js";
import { CALM, DEFAULTS, LONG_OUTAGE, ROUGH } from "./scale/rules.js";

const { values: flags } = parseArgs({
  options: {
    workers: { type: "string", default: String(DEFAULTS.workers) },
    shards: { type: "string", default: String(DEFAULTS.shards) },
    seed: { type: "string", default: "1" },
    set: { type: "string", multiple: true, default: [] },
    "no-measure": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const given = flags.set.map((text) => {
  const [name, value] = text.split("=");
  if (!Object.hasOwn(DEFAULTS, name) || !Number.isFinite(Number(value))) {
    throw new Error(
      `--set ${text}: expected one of ${Object.keys(DEFAULTS).join(", ")} and a number.`,
    );
  }
  return [name, Number(value)];
});
const [workers, shards, seed] = [flags.workers, flags.shards, flags.seed].map(Number);
const chosen = { workers, shards, seed, ...Object.fromEntries(given) };

const fresh = flags["no-measure"] ? null : await measure();
const measured = fresh ?? MEASURED;
const memory = measureMemory();
const cases = {
  "no failures": CALM,
  failures: {},
  "ten times as many": ROUGH,
  "the store away for half an hour": LONG_OUTAGE,
};
const rows = Object.entries(cases).map(([name, faults]) => {
  const settings = { ...DEFAULTS, ...chosen, ...faults, ...Object.fromEntries(given) };
  const result = simulate(settings);
  return { name, result, paper: onPaper(result, settings, measured, memory) };
});

if (flags.json) {
  console.log(JSON.stringify({ isMeasured: fresh !== null, measured, memory, chosen, rows }));
} else {
  console.log(fresh ? "Measured on this machine:" : "Measured before:");
  console.log(JSON.stringify({ ...measured, memory }, null, 1));
  printResults(rows);
}
