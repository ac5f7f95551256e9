/**
 * @module Time and memory of fine-tuning a ViT-S-like and a BERT-small-like encoder: ours and PyTorch's,
 * in processes of their own that take turns in one run.
 *
 *     npm run bench:finetune -- --rounds 3 --steps 4 --batch 8
 */

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import Table from "cli-table3";
import { median } from "./statistics.js";

const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "4" },
    batch: { type: "string", default: "8" },
    threads: { type: "string", default: String(availableParallelism()) },
    python: { type: "string", default: "python3" },
    // Of our training steps; the forward pass is that of predictions, which run on the CPU.
    device: { type: "string", default: "cpu" },
    // Of PyTorch.
    peer: { type: "string", default: "cpu" },
  },
});
const [rounds, steps, batch, threads] = [flags.rounds, flags.steps, flags.batch, flags.threads].map(
  Number,
);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

// The threads of a library spin for a while after its turn, which would slow the next contestant.
const PAUSE_MILLISECONDS = 500;

/** A process that answers a line of JSON with a line of JSON. */
async function start(command, args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    ask: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return JSON.parse((await lines.next()).value);
    },
    stop: () => child.stdin.end(),
  };
}

async function contestants(folder) {
  const list = [];
  for (const kind of ["forward", "plain", "representation", "exact"]) {
    const args = [folder, kind, String(batch), String(threads), flags.device];
    const { ask, stop } = await start(process.execPath, [here("finetune_engine.js"), ...args]);
    list.push({ name: kind, run: (count) => ask({ steps: count }), stop });
  }
  for (const kind of ["forward", "plain", "balgrad"]) {
    const args = [here("finetune_steps.py"), "serve", folder, flags.peer];
    const { ask, stop } = await start(flags.python, args);
    const run = (count) => ask({ kind, steps: count, batch, threads });
    list.push({ name: `pytorch ${kind}`, run, stop });
  }
  return list;
}

async function measure(folder) {
  const list = await contestants(folder);
  const seconds = Object.fromEntries(list.map(({ name }) => [name, []]));
  const peak = {};
  for (let round = 0; round <= rounds; round++) {
    for (const { name, run } of list) {
      await setTimeout(PAUSE_MILLISECONDS);
      const answer = await run(round === 0 ? 1 : steps);
      // The first round warms up.
      if (round > 0) seconds[name].push(answer.seconds / steps);
      peak[name] = answer.peak;
    }
  }
  for (const { stop } of list) stop();
  return Object.fromEntries(
    list.map(({ name }) => [
      name,
      { milliseconds: 1000 * median(seconds[name]), megabytes: Math.round(peak[name]) },
    ]),
  );
}

const folder = mkdtempSync(join(tmpdir(), "balgrad-bench-finetune-"));
try {
  const made = spawnSync(flags.python, [here("finetune_steps.py"), "export", folder], {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (made.status !== 0) throw new Error(`PyTorch is needed for this benchmark: ${made.stderr}`);
  const result = await measure(folder);
  if (flags.json) console.log(JSON.stringify({ batch, threads, result }));
  else {
    const head = [`batch ${batch}`, "ms / step", "of our plain", "of PyTorch's plain", "peak MB"];
    const table = new Table({ head });
    const of = (name, other) => (result[name].milliseconds / result[other].milliseconds).toFixed(2);
    for (const [name, { milliseconds, megabytes }] of Object.entries(result)) {
      table.push([
        name,
        milliseconds.toFixed(0),
        of(name, "plain"),
        of(name, "pytorch plain"),
        megabytes,
      ]);
    }
    console.log(table.toString());
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
