/** @module A thread that decodes JPEG files. */

import { parentPort } from "node:worker_threads";

import { fitJpeg, type FittedImage, type JpegSource } from "./fit.js";

/** What a thread is asked. */
export interface JpegJob {
  readonly source: JpegSource;
  readonly side: number;
}

/** What it answers, in the order of the jobs of one message. */
export type JpegAnswer = FittedImage | null;

parentPort?.on("message", (jobs: readonly JpegJob[]) => {
  const answers: JpegAnswer[] = jobs.map(({ source, side }) => fitJpeg(source, side));
  const moved = answers.flatMap((answer) => (answer ? [answer.pixels.data.buffer] : []));
  parentPort?.postMessage(answers, moved as ArrayBuffer[]);
});
