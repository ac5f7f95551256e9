/** @module The queue on BullMQ, which keeps it in Redis or Valkey. */

import { setTimeout as sleep } from "node:timers/promises";

import { Queue } from "bullmq";

import type { QueueAddress, QueueOptions, QueueSecrets } from "./address.js";
import { cancelJob, forgetJob, retryFailed, takeBack } from "./cancelling.js";
import { connect, lookAt, type Server } from "./connection.js";
import { chunks, execute, heldOptions, letGoIfReady, noteHeld } from "./holding.js";
import type { JobCounts, JobHandler, JobQueue, JobStatus, JobWatch } from "./jobQueue.js";
import type { NewJob, TakeOptions, Taking } from "./jobQueue.js";
import { audienceOf, innerId, Keys, type Parts, queueNameOf } from "./keys.js";
import { wrap } from "./payload.js";
import { present } from "./scripts.js";
import { Signs } from "./signs.js";
import { countsOf, listed, statuses } from "./status.js";
import { RedisTaking } from "./taking.js";
import { isOutage, Troubles } from "./trouble.js";

/** Jobs that are handed in at a time. */
const CHUNK = 250;

const ATTEMPTS = 3;

/** Milliseconds before work on a server that went away is done again. */
const AGAIN = 200;

/** What a job's id may have. */
const ID = /^[\w.-]+$/;

/** Opens a queue, see `openQueue`. */
export async function openRedisQueue(
  address: QueueAddress,
  secrets: QueueSecrets,
  options: Required<Omit<QueueOptions, "environment">>,
): Promise<JobQueue> {
  const server = await lookAt(address, secrets, options.patience);
  return new RedisQueue(address, server, new Troubles(address.name, secrets.password), options);
}

class RedisQueue implements JobQueue {
  readonly name: string;
  readonly #parts: Parts;
  readonly #takings = new Set<Taking>();
  readonly #signs: Signs;
  #isClosed = false;

  constructor(
    address: QueueAddress,
    readonly server: Server,
    readonly troubles: Troubles,
    readonly options: Required<Omit<QueueOptions, "environment">>,
  ) {
    this.name = address.name;
    troubles.listen(options.onTrouble);
    const redis = connect(server, troubles, options.silence);
    const { prefix } = address;
    const keys = new Keys(prefix, options);
    const queue = new Queue(keys.queueName, { connection: redis, prefix, skipVersionCheck: true });
    // The connection tells its troubles itself.
    queue.on("error", () => undefined);
    const persist = <T>(work: () => Promise<T>): Promise<T> => this.#persist(work);
    this.#parts = { redis, queue, keys, version: options.version, persist };
    this.#signs = new Signs(() => connect(server, troubles, options.silence), keys.changes);
  }

