import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { hasRedis, TestRedis } from "../support/redis.js";
import { DONE, job, open, ownAddress, sleep, take, until, untilCount } from "./scene.js";

/** What workers told, in order. */
interface Event {
  readonly worker: string;
  readonly event: string;
  readonly id: string;
}

/** A worker in a process; what it tells is added to `events`. */
async function startWorker(
  events: Event[],
  address: string,
  name: string,
  milliseconds: number,
): Promise<ChildProcess> {
  const program = join(import.meta.dirname, "worker.js");
  const child = spawn(process.execPath, [program, address, name, "1000", String(milliseconds)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  createInterface(child.stdout).on("line", (line) => events.push(JSON.parse(line) as Event));
  await tells(events, name, "ready");
  return child;
}

/** Waits until a worker told an event. */
async function tells(events: readonly Event[], worker: string, event: string): Promise<void> {
  while (!events.some((one) => one.worker === worker && one.event === event)) await sleep(10);
}

/** Milliseconds that a server runs, and is away. */
const PAUSES = [
  [20, 50],
  [150, 20],
  [300, 400],
  [120, 50],
  [200, 0],
] as const;

describe.skipIf(!hasRedis("test/queue/kills"))("what is killed, paused or cut off", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.close());

  test("a worker: its job is done by another", async () => {
    const address = ownAddress(redis);
    const queue = await open(address);
    const events: Event[] = [];
    const first = await startWorker(events, address, "w1", 60_000);
    await queue.add([job("a"), job("b", { after: ["a"] })]);
    await tells(events, "w1", "begun");
    await startWorker(events, address, "w2", 10);
    first.kill("SIGKILL");
    await until(queue, "b", "done");
    expect(await queue.find("a")).toMatchObject({ state: "done", worker: "w2", attempts: 2 });
    expect(events.filter(({ id }) => id === "a")).toEqual([
      { worker: "w1", event: "begun", id: "a" },
      { worker: "w2", event: "begun", id: "a" },
      { worker: "w2", event: "ended", id: "a" },
    ]);
  });

  test("a worker that was paused longer than its lock is told that it lost the job", async () => {
    const address = ownAddress(redis);
    const queue = await open(address);
    const events: Event[] = [];
    const first = await startWorker(events, address, "w1", 10_000);
    await queue.add([job("a")]);
    await tells(events, "w1", "begun");
    await startWorker(events, address, "w2", 300);
    first.kill("SIGSTOP");
    await tells(events, "w2", "begun");
    first.kill("SIGCONT");
    await tells(events, "w1", "lost");
    await until(queue, "a", "done");
    await sleep(500);
    expect(await queue.find("a")).toMatchObject({ state: "done", worker: "w2", error: null });
    expect(events.filter(({ event }) => event === "ended")).toEqual([
      { worker: "w2", event: "ended", id: "a" },
    ]);
    expect(await queue.counts()).toMatchObject({ done: 1, waiting: 0, running: 0, failed: 0 });
  });

  test("a lone worker that lost a job to itself does it again", async () => {
    const address = ownAddress(redis);
    const queue = await open(address);
    const events: Event[] = [];
    const worker = await startWorker(events, address, "w1", 3000);
    await queue.add([job("a")]);
    await tells(events, "w1", "begun");
    worker.kill("SIGSTOP");
    await sleep(1500);
    worker.kill("SIGCONT");
    await until(queue, "a", "done");
    expect(events.map(({ event }) => event)).toEqual(["ready", "begun", "lost", "begun", "ended"]);
  });

  test("the server, again and again, between jobs that wait for each other", async () => {
    const own = await TestRedis.start();
    onTestFinished(() => own.close());
    const troubles: string[] = [];
    const queue = await open(own.url, { onTrouble: (message) => troubles.push(message) });
    const worker = await open(own.url);
    const begun = new Map<string, number>();
    take(
      worker,
      async ({ id }) => {
        begun.set(id, (begun.get(id) ?? 0) + 1);
        await sleep(15);
        return DONE;
      },
      2,
    );
    const runs = Array.from({ length: 60 }, (_, at) =>
      job(`run${at}`, { after: [`data${at % 3}`] }),
    );
    const data = [0, 1, 2].map((at) => job(`data${at}`));
    const after = runs.map(({ id }) => id);
    const adding = queue.add([...data, ...runs, job("summary", { after })]);
    for (const [pause, away] of PAUSES) {
      await sleep(pause);
      await own.kill();
      await sleep(away);
      await own.start();
    }
    await adding;
    await until(queue, "summary", "done");
    expect(await queue.counts()).toMatchObject({ done: 64, waiting: 0, running: 0, failed: 0 });
    expect(begun.size).toBe(64);
    const outages = troubles.filter((text) => text.includes("no answer"));
    expect(outages.length).toBeGreaterThan(0);
    expect(outages.length).toBeLessThanOrEqual(5);
    expect(troubles[0]).toMatch(
      /^redis:\/\/127\.0\.0\.1:\d+\/0: no answer \(\w+\)\. Waiting for it\.$/,
    );
  });

  test("the server, while a call waits", async () => {
    const own = await TestRedis.start();
    onTestFinished(() => own.close());
    const queue = await open(own.url);
    await own.kill();
    const [adding, counting] = [queue.add([job("a")]), queue.counts()];
    await sleep(300);
    await own.start();
    await adding;
    expect((await counting).failed).toBe(0);
    expect((await queue.find("a"))!.state).toBe("waiting");
  });

  test("a queue can be closed while its server is away", async () => {
    const own = await TestRedis.start();
    onTestFinished(() => own.close());
    const queue = await open(own.url);
    await queue.add([job("a")]);
    const taking = take(
      queue,
      (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            resolve({ kind: "stopped" });
          });
        }),
    );
    await until(queue, "a", "running");
    await own.kill();
    await taking.close();
    await queue.close();
    await expect(queue.counts()).rejects.toThrow("the queue was closed");
  });

  test("2,000 jobs are handed in, listed in pages and done", async () => {
    const queue = await open(ownAddress(redis), { lock: 5000 });
    const jobs = Array.from({ length: 2000 }, (_, at) => job(`shard-${at}`));
    await queue.add(jobs);
    const waiting: string[] = [];
    for await (const { id, state } of queue.list("g")) if (state === "waiting") waiting.push(id);
    expect(waiting).toEqual(jobs.map(({ id }) => id));
    take(queue, () => Promise.resolve(DONE), 4);
    await untilCount(queue, "done", 2000);
    expect(await queue.counts()).toMatchObject({ waiting: 0, running: 0, failed: 0 });
  });
});
