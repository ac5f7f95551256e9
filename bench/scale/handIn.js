/**
 * @module Memory and time of handing in the shards of an extraction to a queue that is empty.
 *
 *     npm run bench:queue -- redis://127.0.0.1:6379 10000
 */

import { openQueue } from "../../dist/queue/open.js";
import { jobOf } from "../../dist/usecases/distributed/planner.js";

const SAMPLES = 1024;
const [address, count = "10000"] = process.argv.slice(2);
const queue = await openQueue(address);
const megabytes = () => Math.round(process.memoryUsage().rss / 1e6);
const before = megabytes();
let peak = before;
const look = setInterval(() => (peak = Math.max(peak, megabytes())), 20);
const start = performance.now();
const group = "hand-in";
const shards = Array.from({ length: Number(count) }, (_, at) => {
  const first = at * SAMPLES;
  const body = { task: "a".repeat(64), split: "train", first, samples: [[first, first + SAMPLES]] };
  return jobOf("encode", body, { label: `train from ${first}`, group });
});
const after = shards.map(({ id }) => id);
await queue.add([...shards, jobOf("features", { shards: after }, { label: "all", group, after })]);
clearInterval(look);
const seconds = (performance.now() - start) / 1000;
console.log({ jobs: shards.length + 1, seconds, megabytes: { before, peak } });
await queue.close();
