/** @module Workers that share scratch space, on several machines or in several containers, leave each other's files alone. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { type Holder, thisProcess } from "../../src/run/holder.js";
import { withFolder } from "../../src/usecases/distributed/scratch.js";
import { balgrad, temporaryFolder } from "../support/cli.js";
import { hasRedis, TestRedis } from "../support/redis.js";

const base = temporaryFolder();
let folders = 0;
const fresh = (): string => join(base, `jobs-${folders++}`);

/** A folder that a worker left, with a file of a job. */
function leftBy(parent: string, name: string, holder: Partial<Holder>): string {
  const folder = join(parent, name);
  mkdirSync(join(folder, "job"), { recursive: true });
  writeFileSync(join(folder, "job", "file"), "");
  writeFileSync(join(folder, "lock"), JSON.stringify({ ...thisProcess(), ...holder }));
  return folder;
}

const endedPid = (): number => spawnSync(process.execPath, ["--version"]).pid;

const inContainer = { host: "container", machine: "another boot pid:[1]" };

describe("scratch space", () => {
  test("is apart for workers of the same number", async () => {
    const parent = fresh();
    await withFolder(parent, (one) =>
      withFolder(parent, async (other) => {
        expect(other).not.toBe(one);
        await withFolder(parent, () => Promise.resolve());
        expect(existsSync(one) && existsSync(other)).toBe(true);
      }),
    );
    expect(readdirSync(parent)).toEqual([]);
  });

  test("loses what killed workers left, and nothing of those that run or are not seen from here", async () => {
    const parent = fresh();
    const gone = leftBy(parent, "gone", { pid: endedPid(), started: "1", host: hostname() });
    const elsewhere = leftBy(parent, "elsewhere", { ...inContainer, pid: endedPid() });
    const longAgo = leftBy(parent, "long-ago", inContainer);
    utimesSync(join(longAgo, "lock"), 1e9, 1e9);
    const runs = leftBy(parent, "runs", { pid: process.ppid, started: null });
    const young = join(parent, "young");
    mkdirSync(young);
    const old = join(parent, "4711");
    mkdirSync(old);
    utimesSync(old, 1e9, 1e9);
    await withFolder(parent, () => Promise.resolve());
    const left = [gone, elsewhere, longAgo, runs, young, old].filter((folder) =>
      existsSync(folder),
    );
    expect(left).toEqual([elsewhere, runs, young]);
  });
});

describe.skipIf(!hasRedis("test/distributed/scratch"))("a worker", () => {
  test("says before it takes jobs that its scratch space cannot be used", async () => {
    const redis = await TestRedis.start();
    const file = join(base, "a-file");
    writeFileSync(file, "");
    const place = ["--queue", redis.url, "--store", join(base, "store")];
    const { code, stderr, stdout } = await balgrad(["worker", ...place, "--scratch", file]);
    await redis.close();
    expect([code, stdout]).toEqual([6, ""]);
    expect(stderr).toContain(file);
  });
});
