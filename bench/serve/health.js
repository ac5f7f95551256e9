/**
 * @module Asks for the health of a service twenty times a second, in a thread of its own: the clients of the load must not
 * delay it.
 */

import { get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { URL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** Seconds that one answer takes. */
const ask = (url) =>
  new Promise((resolve, reject) => {
    const begin = performance.now();
    get(new URL("/healthz", url), (response) => {
      response.resume().on("end", () => {
        resolve((performance.now() - begin) / 1000);
      });
    }).on("error", reject);
  });

/** Starts asking; the function it gives stops it, and gives the seconds that the answers took. */
export function watchHealth(url) {
  const worker = new Worker(new URL(import.meta.url), { workerData: url });
  return () =>
    new Promise((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
      worker.postMessage("stop");
    });
}

if (!isMainThread) {
  let stopped = false;
  parentPort.once("message", () => {
    stopped = true;
  });
  const seconds = [];
  while (!stopped) {
    seconds.push(await ask(workerData));
    await pause(50);
  }
  parentPort.postMessage(seconds);
}
