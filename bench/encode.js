/**
 * @module Feature vectors of frozen encoders per second: ours, from decoded pictures and texts to files in the cache,
 * and ONNX Runtime's own on tensors that are ready, in turn in one run.
 *
 *     npm run bench:encode -- --data photos.csv --image-encoder models/vit --text-encoder models/minilm
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import Table from "cli-table3";

import { dataConfig } from "../dist/data/config.js";
import { openDataset } from "../dist/data/open.js";
import { extractFeatures } from "../dist/encode/features/extract.js";
import { imageFeeds, textInputs } from "../dist/encode/features/inputs.js";
import { openEncoder } from "../dist/encode/pretrained/open.js";
import { prepareDataset } from "../dist/prepare/prepare.js";
import { usableCores } from "../dist/runtime/cores.js";
import { openFileSession } from "../dist/runtime/file.js";
import { median } from "./statistics.js";

const { values: flags } = parseArgs({
  options: {
    data: { type: "string" },
    "image-encoder": { type: "string" },
    "text-encoder": { type: "string" },
    "label-column": { type: "string" },
    samples: { type: "string", default: "384" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const [samples, rounds] = [flags.samples, flags.rounds].map(Number);
const BATCH = { image: 8, text: 32 };
const PICTURE_BATCHES = [8, 32];

const folder = mkdtempSync(join(tmpdir(), "balgrad-bench-encode-"));

/** Wall and processor time of some work, in seconds. */
async function timed(work) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

/** Some samples of a data set, prepared as the encoders want them. */
async function prepare(image, text) {
  const dataset = await openDataset(
    dataConfig.parse({
      source: flags.data,
      ...(flags["label-column"] && { columns: { label: flags["label-column"] } }),
    }),
  );
  const step = Math.max(1, Math.floor(dataset.samples.length / samples));
  const some = dataset.samples.filter((_, at) => at % step === 0).slice(0, samples);
  process.env.BALGRAD_CACHE = join(folder, "pictures");
  const { prepared } = await prepareDataset(
    { ...dataset, samples: some },
    { image: image.preparation, text: text.preparation },
  );
  return prepared;
}

/** Our extraction of one modality into an empty cache. */
async function extract(data, encoders, noise) {
  process.env.BALGRAD_CACHE = mkdtempSync(join(folder, "features-"));
  let vectors = 0;
  const time = await timed(() =>
    extractFeatures(data, encoders, {
      noise,
      seed: 1,
      onProgress: ({ encoded }) => {
        vectors = encoded;
      },
    }),
  );
  return { ...time, vectors };
}

/** ONNX Runtime with one session of all threads on ready tensors, as long as `vectors` ask for. */
async function runReady(session, output, batches, vectors) {
  let done = 0;
  const time = await timed(async () => {
    for (let at = 0; done < vectors; at++) {
      const { feeds, count } = batches[at % batches.length];
      await session.run(feeds, output);
      done += count;
    }
  });
  return { ...time, vectors: done };
}

const randomPictures = (count, shape, encoder) => {
  const width = shape.reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from({ length: count * width }, () => 2 * Math.random() - 1);
  return { feeds: imageFeeds(values, shape, encoder), count };
};

/** The batches of clean texts that we would run. */
async function textBatches({ train: { texts } }, encoder) {
  const rows = texts.tokens.flatMap((tokens, row) => (tokens.length > 0 ? [row] : []));
  const batches = [];
  for await (const { places, samples: own } of textInputs(texts.tokens, encoder).batches(
    rows.slice(0, 256),
    null,
    BATCH.text,
  )) {
    batches.push({ feeds: own.feeds, count: places.length });
  }
  return batches;
}

/** Runs contestants in turn; gives vectors per second of wall and of processor time. */
async function compare(contestants) {
  const turns = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) turns[name].push(await run());
  }
  return Object.fromEntries(
    Object.entries(turns).map(([name, list]) => [
      name,
      {
        wall: median(list.map(({ vectors, wall }) => vectors / wall)),
        cpu: median(list.map(({ vectors, cpu }) => vectors / cpu)),
      },
    ]),
  );
}

async function measure() {
  const image = await openEncoder(flags["image-encoder"], "image");
  const text = await openEncoder(flags["text-encoder"], "text");
  const data = await prepare(image, text);
  const { shape } = data.train.images;
  const pictures = await openFileSession(image.model);
  const texts = await openFileSession(text.model);
  const ready = Object.fromEntries(
    PICTURE_BATCHES.map((size) => {
      const batches = [randomPictures(size, shape, image)];
      return [
        `ONNX Runtime, batches of ${size}`,
        () => runReady(pictures, image.pooling.output, batches, samples),
      ];
    }),
  );
  const lengths = await textBatches(data, text);
  const quiet = { image: 0, text: 0 };
  const results = {
    pictures: await compare({
      ...ready,
      "ours, clean and noisy": () => extract(data, { image }, { image: 1, text: 0 }),
    }),
    texts: await compare({
      "ONNX Runtime, batches of one length": () =>
        runReady(texts, text.pooling.output, lengths, 4 * samples),
      "ours, clean and noisy": () => extract(data, { text }, { ...quiet, text: 0.5 }),
    }),
  };
  await pictures.release();
  await texts.release();
  return results;
}

function print(results) {
  const table = new Table({
    head: ["", "vectors / s", "of ONNX Runtime", "per s of processor time"],
  });
  for (const [what, rates] of Object.entries(results)) {
    const [base] = Object.values(rates);
    for (const [name, { wall, cpu }] of Object.entries(rates)) {
      table.push([
        `${what}: ${name}`,
        wall.toFixed(1),
        (wall / base.wall).toFixed(2),
        cpu.toFixed(1),
      ]);
    }
  }
  console.log(`${usableCores()} threads, medians of ${rounds} rounds in turn.`);
  console.log(table.toString());
}

try {
  const results = await measure();
  if (flags.json) console.log(JSON.stringify(results));
  else print(results);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
