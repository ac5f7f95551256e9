/**
 * @module Kills commands at random moments, repeats them as they say, and compares what they end with, bit
 * by bit, with what they give undisturbed; and full disks, read-only folders, two processes on one run.
 *
 *     node bench/kills.js --kills 50 --seed 1
 *     node bench/kills.js --kills 10 --tasks train,export --json
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { randomStream } from "../dist/random.js";
import { writeSeeds } from "./fuzz/seeds.js";
import { fullDisks, readOnly, twoProcesses } from "./kills/disks.js";
import { balgrad } from "./kills/process.js";
import { tasksOf, trainFlags } from "./kills/tasks.js";

const { values: flags } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    tasks: { type: "string", default: "train,resume,compare,encode,export" },
    epochs: { type: "string", default: "12" },
    "no-disks": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const [kills, seed, epochs] = [flags.kills, flags.seed, flags.epochs].map(Number);
const base = mkdtempSync(join(tmpdir(), "balgrad-kills-"));
const cache = join(base, "cache");

const say = (text) => {
  if (!flags.json) console.error(text);
};

async function mustSucceed(args, options) {
  const done = await balgrad(args, options);
  if (done.code !== 0) throw new Error(`${args[0]} failed: ${done.said}`);
  return done;
}

/** Data, encoders, a finished run and one that was stopped half-way. */
async function prepare() {
  const seeds = join(base, "seeds");
  mkdirSync(seeds);
  await writeSeeds(seeds);
  cpSync(join(seeds, "csv"), join(base, "data"), { recursive: true });
  for (const name of ["vit", "bert"])
    cpSync(join(seeds, name), join(base, name), { recursive: true });
  const table = join(base, "data", "data.csv");
  const train = (out) => ["train", table, "--out", out, ...trainFlags(epochs)];
  const { milliseconds } = await mustSucceed(train(join(base, "whole")), { cache });
  let half = { code: 0 };
  for (let share = 0.8; half.code === 0 || !half.begun; share *= 0.97) {
    const out = join(base, "half");
    rmSync(out, { recursive: true, force: true });
    half = await balgrad(train(out), { cache, killAfter: share * milliseconds });
    half.begun = /epoch [2-9]/.test(half.said);
  }
}

/** Kills a task until there were enough kills; every chain of kills ends with a command that is left alone. */
async function killTask(name, task) {
  const undisturbed = join(base, `${name}-undisturbed`);
  task.prepare?.(undisturbed);
  const ownCache = (chain) => (task.ownCache ? join(base, `${name}-cache-${chain}`) : cache);
  const whole = await mustSucceed(task.first(undisturbed), { cache: ownCache("whole") });
  const expected = task.facts(undisturbed);
  const random = randomStream(seed, "kills", name);
  const row = { task: name, kills: 0, chains: 0, same: 0, failed: 0, traces: 0, seconds: 0 };
  const start = performance.now();
  while (row.kills < kills) {
    const out = join(base, `${name}-${row.chains}`);
    task.prepare?.(out);
    let args = task.first(out);
    const most = Math.min(1 + random.integer(8), kills - row.kills);
    const options = { cache: ownCache(row.chains) };
    for (let at = 0; at < most && !task.isDone?.(out); at++) {
      const killAfter = random.uniform() * whole.milliseconds;
      const { signal } = await balgrad(args, { ...options, killAfter });
      args = task.again(out);
      if (signal === null) break;
      row.kills++;
    }
    row.chains++;
    const last = task.isDone?.(out) ? { code: 0, said: "" } : await balgrad(args, options);
    if (/^\s+at /m.test(last.said)) row.traces++;
    if (last.code !== 0) {
      row.failed++;
      say(`${name}, chain ${row.chains}: exit ${last.code}: ${last.said.slice(-600)}`);
    } else if (task.facts(out) === expected) row.same++;
    else say(`${name}, chain ${row.chains}: ended with something else in ${out}`);
    rmSync(out, { recursive: true, force: true });
  }
  row.seconds = Math.round((performance.now() - start) / 1000);
  rmSync(undisturbed, { recursive: true });
  say(JSON.stringify(row));
  return { row, expected };
}

const print = (rows) => {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const head = Object.keys(rows[0]);
  console.log([head, head.map(() => "---"), ...rows.map(Object.values)].map(line).join("\n"));
};

try {
  await prepare();
  const tasks = tasksOf(base, epochs);
  const rows = [];
  for (const name of flags.tasks.split(",")) {
    const { row } = await killTask(name, tasks[name]);
    rows.push(row);
  }
  let disks = [];
  if (!flags["no-disks"]) {
    const expected = tasks.train.facts(join(base, "whole"));
    disks = [
      ...(await fullDisks(base, tasks.train, expected, cache, [8, 40, 80, 120, 200, 400])),
      ...(await readOnly(base, tasks.train, cache)),
      ...(await twoProcesses(base, tasks.resume, expected, cache)),
    ];
  }
  const ok = rows.every(({ chains, same }) => chains === same) && disks.every((row) => row.ok);
  if (flags.json) console.log(JSON.stringify({ seed, rows, disks }));
  else {
    print(rows);
    if (disks.length > 0) {
      print(
        disks.map(({ what, exit, trace, left, same, ok }) => ({
          what,
          exit,
          trace,
          left,
          same,
          ok,
        })),
      );
      for (const { what, said, ok } of disks) if (!ok) console.log(`${what}: ${said}`);
    }
  }
  process.exitCode = ok ? 0 : 1;
} finally {
  rmSync(base, { recursive: true, force: true });
}
