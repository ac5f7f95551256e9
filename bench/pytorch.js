/** @module PyTorch in a process of its own, where it is installed. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const PROGRAM = new URL("pytorch_steps.py", import.meta.url).pathname;

/** Libraries of matrix products that are made for speed; the reference ones are up to thirty times slower. */
const FAST = ["mkl", "open", "openblas", "blis", "flexiblas", "accelerate", "armpl"];

/** Starts PyTorch on a device; `undefined` where `python` cannot import it, or it does not have the device. */
export async function startPytorch(python, device = "cpu") {
  const child = spawn(python, [PROGRAM, device], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.on("error", () => undefined);
  const first = await Promise.race([
    lines.next(),
    once(child, "error").then(() => ({ done: true })),
  ]);
  if (first.done) return undefined;
  const { version, blas, pid, card } = JSON.parse(first.value);
  return {
    version,
    blas,
    pid,
    card,
    isFast: FAST.includes(blas),
    /** Runs a number of steps of a case and gives the seconds they took. */
    run: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`PyTorch stopped at ${JSON.stringify(request)}.`);
      return JSON.parse(value);
    },
    stop: () => child.stdin.end(),
  };
}
