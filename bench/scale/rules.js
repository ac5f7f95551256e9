/** @module The rules of the queue and the worker, and what the simulation assumes of machines. Times are seconds. */

/** As the code has them. */
export const RULES = {
  /** A worker that does not renew its lock for so long loses its jobs. */
  lock: 30,
  /** Between two renewals. */
  renewal: 1,
  /** Between two looks for jobs whose lock is over. */
  stalledCheck: 10,
  /** Jobs may be lost to machines that went away so often. */
  stalls: 10,
  attempts: 3,
  /** Before the second attempt; each further one is twice as long. */
  pause: 5,
  /** Between two times of tidying, which begins delayed jobs whose worker's clock is wrong. */
  tidying: 5,
};

/** What is assumed of the work and of the machines; every one can be given. */
export const DEFAULTS = {
  seed: 1,
  workers: 1000,
  jobs: 2,
  shards: 1_000_000,
  /** Work on a shard takes so long on average, half to one and a half times. */
  shardSeconds: 60,
  /** Reading what a shard needs, and writing what it gives. */
  readSeconds: 1,
  writeSeconds: 0.5,
  /** Jobs that the coordinator hands in, each second. */
  handedIn: 5000,
  /** Mean hours between two crashes of one worker, and until it is back. */
  crashHours: 24,
  crashSeconds: 60,
  /** The same for a worker that is paused, for longer than its lock. */
  pauseHours: 168,
  pauseSeconds: 120,
  /** The same for a worker that is cut off from the queue and the store. */
  networkHours: 168,
  networkSeconds: 90,
  /** The same for the queue's server. */
  queueHours: 4,
  queueSeconds: 20,
  /** The newest that it forgets: a second with "everysec", 0 with "always". */
  queueForgets: 1,
  /** The same for the store. */
  storeHours: 4,
  storeSeconds: 120,
  /** A request to the store is tried again for so long before its job fails. */
  storePatience: 300,
  /** Share of requests that are slow, and how slow. */
  slowShare: 0.001,
  slowSeconds: 30,
  /** Share of attempts that fail in a way that passes. */
  failShare: 0.001,
  /** Share of workers whose clock is an hour ahead. */
  aheadShare: 0.01,
  /** Reading one list of names, one after the other, when all shards are there. */
  listSeconds: 0.01,
};

/** Nothing goes wrong. */
export const CALM = {
  ...{ crashHours: Infinity, pauseHours: Infinity, networkHours: Infinity },
  ...{ queueHours: Infinity, storeHours: Infinity, slowShare: 0, failShare: 0, aheadShare: 0 },
};

/** Every fault ten times as often. */
export const ROUGH = {
  ...{ crashHours: 2.4, pauseHours: 16.8, networkHours: 16.8, queueHours: 0.4, storeHours: 0.4 },
  ...{ slowShare: 0.01, failShare: 0.01, aheadShare: 0.1 },
};

/** The store is away for longer than requests are tried again. */
export const LONG_OUTAGE = { storeSeconds: 1800 };

/** An hour, by which a clock is wrong. */
export const SKEW = 3600;

/** A worker without jobs looks again. */
export const IDLE_SECONDS = 1;

/** Looking whether the output exists. */
export const LOOK_SECONDS = 0.05;

/** What a worker does for a job, in turn. */
export const STAGE = { read: 0, compute: 1, write: 2, finish: 3 };

/** A number of a job in `[0, 1)`, the same whenever it is asked for. */
export function hashed(seed, job) {
  let hash = Math.imul(job ^ Math.imul(seed, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
