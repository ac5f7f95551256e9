/** @module `balgrad encode`: features of frozen encoders, made ahead of training. */

import { Command } from "commander";

import { assertReadable } from "../data/fitness.js";
import { unusedSide } from "../data/modalities.js";
import { type DataIssue, SPLITS } from "../data/dataset.js";
import { cacheSize, damagedCache, featureFolder } from "../prepare/cache.js";
import { prepareDataset, type PrepareResult } from "../prepare/prepare.js";
import type { PreparedDataset } from "../prepare/prepared.js";
import { writeFeatureFolder } from "../encode/features/export.js";
import {
  extractFeatures,
  type ExtractProgress,
  type FrozenEncoders,
} from "../encode/features/extract.js";
import { ConfigError } from "../errors.js";
import type { RunConfig } from "../run/config.js";
import { prepareOptions, openData } from "../run/data.js";
import { extractionOf, openEncoders } from "../run/encoders.js";
import { count } from "../text.js";
import { positive } from "./arguments.js";
import { assignment } from "./assign.js";
import { printData } from "./describe.js";
import { withInterrupt } from "./interrupt.js";
import { printIssues, printNotices } from "./issues.js";
import { showEncoding, showExtraction } from "./progress.js";
import { Interrupted } from "./runs.js";
import { addDataFlags, DATA_ARGUMENT, readSettings } from "./settings.js";
import { print } from "./print.js";

