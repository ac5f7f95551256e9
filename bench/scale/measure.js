/** @module What jobs cost a real server of Redis: commands, bytes, its processor's time and its memory. */

import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { openQueue } from "../../dist/queue/open.js";
import { hasRedis, Meter, startRedis } from "./redis.js";

/** Seconds between two looks for stalled jobs; what is measured over time is measured over a multiple. */
const PERIOD = 10;

const digest = (text) => createHash("sha256").update(String(text)).digest("hex");

/** Jobs as an extraction hands them in: shards, and the job that waits for all of them. */
function extraction(shards) {
  const group = "encode-0123456789";
  const jobs = Array.from({ length: shards }, (_, at) => ({
    id: `encode-${digest(at).slice(0, 32)}`,
    kind: "encode",
    label: `train from ${1024 * at}`,
    group,
    payload: {
      ...{ task: digest("task"), split: "train", first: 1024 * at },
      samples: [[1024 * at, 1024 * at + 1024]],
    },
  }));
  const after = jobs.map(({ id }) => id);
  const id = `features-${digest("all").slice(0, 32)}`;
  const list = { id, kind: "features", label: "features", group, after };
  return [...jobs, { ...list, payload: { shards: after } }];
}

/** A number without digits that say nothing. */
const rounded = (value) => Number(value.toPrecision(3));

const roundedAll = (cost) =>
  Object.fromEntries(Object.entries(cost).map(([name, value]) => [name, rounded(value)]));

/** What one more costs than the other. */
const minus = (one, other) =>
  Object.fromEntries(Object.entries(one).map(([name, value]) => [name, value - other[name]]));

const times = (cost, factor) =>
  Object.fromEntries(Object.entries(cost).map(([name, value]) => [name, value * factor]));

/** Workers, each with its own connections, that do jobs in a way. */
async function withWorkers(open, count, concurrency, handler, work) {
  const queues = await Promise.all(Array.from({ length: count }, open));
  const takings = queues.map((queue, at) =>
    queue.take(handler, { worker: `host-${at}:1234`, concurrency }),
  );
  await sleep(1000);
  const result = await work();
  await Promise.all(takings.map((taking) => taking.close()));
  await Promise.all(queues.map((queue) => queue.close()));
  return result;
}

/** Costs over time of workers that hold their jobs. */
async function holding(open, meter, workers, notes) {
  const handler = (_, { signal, onProgress }) => {
    const timer = notes && setInterval(() => onProgress(0.5), 250);
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        clearInterval(timer);
        resolve({ kind: "stopped" });
      });
    });
  };
  return withWorkers(open, workers, 2, handler, async () => ({
    cost: await meter.cost(2 * PERIOD * workers, () => sleep(2000 * PERIOD)),
  }));
}

async function drain(queue) {
  for (;;) {
    const { waiting, running, delayed } = await queue.counts();
    if (waiting + running + delayed === 0) return;
    await sleep(100);
  }
}

async function readList(queue) {
  let count = 0;
  for await (const status of queue.list()) count += status.kind === "" ? 0 : 1;
  return count;
}

/**
 * Measures what jobs cost a server.
 *
 * @param shards - Jobs that are handed in.
 * @param workers - That hold two jobs each.
 * @returns `null` where this machine has no `redis-server`.
 */
export async function measure({ shards = 4000, workers = 20 } = {}) {
  if (!hasRedis()) return null;
  const server = await startRedis();
  const meter = new Meter(server.port);
  const open = () => openQueue(`redis://127.0.0.1:${server.port}`);
  const queue = await open();
  try {
    const idle = await withWorkers(
      open,
      workers,
      2,
      () => ({ kind: "done" }),
      async () => ({
        connections: (await meter.connections()) / workers,
        cost: await meter.cost(PERIOD * workers, () => sleep(1000 * PERIOD)),
      }),
    );
    const jobs = extraction(shards);
    const add = await meter.cost(shards, () => queue.add(jobs));
    const held = await holding(open, meter, workers, false);
    const noted = await holding(open, meter, workers, true);
    const list = await meter.cost(shards, () => readList(queue));
    const look = await meter.cost(shards, () => queue.find(jobs.at(-1).id));
    const done = () => Promise.resolve({ kind: "done" });
    const work = await meter.cost(shards, () => withWorkers(open, 1, 16, done, () => drain(queue)));
    // Two jobs of each worker, two notes a second.
    const note = times(minus(noted.cost, held.cost), 1 / 4);
    return {
      connections: rounded(idle.connections),
      add: roundedAll(add),
      work: roundedAll(work),
      note: roundedAll(note),
      held: roundedAll(held.cost),
      idle: roundedAll(idle.cost),
      list: roundedAll(list),
      look: roundedAll(look),
    };
  } finally {
    await queue.close();
    meter.close();
    await server.stop();
  }
}
