/** @module A thread that runs an encoder. */

import { parentPort, workerData } from "node:worker_threads";

import type { EncoderSamples } from "./inputs.js";
import { EncoderRunner, type RunnableEncoder } from "./runner.js";

/** What a thread is started with. */
export interface EncoderThreadData {
  readonly encoder: RunnableEncoder;
  /** Threads of one operator. */
  readonly threads: number;
}

/** Vectors of the samples; `null` where anything went wrong. */
export type EncoderAnswer = Float32Array | null;

if (parentPort) {
  const port = parentPort;
  const { encoder, threads } = workerData as EncoderThreadData;
  const runner = new EncoderRunner(encoder, threads);
  // Messages wait for each other: answers come in the order of the questions.
  let last: Promise<void> = Promise.resolve();
  port.on("message", (samples: EncoderSamples) => {
    last = last.then(async () => {
      const answer: EncoderAnswer = await runner.run(samples).catch(() => null);
      port.postMessage(answer, answer ? [answer.buffer as ArrayBuffer] : []);
    });
  });
}
