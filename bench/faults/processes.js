/** @module The machines of a cluster as processes: a Redis server, a store, workers with folders of their own. */

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const STORE = fileURLToPath(new URL("store.js", import.meta.url));

/** A port that nobody listens on. */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** A process that is killed and started again. */
export class Machine {
  #child = null;
  /** What it printed last. */
  said = "";

  constructor(name, command, args, env = {}) {
    Object.assign(this, { name, command, args, env });
  }

  get pid() {
    return this.#child?.pid;
  }

  start() {
    const env = { ...process.env, ...this.env };
    const child = spawn(this.command, this.args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const hear = (chunk) => (this.said = (this.said + chunk).slice(-20_000));
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    this.ended = new Promise((resolve) => child.on("close", resolve));
    this.#child = child;
    return this;
  }

  /** Sends a signal to the process alone: those that it started notice by themselves. */
  signal(name) {
    this.#child.kill(name);
  }

  async kill() {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  async stop() {
    this.#child.kill("SIGTERM");
    const isEnded = await Promise.race([this.ended.then(() => true), pause(20_000, false)]);
    if (!isEnded) await this.kill();
  }
}

/** Redis that keeps everything it has confirmed. */
export function redisMachine(folder, port) {
  mkdirSync(folder, { recursive: true });
  const settings = {
    ...{ port, dir: folder, bind: "127.0.0.1", appendonly: "yes", appendfsync: "always" },
    ...{ save: "", "maxmemory-policy": "noeviction", daemonize: "no" },
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return new Machine("redis", "redis-server", args);
}

/** An S3 server that keeps its objects in a folder. */
export function storeMachine(folder, port) {
  mkdirSync(folder, { recursive: true });
  return new Machine("store", process.execPath, [STORE, folder, String(port)]);
}

/**
 * A worker with folders of its own.
 *
 * @param odd - What is odd about its machine: an environment, or a size of its disk.
 */
export function workerMachine(name, folder, { queue, store, env = {}, odd = {}, args = [] }) {
  const scratch = join(folder, "scratch");
  mkdirSync(scratch, { recursive: true });
  if (odd.disk) mountDisk(scratch, odd.disk);
  const flags = ["--queue", queue, "--store", store, "--scratch", scratch];
  const all = ["worker", ...flags, "--jobs", "1", "--checkpoint-every", "1", ...args];
  return new Machine(name, process.execPath, [MAIN, ...all], {
    ...{ ...env, ...odd.env },
    BALGRAD_CACHE: join(folder, "cache"),
  });
}

const mounted = new Set();

/** Puts a disk of a size such as `2m` at a folder. */
function mountDisk(folder, size) {
  const options = ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder];
  const { status, stderr } = spawnSync("mount", options, { encoding: "utf8" });
  if (status !== 0) throw new Error(`mount: ${stderr}`);
  mounted.add(folder);
}

/** Takes away the disks of {@link workerMachine}. */
export function unmountDisks() {
  for (const folder of mounted) spawnSync("umount", ["-l", folder]);
  mounted.clear();
}

/** The command line, to its end. */
export async function balgrad(args, env = {}) {
  const machine = new Machine("balgrad", process.execPath, [MAIN, ...args], env).start();
  const start = performance.now();
  const code = await machine.ended;
  return { code, said: machine.said, seconds: (performance.now() - start) / 1000 };
}
