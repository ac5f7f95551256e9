/** @module Encoders in threads, a session of one thread each: two such sessions do more than one of two threads. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { silenceTelemetry } from "../../runtime/telemetry.js";
import type { EncoderSamples } from "./inputs.js";
import type { RunnableEncoder } from "./runner.js";
import type { EncoderAnswer, EncoderThreadData } from "./worker.js";

const WORKER = new URL("./worker.js", import.meta.url);
const MOST_THREADS = 8;

/** Calls that wait in a thread while it runs another one. */
const AHEAD = 1;

/** Share of the memory that the weights of all sessions may take. */
const MEMORY_SHARE = 0.25;
// The file's bytes, and those that the runtime lays out anew for its products.
const COPIES = 2;

/** Bytes of a model's file and of its external data beside it. */
function bytesOf(model: string): number {
  const [folder, name] = [dirname(model), basename(model)];
  return readdirSync(folder)
    .filter((file) => file.startsWith(name))
    .reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

/**
 * How many sessions of an encoder run side by side: one for each thread, as far as their weights find room. 1 where
 * there can be no threads.
 *
 * @param threads - That may be used altogether.
 */
export function sessionsFor({ model }: RunnableEncoder, threads: number): number {
  // Where a bundler made one file of all, there is no file for a thread.
  if (threads < 2 || !existsSync(fileURLToPath(WORKER)) || !existsSync(model)) return 1;
  const room = Math.floor((MEMORY_SHARE * totalmem()) / (COPIES * bytesOf(model)));
  return Math.max(1, Math.min(threads, MOST_THREADS, room));
}

/** One thread and what it has not answered yet. */
class EncoderThread {
  readonly #worker: Worker;
  /** Oldest first: a thread answers in order. */
  readonly #waiting: ((answer: EncoderAnswer) => void)[] = [];
  #ended = false;

  constructor(workerData: EncoderThreadData) {
    this.#worker = new Worker(WORKER, { workerData });
    this.#worker.on("message", (answer: EncoderAnswer) => {
      this.#waiting.shift()!(answer);
    });
    // Only a lack of memory ends a thread; whoever asked does its work.
    this.#worker.on("error", () => {
      this.#ended = true;
    });
    this.#worker.on("exit", () => {
      this.#ended = true;
      for (const settle of this.#waiting.splice(0)) settle(null);
    });
  }

  get load(): number {
    return this.#waiting.length;
  }

  run(samples: EncoderSamples): Promise<EncoderAnswer> {
    if (this.#ended) return Promise.resolve(null);
    return new Promise((settle) => {
      this.#waiting.push(settle);
      this.#worker.postMessage(samples);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Sessions of one encoder in threads of their own. */
export class EncoderThreads {
  readonly #threads: readonly EncoderThread[];

  private constructor(threads: readonly EncoderThread[]) {
    this.#threads = threads;
  }

  /** Starts `sessions` threads that share `threads` processors. */
  static async start(
    encoder: RunnableEncoder,
    sessions: number,
    threads: number,
  ): Promise<EncoderThreads> {
    // Before a thread loads the runtime: here it costs nothing.
    await silenceTelemetry();
    const data: EncoderThreadData = { encoder, threads: Math.floor(threads / sessions) };
    return new EncoderThreads(Array.from({ length: sessions }, () => new EncoderThread(data)));
  }

  /** Calls that keep all threads busy. */
  get capacity(): number {
    return this.#threads.length * (1 + AHEAD);
  }

  /** Vectors of some samples; `null` where the thread failed. */
  run(samples: EncoderSamples): Promise<EncoderAnswer> {
    const idlest = this.#threads.reduce((best, one) => (one.load < best.load ? one : best));
    return idlest.run(samples);
  }

  /** Ends the threads; what they are at is lost. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }
}
