/** @module Decodes JPEG files in threads, as many as there are processors. */

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { fitJpeg, type FittedImage, type JpegSource } from "./fit.js";
import type { JpegAnswer, JpegJob } from "./worker.js";

const WORKER = new URL("./worker.js", import.meta.url);
const MOST_THREADS = 8;

type Settle = (fitted: FittedImage | null) => void;

/** One thread and what it has not answered yet. */
class DecodingThread {
  readonly #worker = new Worker(WORKER);
  readonly #waiting = new Map<number, Settle>();
  #next = 0;
  /** Whether it ended, for which only a lack of memory is a reason. */
  ended = false;

  constructor() {
    // A thread that waits for work must not keep the process alive.
    this.#worker.unref();
    this.#worker.on("message", (answers: readonly JpegAnswer[]) => {
      for (const { id, fitted } of answers) {
        this.#waiting.get(id)?.(fitted);
        this.#waiting.delete(id);
      }
      if (this.#waiting.size === 0) this.#worker.unref();
    });
    this.#worker.on("error", () => {
      this.ended = true;
    });
    this.#worker.on("exit", () => {
      this.ended = true;
      for (const settle of this.#waiting.values()) settle(null);
      this.#waiting.clear();
    });
  }

  get load(): number {
    return this.#waiting.size;
  }

  fit(source: JpegSource, side: number): Promise<FittedImage | null> {
    if (this.ended) return Promise.resolve(null);
    const id = this.#next++;
    this.#worker.ref();
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      const job: JpegJob = { id, source, side };
      this.#worker.postMessage(job);
    });
  }
}

let threads: DecodingThread[] | null = null;

function startThreads(): DecodingThread[] {
  // Where a bundler made one file of all, there is no file for a thread.
  if (!existsSync(fileURLToPath(WORKER))) return [];
  const count = Math.min(availableParallelism(), MOST_THREADS);
  return Array.from({ length: count }, () => new DecodingThread());
}

/**
 * {@link fitJpeg} in another thread, or in this one where there are none.
 *
 * @returns `null` also where the thread came to its end.
 */
export async function fitJpegInThread(
  source: JpegSource,
  side: number,
): Promise<FittedImage | null> {
  threads ??= startThreads();
  if (threads.length === 0) return fitJpeg(source, side);
  const idlest = threads.reduce((best, thread) => (thread.load < best.load ? thread : best));
  return idlest.fit(source, side);
}
