/** @module One process at a time in a run's folder. */

import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { UserError } from "../errors.js";
import { hasCode, isMissing } from "./files.js";

// A process that was told to stop finishes its call of the runtime first, which may be several steps.
const PATIENCE_MS = 60_000;
const PAUSE_MS = 200;

/** Locks that this process holds: another one may have had its number before a restart. */
const held = new Set<string>();

/** Whether a process runs; one that belongs to somebody else does. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/** What a lock says; `null` without one. */
async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Whether a lock was left behind by a kill. An empty one is just being written. */
function isStale(path: string, text: string): boolean {
  if (text === "") return false;
  const pid = Number(text);
  return pid === process.pid ? !held.has(path) : !isAlive(pid);
}

/** Takes a free lock; `false` when another process was faster. */
async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    held.add(path);
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
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

/** Who is told about waiting. */
export interface LockEvents {
  /** Called once, when another process is in the folder. */
  readonly onWait?: (pid: string) => void;
}

/**
 * Works in a folder while no other process does. One that is still there, for example stopping, is
 * waited for.
 *
 * @throws {UserError} when it goes on for longer than a minute.
 */
export async function withLock<T>(
  folder: string,
  work: () => Promise<T>,
  { onWait }: LockEvents = {},
): Promise<T> {
  const path = join(folder, "lock");
  const start = performance.now();
  let told = false;
  while (!(await take(path))) {
    const holder = await read(path);
    if (holder === null) continue;
    if (isStale(path, holder)) {
      await clear(path, holder);
      continue;
    }
    if (!told) onWait?.(holder);
    told = true;
    if (performance.now() - start > PATIENCE_MS) {
      throw new UserError(
        `${folder}: process ${holder} is training this run.`,
        `Wait for it, or stop it. If it is none of ours, delete ${path}.`,
      );
    }
    await pause(PAUSE_MS);
  }
  try {
    return await work();
  } finally {
    held.delete(path);
    await rm(path, { force: true });
  }
}
