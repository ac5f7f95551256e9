/** @module One process at a time in a run's folder. */

import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { UserError } from "../errors.js";
import { isMissing } from "./files.js";

// A process that was told to stop finishes its running step first.
const PATIENCE_MS = 30_000;
const PAUSE_MS = 200;

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** Whether a process runs; one that belongs to somebody else does. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

/** Process that holds a lock; `null` when it is free, or was left behind by a kill. */
async function holderOf(path: string): Promise<number | null> {
  try {
    const pid = Number(await readFile(path, "utf8"));
    return pid > 0 && isAlive(pid) ? pid : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Takes a free lock; `false` when another process was faster. */
async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/**
 * Works in a folder while no other process does. One that is still there, for example stopping, is
 * waited for.
 *
 * @throws {UserError} when it goes on for longer than half a minute.
 */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, "lock");
  const end = performance.now() + PATIENCE_MS;
  while (!(await take(path))) {
    const holder = await holderOf(path);
    if (holder === null) await rm(path, { force: true });
    else if (performance.now() < end) await pause(PAUSE_MS);
    else {
      throw new UserError(
        `${folder}: process ${holder} is training this run.`,
        `Wait for it, or stop it. If it is none of ours, delete ${path}.`,
      );
    }
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
