/** @module Child processes that read one input after another, stopped when one hangs or takes too much. */

import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const WORKER = fileURLToPath(new URL("worker.js", import.meta.url));

/** Longest time of one input, milliseconds. */
export const PATIENCE_MS = 20_000;
/** Most memory of a process, bytes. */
export const MEMORY = 2 * 2 ** 30;

const WATCH_MS = 100;
// Readers keep files open and libraries loaded: a fresh process now and then is like a new command.
const LIFETIME = 400;

/** Resident memory of a process, where the system tells. */
function residentOf(pid) {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** One child process, restarted when it ended. */
export class Reader {
  #child = null;
  #read = 0;

  async #start() {
    const child = fork(WORKER, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    child.stderr.setEncoding("utf8");
    let said = "";
    child.stderr.on("data", (text) => (said = (said + text).slice(-2000)));
    child.said = () => said;
    this.#child = child;
    this.#read = 0;
    await new Promise((resolve, reject) => {
      child.once("message", resolve);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the reader ended with ${code}: ${said}`)));
    });
    child.removeAllListeners("exit");
  }

  /** Reads one input; says what came of it, how long it took and how much memory the process had. */
  async read(input) {
    if (this.#read >= LIFETIME) this.stop();
    if (this.#child === null) await this.#start();
    this.#read++;
    const child = this.#child;
    const start = performance.now();
    let most = 0;
    const result = await new Promise((resolve) => {
      const watch = setInterval(() => {
        most = Math.max(most, residentOf(child.pid));
        const isLate = performance.now() - start > PATIENCE_MS;
        if (!isLate && most <= MEMORY) return;
        done({ outcome: isLate ? "hang" : "memory" });
        this.stop();
      }, WATCH_MS);
      const onExit = (code, signal) => {
        this.#child = null;
        done({ outcome: "crash", trace: `${signal ?? code}: ${child.said()}` });
      };
      const done = (outcome) => {
        clearInterval(watch);
        child.removeListener("message", done);
        child.removeListener("exit", onExit);
        resolve(outcome);
      };
      child.once("message", done);
      child.once("exit", onExit);
      child.send(input);
    });
    most = Math.max(most, residentOf(child.pid));
    // What WebAssembly took it never gives back: the next input would be blamed for it.
    if (most > MEMORY / 4) this.stop();
    return { ...result, milliseconds: performance.now() - start, memory: most };
  }

  /** Ends the process. */
  stop() {
    this.#child?.removeAllListeners();
    this.#child?.kill("SIGKILL");
    this.#child = null;
  }
}
