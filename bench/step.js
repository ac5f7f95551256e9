/**
 * @module Time of training steps: ours and PyTorch's, side by side in one run.
 *
 * All contestants of a size take turns, round after round, so that a change of the machine's mood
 * meets them all; the ratios compare medians over the rounds.
 */

import { availableParallelism } from "node:os";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";

import Table from "cli-table3";

import { prepareEngine, VARIANTS } from "./engine.js";
import { startPytorch } from "./pytorch.js";

const FEATURES = 768;
const CLASSES = 101;
const SIZES = [64, 256].flatMap((batch) => [256, 512].map((embed) => ({ batch, embed })));

const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "15" },
    steps: { type: "string", default: "24" },
    threads: { type: "string", default: String(availableParallelism()) },
    python: { type: "string", default: "/usr/bin/python3" },
  },
});
const [rounds, steps, threads] = [flags.rounds, flags.steps, flags.threads].map(Number);

// The threads of a library spin for a while after its turn, which would slow the next contestant.
const PAUSE_MILLISECONDS = 250;
const WARM_UP_STEPS = 8;

/** Lets the machine come to rest, and warms the next contestant up. */
async function settle(run) {
  await setTimeout(PAUSE_MILLISECONDS);
  await run(WARM_UP_STEPS);
}

const quantile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.round(share * (values.length - 1))];

async function contestantsOf(size, pytorch) {
  const engine = await Promise.all(
    Object.keys(VARIANTS).map(async (name) => [name, await prepareEngine(name, size, threads)]),
  );
  const torch = pytorch
    ? ["plain", "balgrad"].map((name) => [`pytorch ${name}`, pytorch.prepare(name, size, threads)])
    : [];
  return [...engine, ...torch];
}

/** Milliseconds per step of every contestant: the median over the rounds, and the middle half. */
async function measure(size, pytorch) {
  const contestants = await contestantsOf(
    { ...size, features: FEATURES, classes: CLASSES },
    pytorch,
  );
  const times = new Map(contestants.map(([name]) => [name, []]));
  for (const [, run] of contestants) await run(steps);
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of contestants) {
      await settle(run);
      times.get(name).push(((await run(steps)) * 1000) / steps);
    }
  }
  return Object.fromEntries(
    [...times].map(([name, list]) => [
      name,
      { median: quantile(list, 0.5), low: quantile(list, 0.25), high: quantile(list, 0.75) },
    ]),
  );
}

const pytorch = await startPytorch(flags.python);
const results = [];
for (const size of SIZES) {
  const milliseconds = await measure(size, pytorch);
  const ratio = (a, b) =>
    milliseconds[b] ? milliseconds[a].median / milliseconds[b].median : undefined;
  results.push({
    ...size,
    milliseconds,
    ratios: {
      "BalGrad / plain": ratio("balgrad", "plain"),
      "BalGrad / plain with probes": ratio("balgrad", "probes"),
      "materialised / BalGrad": ratio("materialised", "balgrad"),
      ...(pytorch && {
        "PyTorch plain / plain": ratio("pytorch plain", "plain"),
        "PyTorch BalGrad / BalGrad": ratio("pytorch balgrad", "balgrad"),
      }),
    },
  });
}
pytorch?.stop();

function printTable(columns, cell) {
  const table = new Table({ head: ["", ...columns], style: { head: [], border: [] } });
  for (const result of results) {
    table.push([`batch ${result.batch}, embed ${result.embed}`, ...columns.map(cell(result))]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

if (flags.json) {
  const torchVersion = pytorch?.version ?? null;
  process.stdout.write(`${JSON.stringify({ threads, rounds, steps, torchVersion, results })}\n`);
} else {
  process.stdout.write(
    `Milliseconds per step, median (middle half) of ${rounds} rounds, ${threads} threads\n`,
  );
  printTable(Object.keys(results[0].milliseconds), ({ milliseconds }) => (name) => {
    const { median, low, high } = milliseconds[name];
    return `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  });
  printTable(
    Object.keys(results[0].ratios),
    ({ ratios }) =>
      (name) =>
        ratios[name].toFixed(2),
  );
  process.stdout.write(
    pytorch ? `PyTorch ${pytorch.version}\n` : `PyTorch not found by ${flags.python}: left out\n`,
  );
}
