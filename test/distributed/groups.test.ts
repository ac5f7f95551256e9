/** @module The jobs of one piece of work: what failed of them is begun again. */

import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Downloads } from "../../src/jobs/downloads.js";
import { storeAt } from "../../src/objects/address.js";
import type { JobQueue, NewJob } from "../../src/queue/jobQueue.js";
import { handInAgain, renew } from "../../src/usecases/distributed/again.js";
import type { Cluster } from "../../src/usecases/distributed/cluster.js";
import { cancelGroup, groupProgress } from "../../src/usecases/distributed/groups.js";
import { fetchResults, summarise } from "../../src/usecases/distributed/summary.js";
import { DONE, job, open, ownAddress, take, until } from "../queue/scene.js";
import { temporaryFolder } from "../support/cli.js";
import { hasRedis, TestRedis } from "../support/redis.js";

const base = temporaryFolder();

/** A cluster whose store is a folder. */
function clusterOf(queue: JobQueue): Cluster {
  const store = storeAt(mkdtempSync(join(base, "store-")));
  const downloads = new Downloads(store, join(base, "downloads"));
  return { queue, downloads, close: () => Promise.resolve() };
}

const encoding = (id: string): NewJob => job(id, { kind: "encode" });

test("tables are not made without a run that is gone from the store", async () => {
  const downloads = new Downloads(storeAt(join(base, "empty")), join(base, "downloads"));
  const folder = join(base, "tables");
  const [signal, onProgress] = [new AbortController().signal, () => undefined];
  const place = { downloads, folder, checkpointSeconds: 0, signal, onProgress };
  const body = {
    ...{ settings: {}, rows: {}, seeds: 1, missingRatio: false, group: "g", jobs: 1 },
    ...{ data: "0".repeat(64), encoders: {}, features: null },
    runs: ["failed", "gone"].map((run) => ({ path: `${run}/seed-1`, job: run })),
  };
  const failures = { failed: "it diverged" };
  const making = summarise({ id: "s", kind: "summary", body, failures }, place);
  await expect(making).rejects.toThrow("runs/gone/result: missing");
});

describe.skipIf(!hasRedis("test/distributed/groups"))("a group of jobs", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.close());

  test("tells what failed, and begins it again together with what was cancelled", async () => {
    const queue = await open(ownAddress(redis));
    await queue.add([job("good"), job("bad"), job("held", { after: ["never"] })]);
    const refusing = take(queue, ({ id }) =>
      Promise.resolve(id === "bad" ? { kind: "failed", message: "no", isFinal: true } : DONE),
    );
    await until(queue, "bad", "failed");
    await until(queue, "good", "done");
    await refusing.close();
    expect(await cancelGroup(queue, "g")).toEqual({ cancelled: 1, total: 3 });
    expect(await groupProgress(queue, "g")).toMatchObject({
      ...{ done: 1, total: 3 },
      failed: { id: "bad", error: "no" },
    });
    await renew(clusterOf(queue), ["good", "bad", "held"].map(encoding));
    expect((await queue.find("held"))!.state).toBe("waiting");
    take(queue, () => Promise.resolve(DONE));
    await until(queue, "bad", "done");
    expect(await groupProgress(queue, "g")).toMatchObject({ failed: null });
  });

  test("is done again where its output is gone from the store", async () => {
    const queue = await open(ownAddress(redis));
    const cluster = clusterOf(queue);
    const jobs = ["kept", "removed", "damaged", "list"].map(encoding);
    await queue.add(jobs);
    const done: string[] = [];
    take(queue, ({ id }) => {
      done.push(id);
      return Promise.resolve(DONE);
    });
    for (const { id } of jobs) await until(queue, id, "done");
    await cluster.downloads.store.write("lists/kept.json", '{"format":1,"names":[]}');
    await cluster.downloads.store.write("lists/damaged.json", "{");
    done.length = 0;
    await handInAgain(cluster, [
      ...jobs.slice(0, -1),
      { ...jobs[3]!, after: ["removed", "damaged"] },
    ]);
    await until(queue, "list", "done");
    expect(done.toSorted()).toEqual(["damaged", "list", "removed"]);
    expect(done.at(-1)).toBe("list");
  });

  test("has no tables to fetch, and it is said why", async () => {
    const queue = await open(ownAddress(redis));
    const cluster = clusterOf(queue);
    const fetch = async (group: string): Promise<string> =>
      fetchResults(cluster, group, join(base, "fetched")).then(
        () => "fetched",
        (error: unknown) => (error as Error).message,
      );
    expect(await fetch("../none")).toMatch("no such jobs");
    await queue.add([
      job("shard", { kind: "encode", group: "encode-1" }),
      job("run", { kind: "train", group: "compare-1" }),
      job("tables", { kind: "summary", group: "compare-2" }),
    ]);
    expect(await fetch("encode-1")).toMatch("features");
    expect(await fetch("compare-1")).toMatch("the command that waits");
    // Those of before are not taken for those that are being made.
    await cluster.downloads.store.write("comparisons/compare-2.json", '{"format":1,"files":[]}');
    expect(await fetch("compare-2")).toMatch("not made yet");
    await queue.cancel("tables");
    expect(await fetch("compare-2")).toMatch("cancelled");
    await queue.retry("tables");
    take(queue, () => Promise.resolve(DONE));
    await until(queue, "tables", "done");
    expect(await fetch("compare-2")).toBe("fetched");
    const gone = { name: "a", key: "comparisons/compare-2/a", bytes: 1, digest: "0".repeat(64) };
    const manifest = JSON.stringify({ format: 1, files: [gone] });
    await cluster.downloads.store.write("comparisons/compare-2.json", manifest);
    expect(await fetch("compare-2")).toMatch("gone from");
    expect(existsSync(join(base, "fetched"))).toBe(false);
  });
});
