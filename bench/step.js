/**
 * @module Time of training steps: ours and PyTorch's, side by side in one run.
 *
 *     python3 -m venv .venv && .venv/bin/pip install torch==2.13.0+cpu
 *     npm run bench:step -- --python .venv/bin/python
 *
 * All contestants of a size take turns, round after round, so that a change of the machine's mood meets them all. A turn
 * in which a contestant waited for a processor is thrown away. Ratios compare medians of wall time.
 */

import { writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";

import Table from "cli-table3";

import { prepareEngine } from "./engine.js";
import { startPytorch } from "./pytorch.js";
import { watched } from "./quiet.js";
import { quantile } from "./statistics.js";

const SIZES = [64, 256].flatMap((batch) =>
  [256, 512].map((embed) => ({ batch, embed, features: 768, classes: 101 })),
);

const OURS = ["plain", "balgrad", "probes", "materialised"];
const THEIRS = ["plain", "balgrad"].flatMap((method) =>
  ["eager", "compiled"].map((form) => ({ method, form, name: `PyTorch ${method}, ${form}` })),
);

/** What is compared, and the most that it should be at batch 64 and 256. */
const RATIOS = [
  ["plain", "PyTorch plain, eager", [1, 1]],
  ["balgrad", "PyTorch balgrad, eager", [0.55, 0.72]],
  ["balgrad", "PyTorch balgrad, compiled", [0.85, 0.85]],
  ["plain", "PyTorch plain, compiled", null],
  ["balgrad", "plain", [1.5, 1.75]],
  ["materialised", "balgrad", null],
];

const { values: flags } = parseArgs({
  options: {
    json: { type: "string" },
    rounds: { type: "string", default: "15" },
    steps: { type: "string", default: "24" },
    threads: { type: "string", default: "1,2" },
    python: { type: "string", default: "python3" },
  },
});
const [rounds, steps] = [flags.rounds, flags.steps].map(Number);

// The threads of a library spin for a while after its turn, which would slow the next contestant.
const PAUSE_MILLISECONDS = 250;
const WARM_UP_STEPS = 8;
/** Turns that are tried for each one that counts. */
const MOST_TRIES = 4;

async function contestantsOf(size, threads, pytorch) {
  const ours = await Promise.all(
    OURS.map(async (name) => ({
      name,
      pid: process.pid,
      run: await prepareEngine(name, size, threads),
    })),
  );
  const theirs = pytorch
    ? THEIRS.map(({ method, form, name }) => ({
        name,
        pid: pytorch.pid,
        run: (count) => pytorch.run({ ...size, method, form, threads, steps: count }),
      }))
    : [];
  return [...ours, ...theirs];
}

/** One turn that was left in peace, in milliseconds a step; `null` where none was. */
async function turnOf({ pid, run }, threads) {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    await setTimeout(PAUSE_MILLISECONDS);
    await run(WARM_UP_STEPS);
    const { seconds, cpuSeconds, isQuiet } = await watched(pid, threads, () => run(steps));
    if (isQuiet) return { wall: (seconds * 1000) / steps, cpu: (cpuSeconds * 1000) / steps };
  }
  return null;
}

const summary = (turns, clock) => {
  const values = turns.map((turn) => turn[clock]);
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
  };
};

async function measure(size, threads, pytorch) {
  const contestants = await contestantsOf(size, threads, pytorch);
  const turns = new Map(contestants.map(({ name }) => [name, []]));
  for (const { run } of contestants) await run(steps);
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      const turn = await turnOf(contestant, threads);
      if (turn) turns.get(contestant.name).push(turn);
    }
  }
  const times = [...turns].map(([name, list]) => {
    if (list.length === 0)
      throw new Error(`${name}: no turn was quiet; try again on a quiet machine.`);
    return [name, { turns: list.length, wall: summary(list, "wall"), cpu: summary(list, "cpu") }];
  });
  return { ...size, threads, milliseconds: Object.fromEntries(times) };
}

/** Ratios of a measurement; those to a slow build of PyTorch would say nothing. */
function ratiosOf({ milliseconds, batch }, pytorch) {
  return RATIOS.filter(([, other]) => milliseconds[other])
    .filter(([, other]) => !other.startsWith("PyTorch") || pytorch.isFast)
    .map(([one, other, aims]) => ({
      name: `${one} / ${other}`,
      ratio: milliseconds[one].wall.median / milliseconds[other].wall.median,
      aim: aims ? aims[batch === 64 ? 0 : 1] : null,
    }));
}

function printTable(results, columns, cell) {
  const label = ({ batch, embed, threads }) => `batch ${batch}, embed ${embed}, ${threads} thr.`;
  const table = new Table({
    head: ["", ...results.map(label)],
    style: { head: [], border: [] },
  });
  for (const column of columns) table.push([column, ...results.map((one) => cell(one, column))]);
  process.stdout.write(`${table.toString()}\n`);
}

function print(results, pytorch) {
  const about = pytorch
    ? `PyTorch ${pytorch.version}, matrix products by ${pytorch.blas}`
    : `PyTorch not found by ${flags.python}: left out`;
  process.stdout.write(
    `Wall milliseconds per step, median (middle half; processor time), ${rounds} rounds. ${about}.\n`,
  );
  for (const threads of new Set(results.map((result) => result.threads))) {
    const group = results.filter((result) => result.threads === threads);
    printTable(group, Object.keys(group[0].milliseconds), ({ milliseconds }, name) => {
      const { wall, cpu } = milliseconds[name];
      const [median, low, high] = [wall.median, wall.low, wall.high].map((ms) => ms.toFixed(2));
      return `${median} (${low} to ${high}; ${cpu.median.toFixed(2)})`;
    });
    printTable(
      group,
      group[0].ratios.map(({ name }) => name),
      ({ ratios }, wanted) => {
        const { ratio, aim } = ratios.find(({ name }) => name === wanted);
        return aim === null ? ratio.toFixed(2) : `${ratio.toFixed(2)} (aim ${aim})`;
      },
    );
  }
  if (pytorch && !pytorch.isFast) {
    process.stdout.write(
      `No ratios to PyTorch: "${pytorch.blas}" is no optimized library of matrix products.\n`,
    );
  }
}

const pytorch = await startPytorch(flags.python);
const results = [];
for (const threads of flags.threads.split(",").map(Number)) {
  for (const size of SIZES) {
    const result = await measure(size, threads, pytorch);
    results.push({ ...result, ratios: ratiosOf(result, pytorch) });
  }
}
pytorch?.stop();
print(results, pytorch);
if (flags.json) {
  const { version = null, blas = null } = pytorch ?? {};
  writeFileSync(
    flags.json,
    `${JSON.stringify({ rounds, steps, pytorch: { version, blas }, results }, null, 2)}\n`,
  );
}
