/** @module Disks that are full or cannot be written, and two processes in one run. */

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { balgrad } from "./process.js";

const isTrace = (text) => /^\s+at .+:\d+:\d+\)?$/m.test(text) || text.includes("This is a defect");

const leftovers = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true }).filter((name) => /(\.tmp|lock)$/.test(String(name)))
    : [];

const judged = ({ code, said }, good, what) => {
  const trace = isTrace(said);
  return {
    what,
    exit: code,
    trace,
    ok: good(code) && !trace,
    said: said.trim().split("\n").at(-2),
  };
};

/**
 * A run on file systems of these sizes, in KiB: training ends with an error for people, and continues to the
 * same result in a folder with room. Needs the right to mount.
 */
export async function fullDisks(base, task, expected, cache, sizes) {
  const rows = [];
  for (const size of sizes) {
    const mount = join(base, `disk-${size}`);
    mkdirSync(mount);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}k`, "tmpfs", mount]);
    if (mounted.status !== 0) return rows;
    const run = join(mount, "run");
    const full = await balgrad(task.first(run), { cache });
    const left = leftovers(run);
    const row = judged(
      full,
      (code) => code !== 0 || existsSync(join(run, "results.json")),
      `full disk of ${size} KiB`,
    );
    const roomy = join(base, `moved-${size}`);
    if (existsSync(run)) cpSync(run, roomy, { recursive: true });
    spawnSync("umount", [mount]);
    const again = await balgrad(task.again(roomy), { cache });
    const same = again.code === 0 && task.facts(roomy) === expected;
    rows.push({ ...row, left: left.join(" "), same, ok: row.ok && same && left.length === 0 });
  }
  return rows;
}

/** A folder and a cache that may not be written, as a user who is not root. */
export async function readOnly(base, task, cache) {
  const folder = join(base, "closed");
  mkdirSync(folder);
  chmodSync(folder, 0o555);
  chmodSync(base, 0o755);
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const refused = (code) => code !== 0 && code !== 1;
  const run = await balgrad(task.first(join(folder, "run")), { cache, ...user });
  const noCache = join(folder, "cache");
  const open = join(base, "open");
  mkdirSync(open, { mode: 0o777 });
  chmodSync(open, 0o777);
  const cached = await balgrad(task.first(join(open, "run")), { cache: noCache, ...user });
  return [
    judged(run, refused, "read-only folder"),
    judged(cached, (code) => code === 0 || refused(code), "read-only cache"),
  ];
}

/** Two processes resume one run: one waits for the other, and the result is the same. */
export async function twoProcesses(base, task, expected, cache) {
  const run = join(base, "shared");
  task.prepare(run);
  const both = await Promise.all([0, 1].map(() => balgrad(task.first(run), { cache })));
  const same = task.facts(run) === expected;
  return both.map((one) => {
    const row = judged(one, (code) => code === 0, "two processes on one run");
    return { ...row, same, ok: row.ok && same };
  });
}
