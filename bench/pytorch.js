/** @module Training steps of PyTorch in a process of its own, where PyTorch is installed. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const PROGRAM = new URL("pytorch_steps.py", import.meta.url).pathname;

/** Starts PyTorch; `undefined` where `python` cannot import it. */
export async function startPytorch(python) {
  const child = spawn(python, [PROGRAM], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.on("error", () => undefined);
  const first = await Promise.race([
    lines.next(),
    once(child, "error").then(() => ({ done: true })),
  ]);
  if (first.done) return undefined;
  const ask = async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return JSON.parse((await lines.next()).value);
  };
  return {
    version: JSON.parse(first.value).version,
    /** A case that runs a number of steps and gives the seconds they took. */
    prepare: (method, size, threads) => async (steps) =>
      (await ask({ ...size, method, threads, steps })).seconds,
    stop: () => child.stdin.end(),
  };
}
