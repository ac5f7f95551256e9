/** @module A thread that decodes JPEG files. */

import { type MessagePort, parentPort, receiveMessageOnPort } from "node:worker_threads";

import { fitJpeg, type FittedImage, type JpegSource } from "./fit.js";

/** What a thread is asked. */
export interface JpegJob {
  readonly id: number;
  readonly source: JpegSource;
  readonly side: number;
}

/** What a thread answers. */
export interface JpegAnswer {
  readonly id: number;
  readonly fitted: FittedImage | null;
}

const answer = ({ id, source, side }: JpegJob): JpegAnswer => ({
  id,
  fitted: fitJpeg(source, side),
});

// Waking another thread takes as long as a small picture: several are answered at once, but not all,
// so that the next ones are there in time.
const MOST_AT_ONCE = 8;

/** Does the jobs that wait and answers them together. */
function work(port: MessagePort, first: JpegJob): void {
  const answers = [answer(first)];
  while (answers.length < MOST_AT_ONCE) {
    const next = receiveMessageOnPort(port);
    if (!next) break;
    answers.push(answer(next.message as JpegJob));
  }
  const moved = answers.flatMap(({ fitted }) => (fitted ? [fitted.pixels.data.buffer] : []));
  port.postMessage(answers, moved as ArrayBuffer[]);
}

parentPort?.on("message", (job: JpegJob) => {
  work(parentPort!, job);
});
