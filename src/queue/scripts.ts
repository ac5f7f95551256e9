/** @module Steps that Redis does in one piece. */

import type { Parts } from "./keys.js";

/**
 * Takes those that have ended, well or not, off a job's pending set; a limit looks at some of them, by chance. Gives how
 * many are left.
 */
const SETTLE = `
local limit = tonumber(ARGV[1])
local ids = limit > 0 and redis.call('SRANDMEMBER', KEYS[1], limit) or redis.call('SMEMBERS', KEYS[1])
for _, id in ipairs(ids) do
  local ended = redis.call('ZSCORE', KEYS[2], id) or redis.call('ZSCORE', KEYS[3], id)
  if ended or redis.call('HEXISTS', KEYS[4], id) == 1 then redis.call('SREM', KEYS[1], id) end
end
return redis.call('SCARD', KEYS[1])`;

/** Takes a job that ended off the pending sets of those that wait for it. Gives those that wait for nothing more. */
const RELEASE = `
local ready = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local pending = ARGV[2] .. id
  redis.call('SREM', pending, ARGV[1])
  if redis.call('SCARD', pending) == 0 then table.insert(ready, id) end
end
redis.call('DEL', KEYS[1])
return ready`;

/**
 * Jobs to be tried again that are due by the server's clock, and those that lie further ahead than any pause: a
 * machine whose clock is wrong put them there. Held jobs lie years ahead. Scores are milliseconds times 4096.
 */
const OVERDUE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local score = function(ms) return string.format('%.0f', ms * 4096) end
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', score(now), 'LIMIT', 0, 500)
local ahead = redis.call('ZRANGEBYSCORE', KEYS[1], score(now + ARGV[1]), score(now + ARGV[2]), 'LIMIT', 0, 500)
for _, id in ipairs(ahead) do table.insert(due, id) end
return due`;

/** Notes that a worker shows life until then, by the server's clock; without a worker nothing is noted. Gives how many do. */
const PRESENT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] ~= '' then redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
return redis.call('ZCARD', KEYS[1])`;

/** Milliseconds after which a held job would begin by itself. */
export const HELD_FOR = 10 * 365 * 24 * 3_600_000;

/** How many jobs a job still waits for. @param limit - Looks at so many of them; 0: all. */
export const settle = async ({ redis, queue, keys }: Parts, inner: string, limit = 0) =>
  (await redis.eval(
    SETTLE,
    4,
    keys.pending(inner),
    queue.toKey("completed"),
    queue.toKey("failed"),
    keys.cancelled,
    String(limit),
  )) as number;

/** Jobs that waited for nothing but one that ended. */
export const release = async ({ redis, keys }: Parts, inner: string) =>
  (await redis.eval(
    RELEASE,
    1,
    keys.dependents(inner),
    inner,
    keys.pendingPrefix,
  )) as readonly string[];

/** Jobs whose pause before the next attempt is over. @param longest - The longest pause, milliseconds. */
export const overdue = async ({ redis, queue }: Parts, longest: number) =>
  (await redis.eval(
    OVERDUE,
    1,
    queue.toKey("delayed"),
    String(longest),
    String(HELD_FOR / 2),
  )) as readonly string[];

/** How many workers show life. */
export const present = async ({ redis, keys }: Parts) =>
  (await redis.eval(PRESENT, 1, keys.workers, "", "0")) as number;

/** Notes that a worker shows life. @param milliseconds - After so many it counts as gone. */
export const showLife = async ({ redis, keys }: Parts, worker: string, milliseconds: number) => {
  await redis.eval(PRESENT, 1, keys.workers, worker, String(milliseconds));
};
