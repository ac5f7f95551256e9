/**
 * @module Where the time of our training step goes: the runtime, the norms, the update, and the rest in JavaScript; with
 * outputs in place and with copies of them.
 *
 *     npm run bench:parts -- --variant plain --batch 64 --embed 256 --threads 2
 */

import { parseArgs } from "node:util";

import Table from "cli-table3";

import { Optimizer } from "../dist/optim/optimizer.js";
import { nodeRuntime } from "../dist/runtime/node.js";
import { prepareEngine } from "./engine.js";

const { values: flags } = parseArgs({
  options: {
    variant: { type: "string", default: "plain" },
    batch: { type: "string", default: "64" },
    embed: { type: "string", default: "256" },
    threads: { type: "string", default: "2" },
    steps: { type: "string", default: "300" },
  },
});
const [batch, embed, threads, steps] = [flags.batch, flags.embed, flags.threads, flags.steps].map(
  Number,
);
const WARM_UP_STEPS = 50;

const spent = { runtime: 0, norms: 0, update: 0 };

async function timed(part, run) {
  const start = performance.now();
  const result = await run();
  spent[part] += performance.now() - start;
  return result;
}

for (const part of ["norms", "update"]) {
  const original = Optimizer.prototype[part];
  Optimizer.prototype[part] = function (...args) {
    const start = performance.now();
    const result = original.apply(this, args);
    spent[part] += performance.now() - start;
    return result;
  };
}

/** A runtime whose calls are timed. */
function timedRuntime(inPlace) {
  const runtime = nodeRuntime({ threads, inPlace });
  return {
    ...runtime,
    async createWritingSession(model) {
      const session = await runtime.createWritingSession(model);
      return {
        run: (feeds, outputs) => timed("runtime", () => session.run(feeds, outputs)),
        release: () => session.release(),
      };
    },
  };
}

/** Milliseconds of each part of a step. */
async function partsOf(inPlace) {
  const size = { batch, embed, features: 768, classes: 101 };
  const run = await prepareEngine(flags.variant, size, threads, timedRuntime(inPlace));
  await run(WARM_UP_STEPS);
  for (const part of Object.keys(spent)) spent[part] = 0;
  const { seconds } = await run(steps);
  const parts = Object.values(spent).map((milliseconds) => milliseconds / steps);
  const whole = (seconds * 1000) / steps;
  return [whole, ...parts, whole - parts.reduce((sum, part) => sum + part, 0)];
}

const table = new Table({
  head: ["ms per step", "whole", ...Object.keys(spent), "rest"],
  style: { head: [], border: [] },
});
for (const [name, inPlace] of [
  ["in place", true],
  ["with copies", false],
]) {
  const parts = await partsOf(inPlace);
  table.push([name, ...parts.map((milliseconds) => milliseconds.toFixed(2))]);
}
process.stdout.write(`${table.toString()}\n`);
