/** @module `balgrad encode`: features of frozen encoders, made ahead of training. */

import { Command } from "commander";

import { ConfigError } from "../errors.js";
import { count } from "../text.js";
import { encodeQueued, submitEncoding } from "../usecases/distributed/encode.js";
import { encode, type EncodeReport } from "../usecases/encode.js";
import { assignment } from "./assign.js";
import { addClusterFlags, type ClusterOptions, printDetached, withWorkers } from "./cluster.js";
import { addFlags } from "./flags.js";
import { print } from "./print.js";
import { addDataFlags, DATA_ARGUMENT, givenSettings } from "./settings.js";
import { watched } from "./watch.js";

interface EncodeCommandOptions extends ClusterOptions {
  readonly imageEncoder?: string;
  readonly textEncoder?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly detach?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad encode data.csv --image-encoder models/vit --text-encoder models/minilm
  $ balgrad encode data.csv --image-encoder models/vit --out features
  $ balgrad train features                         train on the features
  $ balgrad encode data.csv --image-encoder models/vit --queue redis://queue:6379 --store /mnt/shared`;

/** Settings that features depend on; `model.image` and `model.text` only where they have an encoder. */
const USED =
  /^(data\.|evaluation\.(imageNoise|textNoise|noiseCurve|corruptions|seed)$|model\.(image|text)\.)/;

/** Settings that have a flag, beside those of the data. */
const OWN = new Set(["model.image.encoder", "model.text.encoder", "train.threads"]);

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

function printReport({ data, samples, sizes, vectors, encoded, seconds, ...where }: EncodeReport) {
  const { cache, out } = where;
  const lengths = Object.entries(sizes).map(([side, size]) => `${side} ${size}`);
  print(`${data}: ${count(samples, "sample")}, features: ${lengths.join(", ")}`);
  const speed = encoded > 0 ? `, ${(encoded / seconds).toFixed(1)} per second` : "";
  print(
    `${count(vectors, "feature vector")}: ${vectors - encoded} cached, ${encoded} extracted in ${seconds.toFixed(1)} s${speed}`,
  );
  print(
    `Cache:  ${cache.folder} (${count(cache.files, "file")}, ${(cache.bytes / 1e6).toFixed(1)} MB)`,
  );
  if (out !== undefined) print(`Output: ${out}`);
}

async function runEncode(
  source: string | undefined,
  options: EncodeCommandOptions,
  command: Command,
): Promise<void> {
  checkUsed(options);
  const { out, json = false, detach = false } = options;
  if (detach && out !== undefined) {
    throw new ConfigError(
      "--out has no effect with --detach: the features are not made when the command ends.",
      "Give --out with the same command without --detach, once the jobs have ended.",
    );
  }
  const given = await givenSettings(command, source);
  const report = await withWorkers(options, (cluster, signal) =>
    watched<EncodeReport | string>({ describe: !json }, (events) => {
      const asked = { ...given, out, events, signal };
      if (!cluster) return encode(asked);
      return detach ? submitEncoding({ ...asked, cluster }) : encodeQueued({ ...asked, cluster });
    }),
  );
  if (typeof report === "string") printDetached(report, options);
  else if (json) print(JSON.stringify(report));
  else printReport(report);
}

/** The `encode` command. */
export function encodeCommand(): Command {
  const command = new Command("encode")
    .description("extract the features of frozen encoders ahead of training, and cache them")
    .argument("[data]", DATA_ARGUMENT)
    .option("--out <folder>", "also write the features as a data set")
    .option("--json", "print one JSON object");
  return addFlags(addDataFlags(addClusterFlags(command)), (path) => OWN.has(path))
    .addHelpText("after", EXAMPLES)
    .action(runEncode);
}