interface EncodeCommandOptions {
  readonly imageEncoder?: string;
  readonly textEncoder?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad encode data.csv --image-encoder models/vit --text-encoder models/minilm
  $ balgrad encode data.csv --image-encoder models/vit --out features
  $ balgrad train features                         the features as a data set of their own`;

/** Settings that features depend on; `model.image` and `model.text` only where they have an encoder. */
const USED =
  /^(data\.|evaluation\.(imageNoise|textNoise|noiseCurve|corruptions|seed)$|model\.(image|text)\.)/;

/** Stops at settings that features do not depend on: they would be ignored. */
function checkUsed(options: EncodeCommandOptions): void {
  const paths = options.set?.map((text) => assignment(text, "--set")[0]) ?? [];
  const encoders = { image: options.imageEncoder, text: options.textEncoder };
  for (const path of paths) {
    const [, side] = /^model\.(image|text)\./.exec(path) ?? [];
    const hasEncoder =
      side === undefined ||
      options.config !== undefined ||
      encoders[side as "image" | "text"] !== undefined ||
      paths.includes(`model.${side}.encoder`);
    if (USED.test(path) && hasEncoder) continue;
    throw new ConfigError(
      `--set ${path}: features do not depend on it.`,
      hasEncoder
        ? "encode takes data.*, evaluation.imageNoise, evaluation.textNoise, evaluation.noiseCurve, evaluation.corruptions, evaluation.seed, and model.image.* and model.text.* of encoders."
        : `Give --${side}-encoder, too, or leave the setting out.`,
    );
  }
}

/** Opens the encoders, and says what had to be decided about them. */
async function openNamed(config: RunConfig): Promise<FrozenEncoders> {
  const encoders = await openEncoders(config);
  if (!encoders.image && !encoders.text) {
    throw new ConfigError(
      "There is no encoder to encode with.",
      "Give --image-encoder, --text-encoder or both.",
    );
  }
  const { modalities } = config.data;
  const unused = unusedSide(modalities);
  if (unused !== null && encoders[unused]) {
    throw new ConfigError(
      `--${unused}-encoder has no effect with --${modalities}-only: leave one of them out.`,
    );
  }
  printNotices(encoders);
  return encoders;
}

/** Reads the samples as the encoders take them, and says what was wrong with them. */
async function readSamples(
  config: RunConfig,
  encoders: FrozenEncoders,
  { json }: EncodeCommandOptions,
): Promise<PrepareResult> {
  const { image, text } = encoders;
  const progress = showEncoding();
  const { onProgress } = progress;
  const read = async () => {
    const dataset = await openData(config, { onProgress, ...(!json && { onOpen: printData }) });
    const options = { ...prepareOptions(config, encoders), onProgress };
    return { dataset, result: await prepareDataset(dataset, options) };
  };
  const { dataset, result } = await read().finally(progress.stop);
  printIssues([...dataset.issues, ...result.issues]);
  assertReadable(dataset, result.yields, [
    ...(image ? (["image"] as const) : []),
    ...(text ? (["text"] as const) : []),
  ]);
  return result;
}

/** What the command did; printed as JSON. */
interface EncodeReport {
  readonly data: string;
  readonly samples: number;
  /** Lengths of the vectors. */
  readonly sizes: { readonly image?: number; readonly text?: number };
  /** Feature vectors, those of noisy inputs among them. */
  readonly vectors: number;
  /** How many of them were made now. */
  readonly encoded: number;
  readonly seconds: number;
  readonly cache: { readonly folder: string; readonly files: number; readonly bytes: number };
  readonly out?: string;
}

function printReport({ data, samples, sizes, vectors, encoded, seconds, ...where }: EncodeReport) {
  const { cache, out } = where;
  const lengths = Object.entries(sizes).map(([side, size]) => `${side} ${size}`);
  print(`${data}: ${count(samples, "sample")}, features: ${lengths.join(", ")}`);
  const speed = encoded > 0 ? `, ${(encoded / seconds).toFixed(1)} per second` : "";
  print(
    `${count(vectors, "feature vector")}: ${vectors - encoded} were there, ${encoded} made in ${seconds.toFixed(1)} s${speed}`,
  );
  print(
    `Cache:  ${cache.folder} (${count(cache.files, "file")}, ${(cache.bytes / 1e6).toFixed(1)} MB)`,
  );
  if (out !== undefined) print(`Output: ${out}`);
}

/** Extracts with progress; Ctrl-C keeps what is done. */
async function extract(
  data: PreparedDataset,
  encoders: FrozenEncoders,
  config: RunConfig,
): Promise<{ readonly features: PreparedDataset; readonly last: ExtractProgress }> {
  const progress = showExtraction();
  let last: ExtractProgress = { done: 0, total: 0, encoded: 0 };
  const damaged: DataIssue[] = [];
  return withInterrupt(async (signal) => {
    try {
      const features = await extractFeatures(data, encoders, {
        ...extractionOf(config, "test"),
        signal,
        onDamaged: (path) => damaged.push(damagedCache(path)),
        onProgress: (now) => {
          last = now;
          progress.onProgress(now.done, now.total);
        },
      });
      progress.stop();
      printIssues(damaged);
      return { features, last };
    } catch (error) {
      progress.stop();
      if (!signal.aborted) throw error;
      throw new Interrupted(featureFolder(), "Continue with the same command.");
    } finally {
      progress.stop();
    }
  });
}

async function runEncode(
  source: string | undefined,
  options: EncodeCommandOptions,
  command: Command,
): Promise<void> {
  checkUsed(options);
  const config = await readSettings(command, source);
  const encoders = await openNamed(config);
  const { prepared: data, facts } = await readSamples(config, encoders, options);
  const start = performance.now();
  const { features, last } = await extract(data, encoders, config);
  const seconds = (performance.now() - start) / 1000;
  const { out, json } = options;
  if (out !== undefined) {
    const samples = {
      train: facts.train.map(({ sample }) => sample),
      validation: facts.validation.map(({ sample }) => sample),
      test: facts.test.map(({ sample }) => sample),
    };
    await writeFeatureFolder(out, features, samples);
  }
  const { image, text } = encoders;
  const report: EncodeReport = {
    data: data.name,
    samples: SPLITS.reduce((sum, split) => sum + data[split].size, 0),
    sizes: { ...(image && { image: image.size }), ...(text && { text: text.size }) },
    vectors: last.total,
    encoded: last.encoded,
    seconds,
    cache: { folder: featureFolder(), ...(await cacheSize()).features },
    ...(out !== undefined && { out }),
  };
  if (json) print(JSON.stringify(report));
  else printReport(report);
}

/** The `encode` command. */
export function encodeCommand(): Command {
  const command = new Command("encode")
    .description("make the features of frozen encoders ahead of training; they are kept")
    .argument("[data]", DATA_ARGUMENT)
    .option("--image-encoder <name>", "folder or hub name of an ONNX image encoder")
    .option("--text-encoder <name>", "folder or hub name of an ONNX text encoder")
    .option("--out <folder>", "also write the features as a data set of their own")
    .option("--threads <number>", "threads of one operator (default: all cores)", positive)
    .option("--json", "print one JSON object");
  return addDataFlags(command).addHelpText("after", EXAMPLES).action(runEncode);
}