  async #persist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#isClosed) throw new Error(`${this.name}: the queue was closed.`);
      try {
        return await work();
      } catch (error) {
        if (!isOutage(error)) throw error;
        this.troubles.note(error);
        await sleep(AGAIN);
      }
    }
  }

  async notices(): Promise<readonly string[]> {
    const { redis, keys } = this.#parts;
    return this.#persist(async () => {
      const all = await redis.smembers(keys.audiences);
      const others = all.filter((other) => other !== keys.audience);
      const texts = [...this.server.notices];
      for (const other of others.sort()) {
        const at = `${keys.prefix}:${queueNameOf(other)}`;
        const [waiting, delayed, active] = await Promise.all([
          redis.llen(`${at}:wait`),
          redis.zcard(`${at}:delayed`),
          redis.llen(`${at}:active`),
        ]);
        const open = waiting + delayed + active;
        if (open === 0) continue;
        texts.push(`${this.name}: ${open} of its jobs ${this.#whyNot(other)}`);
      }
      return texts;
    });
  }

  /** Why this process does not do the jobs of another audience. */
  #whyNot(other: string): string {
    const { version, store } = this.options;
    const { version: theirs } = audienceOf(other);
    if (theirs !== version) {
      return `are for version ${theirs}, and this is version ${version}. Only workers of version ${theirs} take them.`;
    }
    return store === ""
      ? "are for workers that have a store."
      : "are for another store than the one that is named here. Only workers with that store take them. Where it should be the same, look whether it is mounted.";
  }

  async add(jobs: readonly NewJob[]): Promise<void> {
    for (const { id } of jobs) {
      if (!ID.test(id)) throw new Error(`Job ${id}: its id has other than letters, digits, -_.`);
    }
    for (const part of chunks(jobs, CHUNK)) await this.#persist(() => this.#addPart(part));
  }

  async #addPart(jobs: readonly NewJob[]): Promise<void> {
    const { redis, queue, keys } = this.#parts;
    const look = redis
      .pipeline()
      .sadd(keys.audiences, keys.audience)
      .incrby(keys.order, jobs.length);
    for (const { id } of jobs) {
      look.exists(queue.toKey(innerId(id))).hexists(keys.cancelled, innerId(id));
    }
    const [, last, ...known] = (await execute(look)) as number[];
    const note = redis.pipeline();
    for (const [at, { id, group }] of jobs.entries()) {
      const order = last! - jobs.length + at;
      note.zadd(keys.groups, "NX", order, group);
      note.zadd(keys.group(group), "NX", order, innerId(id));
    }
    await execute(note);
    await this.#begin(jobs.filter((_, at) => known[2 * at] === 0 && known[2 * at + 1] === 0));
  }

  /** Hands in jobs that are new. */
  async #begin(jobs: readonly NewJob[]): Promise<void> {
    const { queue, version } = this.#parts;
    const held = jobs
      .filter(({ after = [] }) => after.length > 0)
      .map(({ id, after = [] }) => ({ inner: innerId(id), after: after.map(innerId) }));
    if (held.length > 0) await noteHeld(this.#parts, held);
    await queue.addBulk(
      jobs.map((job) => ({
        name: job.kind,
        data: wrap(job, version),
        opts: {
          jobId: innerId(job.id),
          attempts: ATTEMPTS,
          backoff: { type: "exponential", delay: this.options.pause },
          stackTraceLimit: 0,
          ...((job.after ?? []).length > 0 && heldOptions),
        },
      })),
    );
    for (const { inner } of held) await letGoIfReady(this.#parts, inner);
  }

  async find(id: string): Promise<JobStatus | null> {
    return this.#persist(async () => (await statuses(this.#parts, [id]))[0] ?? null);
  }

  list(group?: string): AsyncIterable<JobStatus> {
    return listed(this.#parts, group);
  }

  counts(): Promise<JobCounts> {
    return this.#persist(() => countsOf(this.#parts));
  }

  workers(): Promise<number> {
    return this.#persist(() => present(this.#parts));
  }

  watch(id: string): JobWatch {
    return this.#signs.watch(id);
  }

  async retry(id: string): Promise<void> {
    await this.#persist(async () => {
      const cancelled = await takeBack(this.#parts, id);
      if (!cancelled) return retryFailed(this.#parts, id);
      await this.#begin([cancelled]);
      await this.#parts.redis.hdel(this.#parts.keys.cancelled, innerId(id));
    });
  }

  async cancel(id: string): Promise<boolean> {
    const { redis, keys } = this.#parts;
    return this.#persist(async () => {
      const isCancelled = await cancelJob(this.#parts, id);
      if (isCancelled) await redis.publish(keys.changes, id);
      return isCancelled;
    });
  }

  forget(id: string): Promise<void> {
    return this.#persist(() => forgetJob(this.#parts, id));
  }

  take(handler: JobHandler, options: TakeOptions): Taking {
    const quiet = options.onTrouble && this.troubles.listen(options.onTrouble);
    const { lock, pause, silence } = this.options;
    const connection = connect(this.server, this.troubles, this.options.silence);
    // Well below the silence, which would end the connection.
    const question = Math.min(5000, silence / 3);
    const watch = { question, lock, longestPause: pause * 2 ** (ATTEMPTS - 2) };
    const { troubles } = this;
    const taking = new RedisTaking(this.#parts, connection, troubles, handler, options, watch);
    const own: Taking = {
      close: async () => {
        await taking.close();
        quiet?.();
        this.#takings.delete(own);
      },
    };
    this.#takings.add(own);
    return own;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await Promise.all([...this.#takings].map((taking) => taking.close()));
    this.#isClosed = true;
    this.#signs.close();
    await this.#parts.queue.close().catch(() => undefined);
    this.#parts.redis.disconnect();
  }
}
