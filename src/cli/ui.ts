/** @module The pages about runs, in a process of their own beside a training. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { basename, dirname } from "node:path";

import { assertFree } from "../http/server.js";
import { listAddress, runAddress } from "../ui/address.js";
import { quotedWord } from "../ui/filter.js";
import type { Places } from "../usecases/train.js";
import { HAS_PARENT, MAIN } from "./launch.js";
import { complain } from "./print.js";

/** Milliseconds that pages have to be told how the training ended. */
const PATIENCE_MS = 4000;

/** Address of the page that shows a training. */
function pageOf({ store, runs }: Places): string {
  const name = basename(store.path);
  if (runs.length === 1 && runs[0] === ".") return runAddress(name);
  return listAddress({ filter: quotedWord(name), runs: runs.map((path) => `${name}/${path}`) });
}

/** Lets the training have the processor first. */
function stepBack({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not every system permits it, and the pages work without.
  }
}

/** Where the pages are; `null` where their process ended, which has said why. */
function addressOf(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once("message", (message) => {
      resolve((message as { readonly url: string }).url);
    });
    child.once("error", (error) => {
      complain(error.message);
      resolve(null);
    });
    child.once("exit", () => {
      resolve(null);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  // Not "close": without pipes, that does not follow on a channel that is closed from here.
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  // It ends with its channel.
  if (child.connected) child.disconnect();
  await exited;
  clearTimeout(timer);
}

/**
 * Works while pages show the runs of the folder that the training's is in. They only read its files: the training knows nothing
 * of them, and continues without them.
 *
 * @param port - Default: the usual one, or one of the next where it is in use.
 * @throws {UserError} when nobody can listen at the port.
 */
export async function besideUi<T>(
  places: Places,
  port: number | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (port !== undefined) await assertFree({ host: "127.0.0.1", port, portName: "ui-port" });
  const folder = dirname(places.store.path);
  const given = port === undefined ? [] : ["--port", String(port)];
  const child = spawn(process.execPath, [MAIN, "runs", folder, ...given], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A group of its own: Ctrl-C in a terminal ends the training, which then ends this.
    detached: true,
    env: { ...process.env, [HAS_PARENT]: "1" },
  });
  stepBack(child);
  const shown = { isThere: false, isEnding: false };
  // The training does not wait for the pages.
  void addressOf(child).then((url) => {
    shown.isThere = url !== null;
    if (shown.isEnding) return;
    if (url === null) complain("warning: the pages cannot be shown; the training continues.");
    else complain(`Live at ${url}${pageOf(places)}`);
  });
  try {
    return await work();
  } finally {
    shown.isEnding = true;
    await end(child);
    if (shown.isThere) {
      complain(`The pages have ended with the training. Open them again: balgrad runs ${folder}`);
    }
  }
}
