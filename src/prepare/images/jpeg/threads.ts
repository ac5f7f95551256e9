/** @module Decodes JPEG files in threads, as many as there are processors. */

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { fitJpeg, type JpegSource } from "./fit.js";
import type { JpegAnswer, JpegJob } from "./worker.js";

const WORKER = new URL("./worker.js", import.meta.url);
const MOST_THREADS = 8;

// Waking a thread takes as long as a small picture, so several go in one message; not all that wait, so
// that a thread has the next ones before it has answered.
const MOST_AT_ONCE = 8;

interface Waiting extends JpegJob {
  readonly settle: (answer: JpegAnswer) => void;
}

/** One thread and what it has not answered yet. */
class DecodingThread {
  readonly #worker = new Worker(WORKER);
  /** Messages that are under way, oldest first: a thread answers in order. */
  readonly #sent: Waiting[][] = [];
  #collected: Waiting[] = [];
  #ended = false;
  /** Number of jobs that are not answered. */
  load = 0;

  constructor() {
    this.#worker.on("message", (answers: readonly JpegAnswer[]) => {
      this.#settle(this.#sent.shift()!, answers);
      if (this.load === 0) this.#worker.unref();
    });
    // Only a lack of memory ends a thread; the image library then does its work.
    this.#worker.on("error", () => {
      this.#ended = true;
    });
    this.#worker.on("exit", () => {
      this.#ended = true;
      for (const jobs of this.#sent.splice(0)) this.#settle(jobs, []);
    });
    // A thread that waits for work must not keep the process alive. Last: a listener for messages takes
    // hold of the process again.
    this.#worker.unref();
  }

  fit(job: JpegJob): Promise<JpegAnswer> {
    this.load++;
    this.#worker.ref();
    return new Promise((settle) => {
      this.#collected.push({ ...job, settle });
      if (this.#collected.length === 1) {
        setImmediate(() => {
          this.#send();
        });
      }
      if (this.#collected.length === MOST_AT_ONCE) this.#send();
    });
  }

  #send(): void {
    const jobs = this.#collected;
    if (jobs.length === 0) return;
    this.#collected = [];
    if (this.#ended) {
      this.#settle(jobs, []);
      return;
    }
    this.#sent.push(jobs);
    this.#worker.postMessage(jobs.map(({ source, side }): JpegJob => ({ source, side })));
  }

  #settle(jobs: readonly Waiting[], answers: readonly JpegAnswer[]): void {
    this.load -= jobs.length;
    jobs.forEach(({ settle }, at) => {
      settle(answers[at] ?? null);
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
export async function fitJpegInThread(source: JpegSource, side: number): Promise<JpegAnswer> {
  threads ??= startThreads();
  if (threads.length === 0) return fitJpeg(source, side);
  const idlest = threads.reduce((best, thread) => (thread.load < best.load ? thread : best));
  return idlest.fit({ source, side });
}
