/**
 * @module What the fuzz test reads, the way that the commands do. A reader gives what it read as a text;
 * files with a digest must give the same text as before, or an error.
 */

import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { PLAN_FILE } from "../../dist/compare/plan.js";
import { SEARCH_FILE } from "../../dist/compare/tune.js";
import { dataConfig } from "../../dist/data/config.js";
import { assertFit } from "../../dist/data/fitness.js";
import { openDataset } from "../../dist/data/open.js";
import { prepareDataset } from "../../dist/prepare/prepare.js";
import { extractFeatures } from "../../dist/encode/features/extract.js";
import { FeatureStore } from "../../dist/encode/features/store.js";
import { scratchImages } from "../../dist/prepare/images/decode.js";
import { openEncoder } from "../../dist/encode/pretrained/open.js";
import { openShard } from "../../dist/prepare/shard.js";
import { hashedText } from "../../dist/prepare/text.js";
import { modelConfig } from "../../dist/inputs/config.js";
import { imageInput } from "../../dist/inputs/image/pretrained.js";
import { textInput } from "../../dist/inputs/text/pretrained.js";
import { Classifier } from "../../dist/predict/predict.js";
import { checkConfig, readConfigFile } from "../../dist/run/config.js";
import { RunFolder } from "../../dist/run/folder.js";
import { Run } from "../../dist/run/run.js";
import { readResults } from "../../dist/run/results.js";
import { nodeRuntime } from "../../dist/runtime/node.js";
import { readSealed } from "../../dist/files/sealed.js";

const SCRATCH = { image: scratchImages(8), text: hashedText({ buckets: 64, maxTokens: 16 }) };

const hash = (...parts) => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest("hex");
};

async function readTable(settings) {
  const dataset = await openDataset(dataConfig.parse(settings));
  assertFit(dataset);
  const { prepared } = await prepareDataset(dataset, SCRATCH);
  for (const split of [prepared.train, prepared.validation, prepared.test]) {
    for (let row = 0; row < split.size; row++) {
      split.images.row(row);
      if (split.texts.kind === "features") split.texts.row(row);
    }
  }
  return "";
}

const table = (name) => (folder) => readTable({ source: join(folder, name) });

const layout = (folder) => readTable({ source: folder });

/** A data set in memory for encoders: two classes in each split. */
const QUESTIONS = {
  ...{ name: "x", labelKind: "single-label", classes: ["a", "b"], issues: [] },
  samples: Array.from({ length: 9 }, (_, at) => ({
    id: String(at),
    image: { kind: "pixels", pixels: new Uint8Array(48).fill(at * 9), width: 4, height: 4 },
    text: `red square ${at}`,
    labels: [at % 2],
    split: ["train", "validation", "test"][at % 3],
  })),
};

async function readEncoder(folder, modality) {
  const encoder = await openEncoder(folder, modality, {});
  const encoders = { [modality]: encoder };
  const preparations = { ...SCRATCH, [modality]: encoder.preparation };
  const { prepared } = await prepareDataset(QUESTIONS, preparations);
  const options = { noise: { image: 1, text: 0.5 }, seed: 1, threads: 1 };
  const features = await extractFeatures(prepared, encoders, options);
  // A fine-tuned encoder is imported as a graph.
  const { finetune } = modelConfig.parse({ finetune: { mode: "all" } });
  const context = { finetune, standardise: true, maxTokens: encoder.maxTokens ?? 1 };
  await (modality === "image" ? imageInput : textInput)(encoder, context).check();
  return hash(features.train.ids.join());
}

async function readPicture(folder, name) {
  await SCRATCH.image.decode({ kind: "file", path: join(folder, name) });
  return "";
}

async function answer(folder) {
  const classifier = await Classifier.load(folder, nodeRuntime({ threads: 1 }));
  try {
    const image = { kind: "pixels", pixels: new Uint8Array(48).fill(90), width: 4, height: 4 };
    return JSON.stringify([
      await classifier.classify({ image, text: "a red thing" }),
      await classifier.classify({ text: "blue" }, "joint"),
    ]);
  } finally {
    await classifier.release();
  }
}

async function readMetrics(folder, name, { position }) {
  const run = await Run.open(new RunFolder(folder));
  await run.metrics.rewind(position);
  return JSON.stringify(await run.metrics.read());
}

