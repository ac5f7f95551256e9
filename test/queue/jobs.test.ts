import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { JobStatus, TakenJob } from "../../src/queue/jobQueue.js";
import { VERSION } from "../../src/version.js";
import { hasRedis, TestRedis } from "../support/redis.js";
import {
  DONE,
  job,
  open,
  ownAddress,
  sleep,
  take,
  until,
  untilCount,
  untilStopped,
} from "./scene.js";

async function all(jobs: AsyncIterable<JobStatus>): Promise<JobStatus[]> {
  const list: JobStatus[] = [];
  for await (const one of jobs) list.push(one);
  return list;
}

describe.skipIf(!hasRedis("test/queue/jobs"))("jobs", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.close());

  test("are watched: the end of one wakes those who wait for it, also if they were late", async () => {
    const queue = await open(ownAddress(redis));
    const [own, other] = [queue.watch("a"), queue.watch("b")];
    await queue.add([job("a"), job("b", { after: ["a", "c"] })]);
    take(queue, () => Promise.resolve(DONE));
    await until(queue, "a", "done");
    let isWoken = false;
    const waiting = other.next(60_000, AbortSignal.timeout(300)).then(() => {
      isWoken = true;
    });
    // The job ended before, perhaps its sign came before, too.
    await own.next(60_000);
    expect(isWoken).toBe(false);
    await waiting;
    own.close();
    other.close();
  });

  test("for another store are left to workers that have it", async () => {
    const address = ownAddress(redis);
    const [own, other] = [
      await open(address, { store: "1f7c" }),
      await open(address, { store: "c0de" }),
    ];
    await own.add([job("a")]);
    expect(await other.find("a")).toBeNull();
    expect(await own.notices()).toEqual([]);
    expect(await other.notices()).toEqual([
      expect.stringMatching(/1 of its jobs are for another store .* whether it is mounted/),
    ]);
    take(other, () => Promise.resolve(DONE));
    await sleep(300);
    expect(await own.find("a")).toMatchObject({ state: "waiting" });
    expect([await own.workers(), await other.workers()]).toEqual([0, 1]);
    take(own, () => Promise.resolve(DONE));
    await until(own, "a", "done");
  });

  test("run once, however often they are handed in, and say how they ended", async () => {
    const queue = await open(ownAddress(redis));
    const taken: TakenJob[] = [];
    await queue.add([job("a", { payload: { x: [1, "ü"] } }), job("b")]);
    await queue.add([job("a", { payload: "other" }), job("12")]);
    expect(await queue.find("a")).toMatchObject({ state: "waiting", attempts: 0, worker: null });
    take(queue, (one) => {
      taken.push(one);
      return Promise.resolve(DONE);
    });
    await untilCount(queue, "done", 3);
    await queue.add([job("a")]);
    await sleep(200);
    expect(taken.map(({ id }) => id)).toEqual(["a", "b", "12"]);
    expect(taken[0]).toEqual({
      id: "a",
      kind: "work",
      label: "job a",
      payload: { x: [1, "ü"] },
      attempt: 1,
    });
    const status = (await queue.find("a"))!;
    expect(status).toMatchObject({ state: "done", done: 1, attempts: 1, error: null, worker: "w" });
    expect(status.endedAt!).toBeGreaterThanOrEqual(status.startedAt!);
    expect(status.startedAt!).toBeGreaterThanOrEqual(status.queuedAt!);
    expect(await queue.find("unknown")).toBeNull();
    expect(await queue.counts()).toMatchObject({ waiting: 0, running: 0, done: 3, failed: 0 });
  });

  test("begin when those they wait for have ended; one may be waited for by several", async () => {
    const queue = await open(ownAddress(redis));
    await queue.add([
      job("summary", { after: ["train1", "train2"] }),
      job("train1", { after: ["encode"] }),
      job("train2", { after: ["encode"] }),
      job("encode"),
    ]);
    expect(await queue.counts()).toMatchObject({ waiting: 4, delayed: 0 });
    expect((await queue.find("summary"))!.state).toBe("waiting");
    const order: string[] = [];
    take(queue, ({ id }) => {
      order.push(id);
      return Promise.resolve(DONE);
    });
    await until(queue, "summary", "done");
    expect(order[0]).toBe("encode");
    expect(order.slice(1, 3).sort()).toEqual(["train1", "train2"]);
    expect(order[3]).toBe("summary");
    await queue.add([job("encode"), job("late", { after: ["encode"] })]);
    await until(queue, "late", "done");
    expect(order).toHaveLength(5);
    await queue.add([job("later", { after: ["encode"] })]);
    await until(queue, "later", "done");
    expect(order).toHaveLength(6);
  });

  test("are tried three times, and begin again on request", async () => {
    const queue = await open(ownAddress(redis));
    let isWell = false;
    const attempts: number[] = [];
    take(queue, ({ id, attempt }) => {
      if (id === "b") return Promise.resolve(DONE);
      attempts.push(attempt);
      if (isWell) return Promise.resolve(DONE);
      if (attempt === 2) throw new Error("thrown 2");
      return Promise.resolve({ kind: "failed", message: `told ${attempt}`, isFinal: false });
    });
    await queue.add([job("a"), job("b", { after: ["a"] })]);
    const failed = await until(queue, "a", "failed");
    expect(attempts).toEqual([1, 2, 3]);
    expect(failed).toMatchObject({ attempts: 3, error: "told 3", worker: "w" });
    await until(queue, "b", "done");
    isWell = true;
    await queue.retry("a");
    await until(queue, "a", "done");
  });

  test("that cannot succeed fail at once", async () => {
    const queue = await open(ownAddress(redis));
    let begun = 0;
    take(queue, () => {
      begun++;
      return Promise.resolve({ kind: "failed", message: "bad data", isFinal: true });
    });
    await queue.add([job("a")]);
    expect(await until(queue, "a", "failed")).toMatchObject({ attempts: 1, error: "bad data" });
    await sleep(300);
    expect(begun).toBe(1);
    await queue.forget("a");
    expect(await queue.find("a")).toBeNull();
    expect(await all(queue.list("g"))).toEqual([]);
  });

  test("wait where no worker shows life", async () => {
    const queue = await open(ownAddress(redis), { lock: 300 });
    expect(await queue.workers()).toBe(0);
    const first = take(queue, () => Promise.resolve(DONE), 1, "one");
    take(queue, () => Promise.resolve(DONE), 1, "other");
    await expect.poll(() => queue.workers()).toBe(2);
    await sleep(400);
    expect(await queue.workers()).toBe(2);
    await first.close();
    expect(await queue.workers()).toBe(1);
  });

  test("say how far they are", async () => {
    const queue = await open(ownAddress(redis));
    take(queue, async (_, { onProgress, signal }) => {
      onProgress(0.25);
      return untilStopped(_, { onProgress, signal });
    });
    await queue.add([job("a")]);
    await until(queue, "a", "running");
    let done = 0;
    while (done === 0) done = (await queue.find("a"))!.done;
    expect(done).toBe(0.25);
  });

  test("are cancelled: those that wait, and those that run elsewhere", async () => {
    const address = ownAddress(redis);
    const [queue, other] = [await open(address), await open(address)];
    const reasons: unknown[] = [];
    const begun: string[] = [];
    take(other, async (one, context) => {
      begun.push(one.id);
      if (begun.length > 1) return DONE;
      const outcome = await untilStopped(one, context);
      reasons.push(context.signal.reason);
      return outcome;
    });
    await queue.add([job("a")]);
    await until(queue, "a", "running");
    await queue.add([job("b"), job("c", { after: ["b"] }), job("d")]);
    expect(await queue.cancel("b")).toBe(true);
    expect((await queue.find("b"))!.state).toBe("cancelled");
    expect(await queue.cancel("c")).toBe(true);
    expect(await queue.cancel("a")).toBe(true);
    await until(queue, "d", "done");
    await until(queue, "a", "cancelled");
    expect(reasons).toEqual(["cancelled"]);
    expect(begun).toEqual(["a", "d"]);
    expect(await queue.cancel("d")).toBe(false);
    expect(await queue.cancel("a")).toBe(false);
    expect(await queue.cancel("unknown")).toBe(false);
    await untilCount(queue, "cancelled", 3);
    expect(await queue.counts()).toEqual({
      waiting: 0,
      running: 0,
      delayed: 0,
      done: 1,
      failed: 0,
      cancelled: 3,
    });
    await queue.add([job("b")]);
    expect((await queue.find("b"))!.state).toBe("cancelled");
    for (const id of ["c", "a", "b"]) {
      await queue.retry(id);
      await until(queue, id, "done");
    }
    expect(begun).toEqual(["a", "d", "c", "a", "b"]);
  });

  test("go back unharmed when their worker closes", async () => {
    const queue = await open(ownAddress(redis));
    let reason: unknown;
    const begun: string[] = [];
    const first = take(queue, async (one, context) => {
      begun.push(one.id);
      const outcome = await untilStopped(one, context);
      reason = context.signal.reason;
      return outcome;
    });
    await queue.add([job("a")]);
    while (begun.length === 0) await sleep(5);
    await first.close();
    expect(reason).toBe("closing");
    expect(await queue.find("a")).toMatchObject({ state: "waiting", error: null });
    const states: string[] = [];
    take(queue, () => {
      states.push("begun");
      return Promise.resolve({ kind: "failed", message: "no", isFinal: false });
    });
    await until(queue, "a", "failed");
    expect(states).toHaveLength(3);
  });

  test("go back when their worker closes just as they begin", async () => {
    const queue = await open(ownAddress(redis));
    for (let at = 0; at < 20; at++) {
      const taking = take(queue, untilStopped);
      await queue.add([job("a")]);
      await sleep(2 * at);
      await taking.close();
      expect(await queue.find("a")).toMatchObject({ state: "waiting", error: null });
    }
  });

  test("that were flagged by a machine that went away are put aside", async () => {
    const address = ownAddress(redis);
    const queue = await open(address);
    await queue.add([job("a"), job("b")]);
    const client = new Redis({ port: redis.port });
    const prefix = new URL(address).searchParams.get("prefix")!;
    await client.sadd(`${prefix}:own-${VERSION}:stops`, "j-a");
    client.disconnect();
    expect((await queue.find("a"))!.state).toBe("cancelled");
    const begun: string[] = [];
    take(queue, ({ id }) => {
      begun.push(id);
      return Promise.resolve(DONE);
    });
    await untilCount(queue, "cancelled", 1);
    await until(queue, "b", "done");
    expect(begun).toEqual(["b"]);
    expect(await queue.counts()).toMatchObject({ waiting: 0, running: 0, failed: 0, done: 1 });
  });

  test("are listed by group, in their order, each once", async () => {
    const queue = await open(ownAddress(redis));
    await queue.add([job("b"), job("a"), job("s")]);
    await queue.add([job("s", { group: "h" }), job("z", { group: "h" })]);
    expect((await all(queue.list("g"))).map(({ id }) => id)).toEqual(["b", "a", "s"]);
    const shared = await all(queue.list("h"));
    expect(shared.map(({ id, group }) => [id, group])).toEqual([
      ["s", "g"],
      ["z", "h"],
    ]);
    expect((await all(queue.list())).map(({ id }) => id)).toEqual(["b", "a", "s", "z"]);
    expect(await all(queue.list("other"))).toEqual([]);
  });
});
