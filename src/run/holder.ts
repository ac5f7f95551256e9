/** @module Who holds a lock: a process, told from a later one with the same number. */

import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

import { z } from "zod";

import { isProcess } from "../system.js";

const holder = z.object({
  pid: z.int().min(1),
  /** When the process started, in ticks since the machine did; `null` where the platform does not say. */
  started: z.string().nullable(),
  host: z.string(),
  /** Start of the machine and space of process numbers; `null` where the platform does not say. */
  machine: z.string().nullable(),
});

/** A process that holds a lock. */
export type Holder = z.infer<typeof holder>;

/** Whether a holder still runs; `unknown` where its processes cannot be seen from here. */
export type HolderState = "alive" | "gone" | "unknown";

/** What a file of the system says; `null` on platforms without it, and for processes that are gone. */
function systemSays(read: () => string): string | null {
  try {
    return read().trim();
  } catch {
    return null;
  }
}

/** The 22nd field of `stat` is the start; the second is a name in brackets that may hold anything. */
const startOf = (pid: number): string | null =>
  systemSays(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!;
  });

function machine(): string | null {
  const boot = systemSays(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1"));
  const space = systemSays(() => readlinkSync("/proc/self/ns/pid"));
  return boot === null || space === null ? null : `${boot} ${space}`;
}

/** This process. */
export const thisProcess = (): Holder => ({
  pid: process.pid,
  started: startOf(process.pid),
  host: hostname(),
  machine: machine(),
});

/** A holder as a lock says it; `null` where the lock says none. */
export function parseHolder(text: string): Holder | null {
  try {
    return holder.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether a process of this machine runs; one that belongs to somebody else does. */
function isRunning({ pid, started }: Holder): boolean {
  if (!isProcess(pid)) return false;
  return started === null || startOf(pid) === null || startOf(pid) === started;
}

const bootOf = ({ machine: text }: Holder): string | undefined => text?.split(" ")[0];

/** Whether a holder still runs, as far as it can be seen from this process. */
export function stateOf(other: Holder): HolderState {
  const own = thisProcess();
  const isHere = own.machine === null ? own.host === other.host : own.machine === other.machine;
  if (isHere) return isRunning(other) ? "alive" : "gone";
  // The machine was started again since: none of its processes outlived that.
  if (own.host === other.host && bootOf(own) !== bootOf(other)) return "gone";
  return "unknown";
}

/** A holder in messages. */
export const holderName = ({ pid, host }: Holder): string =>
  host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