async function readSnapshot(folder) {
  const run = await Run.open(new RunFolder(folder));
  const { position, state } = await run.load("last");
  const tensors = [...state].map(([name, { shape, data }]) => [
    ...[name, String(shape)],
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
  return hash(JSON.stringify(position), ...tensors.flat());
}

/** A damaged file of the cache counts as none. */
const NONE = "none";

async function readShard(folder, name) {
  const shard = await openShard(join(folder, name), "file");
  if (!shard) return NONE;
  return hash(JSON.stringify(shard.entries), ...shard.entries.map((_, at) => shard.pixels(at)));
}

async function readFeatures(folder, name) {
  process.env.BALGRAD_CACHE = folder;
  const store = await FeatureStore.open(() => undefined);
  const stem = name.replace("features/", "").replace(".safetensors", "");
  const found = await store.find(stem, 4, 3);
  return found ? JSON.stringify([0, 1, 2, 3].map((at) => [...found.row(at)])) : NONE;
}

const file = (kind) => ({ kind });

/**
 * All readers: the folder of their files, which of them are damaged and how (`json`, `sealed`,
 * `safetensors` or `bytes`), whether they have digests, and how they are read.
 */
export const READERS = {
  csv: { targets: { "data.csv": file("bytes") }, read: table("data.csv") },
  tsv: { targets: { "data.tsv": file("bytes") }, read: table("data.tsv") },
  jsonl: { targets: { "data.jsonl": file("json") }, read: table("data.jsonl") },
  json: { targets: { "data.json": file("json") }, read: table("data.json") },
  xlsx: { targets: { "data.xlsx": file("zip") }, read: table("data.xlsx") },
  parquet: { targets: { "data.parquet": file("bytes") }, read: table("data.parquet") },
  arrow: {
    targets: { "data-00000-of-00001.arrow": file("bytes"), "state.json": file("json") },
    read: layout,
  },
  imagefolder: {
    targets: { "metadata.jsonl": file("json"), "val/metadata.csv": file("bytes") },
    read: layout,
  },
  // The library's WebAssembly keeps what files before took of its memory; a command opens one file.
  hdf5: { fresh: true, targets: { "multimodal_imdb.hdf5": file("bytes") }, read: layout },
  npy: {
    targets: { "image.npy": file("bytes") },
    read: (folder) =>
      readTable({
        source: join(folder, "data.jsonl"),
        features: { image: join(folder, "image.npy") },
      }),
  },
  safetensors: {
    targets: { "text.safetensors": file("safetensors") },
    read: (folder) =>
      readTable({
        source: join(folder, "data.jsonl"),
        features: {
          image: join(folder, "image.npy"),
          text: join(folder, "text.safetensors"),
        },
      }),
  },
  picture: {
    targets: Object.fromEntries(
      ["jpeg.jpg", "png.png", "webp.webp", "gif.gif", "tiff.tif", "bmp.bmp", "svg.svg"].map(
        (name) => [name, file("bytes")],
      ),
    ),
    read: readPicture,
  },
  mmimdb: {
    targets: { "split.json": file("json"), "dataset/0001.json": file("json") },
    read: layout,
  },
  food101: { targets: { "split.json": file("json"), "text.json": file("json") }, read: layout },
  memes: { targets: { "train.jsonl": file("json") }, read: layout },
  settings: {
    targets: { "settings.json": file("json") },
    read: async (folder) =>
      JSON.stringify(checkConfig(await readConfigFile(join(folder, "settings.json")), "settings")),
  },
  bert: {
    targets: {
      "config.json": file("json"),
      "tokenizer.json": file("json"),
      "tokenizer_config.json": file("json"),
      "modules.json": file("json"),
      "1_Pooling/config.json": file("json"),
      "onnx/model.onnx": file("bytes"),
    },
    read: (folder) => readEncoder(folder, "text"),
  },
  vit: {
    targets: {
      "config.json": file("json"),
      "preprocessor_config.json": file("json"),
      "onnx/model.onnx": file("bytes"),
    },
    read: (folder) => readEncoder(folder, "image"),
  },
  run: {
    targets: { "run.json": file("sealed") },
    sealed: true,
    read: async (folder) => JSON.stringify((await Run.open(new RunFolder(folder))).config),
  },
  metrics: { targets: { "metrics.jsonl": file("json") }, sealed: true, read: readMetrics },
  checkpoint: {
    targets: { "checkpoints/last.safetensors": file("safetensors") },
    sealed: true,
    read: readSnapshot,
  },
  results: {
    targets: { "results.json": file("sealed"), "metrics.jsonl": file("json") },
    sealed: true,
    read: async (folder) =>
      JSON.stringify(await readResults(await Run.open(new RunFolder(folder)))),
  },
  model: {
    targets: {
      "model/model.json": file("sealed"),
      "model/model.onnx": file("bytes"),
    },
    sealed: true,
    read: answer,
  },
  exported: {
    targets: {
      "model.json": file("sealed"),
      "onnx/model.onnx": file("bytes"),
      "preprocessor_config.json": file("json"),
    },
    sealed: true,
    read: answer,
  },
  plan: {
    targets: { "compare.json": file("sealed") },
    sealed: true,
    read: async (folder) =>
      JSON.stringify(await readSealed(join(folder, "compare.json"), PLAN_FILE)),
  },
  search: {
    targets: { "tune.json": file("sealed") },
    sealed: true,
    read: async (folder) =>
      JSON.stringify(await readSealed(join(folder, "tune.json"), SEARCH_FILE)),
  },
  shard: { targets: { "one.shard": file("bytes") }, sealed: true, none: NONE, read: readShard },
  features: {
    targets: { "features/one.safetensors": file("safetensors") },
    sealed: true,
    none: NONE,
    read: readFeatures,
  },
};

/** Files in a folder and those below it, relative. */
export const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
