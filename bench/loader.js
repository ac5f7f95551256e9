/**
 * @module Reads a table, decodes its pictures and cuts all batches, as training does; prints JSON:
 * wall and processor seconds with an empty cache (`cold`) and a filled one (`warm`), and peak memory in MB.
 */

import { dataConfig } from "../dist/data/config.js";
import { openDataset } from "../dist/data/open.js";
import { makeBatch } from "../dist/prepare/batch.js";
import { prepareDataset } from "../dist/prepare/prepare.js";
import { scratchImages } from "../dist/prepare/images/decode.js";
import { hashedText } from "../dist/prepare/text.js";

const [table, side, batch, mode] = process.argv.slice(2);

/** All batches of an epoch in shuffled order, as training asks for them. */
function cutBatches({ prepared }) {
  for (const split of [prepared.train, prepared.validation, prepared.test]) {
    const rows = Array.from({ length: split.size }, (_, at) => (at * 7919) % split.size);
    for (let start = 0; start < rows.length; start += Number(batch)) {
      makeBatch(split, rows.slice(start, start + Number(batch)));
    }
  }
}

async function read() {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const dataset = await openDataset(dataConfig.parse({ source: table }));
  const result = await prepareDataset(dataset, {
    image: scratchImages(Number(side)),
    text: hashedText({ buckets: 4096, maxTokens: 192 }),
  });
  cutBatches(result);
  const { user, system } = process.cpuUsage(cpu);
  const time = { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
  return { result, time };
}

const { result, time: cold } = await read();
// An epoch more touches every picture again, wherever it lies by now.
if (mode === "epochs") cutBatches(result);
const warm = mode === "twice" ? (await read()).time : null;
const peak = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ cold, warm, peak }));
