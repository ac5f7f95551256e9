/** @module A Redis server for tests, which they can kill and start again. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The program; Valkey's works as well. */
const PROGRAM = process.env["REDIS_SERVER"] ?? "redis-server";

/** Whether there is a Redis server; a suite that is skipped says so. */
export function hasRedis(suite: string): boolean {
  const isThere = spawnSync(PROGRAM, ["--version"]).status === 0;
  if (!isThere) process.stderr.write(`${suite}: skipped, because there is no ${PROGRAM}.\n`);
  return isThere;
}

/** A port of this machine that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A server with a folder of its own; each write is on the disk before it is answered. */
export class TestRedis {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    readonly folder: string,
    readonly args: readonly string[],
  ) {}

  /** Starts one. @param args - Of the program, in addition. */
  static async start(...args: readonly string[]): Promise<TestRedis> {
    const folder = await mkdtemp(join(tmpdir(), "balgrad-redis-"));
    const redis = new TestRedis(await freePort(), folder, args);
    await redis.start();
    return redis;
  }

  /** Its address. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** Starts it where it was killed, with what is on its disk. */
  async start(): Promise<void> {
    const always = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
    const where = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.folder];
    this.#process = spawn(PROGRAM, [...where, ...always, ...this.args], { stdio: "ignore" });
    await this.#listens();
  }

  async #listens(): Promise<void> {
    for (;;) {
      const socket = connect(this.port, "127.0.0.1");
      const isThere = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (isThere) return;
      await sleep(20);
    }
  }

  /** Ends it at once, as a power cut does. */
  async kill(): Promise<void> {
    const child = this.#process!;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Ends it and removes its folder. */
  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
