/** @module What the coordinator's objects take of its memory. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Bytes of each of many objects. */
function bytesOf(count, make) {
  collect();
  const before = process.memoryUsage().heapUsed;
  const objects = Array.from({ length: count }, (_, at) => make(at));
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  return Math.round((objects.length * bytes) / count / count);
}

/** Text of its own, as it comes from a file. */
const text = (at, length) => Buffer.alloc(length, `${at} a photo of a cat. `).toString();

/** Bytes of a sample with a picture in a file and a caption of 60 letters, and of a job for a shard. */
export const measureMemory = (count = 50_000) => ({
  sample: bytesOf(count, (at) => ({
    ...{ id: text(at, 12), split: "train", labels: [at % 10], text: text(at, 60) },
    image: { kind: "file", path: text(at, 40) },
  })),
  job: bytesOf(count, (at) => ({
    ...{ id: text(at, 39), kind: "encode", label: text(at, 18), group: "encode" },
    payload: { task: "task", split: "train", first: at, samples: [[at, at + 1]] },
  })),
});
