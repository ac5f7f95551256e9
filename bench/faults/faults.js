/** @module Faults: each happens to a cluster once, and is over when it returns. */

import { spawnSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds that a machine is away. */
const away = (random) => 100 + random.uniform() * 1500;

const oneOf = (random, list) => list[random.integer(list.length)];

/** A machine loses its power, and is started again a moment later. */
async function powerCut(machine, random) {
  await machine.kill();
  await pause(away(random));
  machine.start();
}

/** Lets no packet to a port through: connections stay half open. */
function cut(port, isCut) {
  const rule = ["INPUT", "-i", "lo", "-p", "tcp", "--dport", String(port), "-j", "DROP"];
  const done = spawnSync("iptables", [isCut ? "-A" : "-D", ...rule]);
  if (done.status !== 0) throw new Error(`iptables: ${done.stderr ?? done.error}`);
}

/** What happens, by name. */
export const FAULTS = {
  /** Nothing. */
  none: () => pause(1000),
  workers: ({ workers }, random) => powerCut(oneOf(random, workers), random),
  redis: ({ redis }, random) => powerCut(redis, random),
  store: async ({ store }, random) => {
    await powerCut(store, random);
    // It takes a second to start.
    await pause(2000);
  },
  /** A worker stands still for longer than its lock. */
  paused: async ({ workers, lock }, random) => {
    const worker = oneOf(random, workers);
    worker.signal("SIGSTOP");
    await pause(lock * (1.2 + random.uniform()));
    worker.signal("SIGCONT");
  },
  /** A worker's disk is full: nothing else happens. */
  disk: () => pause(1000),
  /** A worker's clock is an hour ahead, and other workers are killed. */
  clock: ({ workers }, random) => powerCut(oneOf(random, workers), random),
  /** The queue cannot be reached, and nobody is told. */
  network: async ({ queuePort }, random) => {
    cut(queuePort, true);
    await pause(2000 + random.uniform() * 6000);
    cut(queuePort, false);
  },
};

const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/** What is odd about the first worker's machine while faults of a kind happen. */
export const ODD = {
  disk: { disk: "64k" },
  clock: { env: { LD_PRELOAD: FAKETIME, FAKETIME: "+1h", FAKETIME_DONT_FAKE_MONOTONIC: "1" } },
};
