/** @module A server of Redis for measurements, in a folder of its own, and what it says of its work. */

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Redis } from "ioredis";

/** Whether there is a `redis-server` on this machine. */
export const hasRedis = () => spawnSync("redis-server", ["--version"]).status === 0;

function freePort() {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts a server that logs to its disk each second; gives its port and how to stop it. */
export async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), "balgrad-redis-"));
  const port = await freePort();
  const flags = { port, bind: "127.0.0.1", dir: folder, save: "", appendonly: "yes" };
  const server = spawn("redis-server", [
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...["--auto-aof-rewrite-percentage", "0", "--maxmemory-policy", "noeviction"],
  ]);
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.stdout.on("data", (chunk) => {
      if (/ready to accept connections/i.test(String(chunk))) resolve();
    });
  });
  const stop = async () => {
    server.kill();
    await new Promise((resolve) => server.once("close", resolve));
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, stop };
}

/** What a server has done so far. */
async function totals(client) {
  const info = await client.info("all");
  const field = (name) => Number(new RegExp(`^${name}:(.*)$`, "m").exec(info)?.[1] ?? 0);
  const calls = [...info.matchAll(/^cmdstat_\S+?:calls=(\d+)/gm)];
  return {
    seconds: performance.now() / 1000,
    commands: calls.reduce((sum, [, count]) => sum + Number(count), 0),
    bytesIn: field("total_net_input_bytes"),
    bytesOut: field("total_net_output_bytes"),
    cpu: field("used_cpu_user_main_thread") + field("used_cpu_sys_main_thread"),
    memory: field("used_memory"),
    log: field("aof_current_size"),
  };
}

/** Tells what work costs a server. */
export class Meter {
  /** @param port - Of the server. */
  constructor(port) {
    this.client = new Redis({ port, host: "127.0.0.1" });
  }

  /** What the server did while something ran, divided by `count`. */
  async cost(count, run) {
    const before = await totals(this.client);
    await run();
    const after = await totals(this.client);
    return Object.fromEntries(
      Object.entries(after).map(([name, value]) => [name, (value - before[name]) / count]),
    );
  }

  /** Connections of others. */
  async connections() {
    return Number(/connected_clients:(\d+)/.exec(await this.client.info("clients"))[1]) - 1;
  }

  close() {
    this.client.disconnect();
  }
}
