/** @module An S3 server for tests, which they can kill, stop and start again. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort } from "./redis.js";

const PROGRAM = fileURLToPath(new URL("s3Server.js", import.meta.url));

/** A server with one bucket on a folder of its own. */
export class TestS3 {
  readonly bucket = "balgrad-test";
  readonly accessKey = "TESTKEY";
  readonly secretKey = "testSecret/4f9c+1d";
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    readonly folder: string,
  ) {}

  /** Starts one. */
  static async start(): Promise<TestS3> {
    const folder = await mkdtemp(join(tmpdir(), "balgrad-s3-"));
    const server = new TestS3(await freePort(), folder);
    await server.start();
    return server;
  }

  /** The variables with which programs find it and are let in. */
  get env(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${this.port}`,
      AWS_ACCESS_KEY_ID: this.accessKey,
      AWS_SECRET_ACCESS_KEY: this.secretKey,
    };
  }

  /** Starts it where it was killed, with the objects that it had. @param denied - What nobody may do. */
  async start(denied?: "remove"): Promise<void> {
    const place = [this.folder, String(this.port), this.bucket];
    const args = [...place, this.accessKey, this.secretKey, ...(denied ? [denied] : [])];
    // Its tokens of lists' pages are made by an old cipher.
    this.#process = spawn(process.execPath, ["--openssl-legacy-provider", PROGRAM, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await Promise.race([
      once(this.#process.stdout!, "data"),
      once(this.#process, "exit").then(() => {
        throw new Error("The S3 server did not start.");
      }),
    ]);
  }

  /** Ends it at once, as a power cut does. */
  async kill(): Promise<void> {
    const child = this.#process!;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Holds it: its connections stay open, and nothing comes. */
  pause(): void {
    this.#process!.kill("SIGSTOP");
  }

  /** Lets it go on. */
  resume(): void {
    this.#process!.kill("SIGCONT");
  }

  /** Ends it and removes its folder. */
  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
