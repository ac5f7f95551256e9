/** @module One process at a time in a run's folder. */

import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { removeAtExit } from "../files/atomic.js";
import { UserError } from "../errors.js";
import { workingOn, hasCode, isMissing } from "../system.js";
import { type Holder, holderName, parseHolder, stateOf, thisProcess } from "./holder.js";

// A process that was told to stop finishes its call of the runtime first, which may be several steps.
const PATIENCE_MS = 60_000;
const PAUSE_MS = 200;

/** A lock is touched this often while it is held, */
const TOUCH_MS = 15_000;
/** and one whose holder cannot be seen from here counts as left behind when it was not for so long. */
const ABANDONED_MS = 10 * 60_000;
/** Locks that say nothing are not written by us: ours appear whole. */
const EMPTY_MS = 5_000;

/** Locks that this process holds: another one may have had its number before a restart. */
const held = new Set<string>();

/** What a lock says; `null` without one. */
async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Milliseconds since a lock was touched. */
async function ageOf(path: string): Promise<number> {
  const info = await stat(path).catch(() => null);
  return info ? Date.now() - info.mtimeMs : 0;
}

/** Whether a lock was left behind by a kill. */
async function isStale(path: string, holder: Holder | null): Promise<boolean> {
  if (!holder) return (await ageOf(path)) > EMPTY_MS;
  switch (stateOf(holder)) {
    case "gone":
      return true;
    case "alive":
      return holder.pid === process.pid && holder.started === null && !held.has(path);
    case "unknown":
      return (await ageOf(path)) > ABANDONED_MS;
  }
}

/** Makes a lock from a file beside it, where there is none: it is never seen without its contents. */
async function place(aside: string, path: string, text: string): Promise<boolean> {
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    // Not every file system has links.
    if (isMissing(error)) throw error;
  }
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    await rm(path, { force: true });
    throw error;
  }
}

const lockIn = (folder: string): string => join(folder, "lock");

/** Who works in a folder, as in "process 12"; `null` where nobody does. */
export async function workerIn(folder: string): Promise<string | null> {
  const path = lockIn(folder);
  const text = await read(path);
  if (text === null) return null;
  const holder = parseHolder(text);
  return holder === null || (await isStale(path, holder)) ? null : holderName(holder);
}

let count = 0;

/** Takes a free lock; `false` when another process was faster. */
async function take(path: string): Promise<boolean> {
  const aside = `${path}.${process.pid}.${count++}.tmp`;
  const text = JSON.stringify(thisProcess());
  return workingOn(path, async () => {
    try {
      await writeFile(aside, text);
      return await place(aside, path, text);
    } finally {
      await rm(aside, { force: true }).catch(() => undefined);
    }
  });
}

/** Removes a stale lock, and no other that took its place meanwhile. */
async function clear(path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  if ((await read(aside)) === stale) await rm(aside, { force: true });
  else await rename(aside, path);
}

/** Who is told about waiting, and what ends it. */
export interface LockEvents {
  /** Called once, when another process is in the folder; `holder` as in "process 12". */
  readonly onWait?: (holder: string) => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/**
 * Waits for a lock and takes it.
 *
 * @throws {unknown} the signal's reason.
 */
async function acquire(folder: string, path: string, { onWait, signal }: LockEvents) {
  const start = performance.now();
  let told = false;
  while (!(await take(path))) {
    const text = await read(path);
    if (text === null) continue;
    const holder = parseHolder(text);
    if (await isStale(path, holder)) {
      await clear(path, text);
      continue;
    }
    const name = holder ? holderName(holder) : "another process";
    if (!told) onWait?.(name);
    told = true;
    if (performance.now() - start > PATIENCE_MS) {
      throw new UserError(
        `${folder}: ${name} works in this folder.`,
        `Wait for it, or stop it. If it does not exist any more, delete ${path}.`,
      );
    }
    signal?.throwIfAborted();
    await pause(PAUSE_MS);
  }
}

/**
 * Works in a folder while no other process does. One that is still there, for example stopping, is
 * waited for.
 *
 * @throws {UserError} when it is there for longer than a minute.
 */
export async function withLock<T>(
  folder: string,
  work: () => Promise<T>,
  events: LockEvents = {},
): Promise<T> {
  const path = lockIn(folder);
  await acquire(folder, path, events);
  held.add(path);
  const letBe = removeAtExit(path);
  const touching = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, TOUCH_MS).unref();
  try {
    return await work();
  } finally {
    clearInterval(touching);
    held.delete(path);
    letBe();
    await rm(path, { force: true }).catch(() => undefined);
  }
}
