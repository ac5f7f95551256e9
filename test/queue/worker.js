// A worker in a process of its own: takes jobs until it is killed, and writes each event as a line of JSON.
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { openQueue } from "../../dist/queue/open.js";

const [address, worker, lock, milliseconds] = process.argv.slice(2);
const queue = await openQueue(address, { environment: {}, lock: Number(lock), pause: 50 });
const tell = (event, id) => process.stdout.write(`${JSON.stringify({ worker, event, id })}\n`);

queue.take(
  async ({ id }, { signal }) => {
    tell("begun", id);
    try {
      await sleep(Number(milliseconds), undefined, { signal });
    } catch {
      tell(signal.reason, id);
      return { kind: "stopped" };
    }
    tell("ended", id);
    return { kind: "done" };
  },
  { worker, concurrency: 1 },
);
tell("ready", "");
