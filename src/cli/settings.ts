/** @module Settings from a configuration file and flags: flags win. */

import { type Command, Option } from "commander";

import { SCORES } from "../data/dataset.js";
import { ENCODER_PAIRS } from "../encode/pretrained/pairs.js";
import { FUSIONS, SURGERIES } from "../model/config.js";
import { readConfigFile } from "../run/config.js";
import { SELECTIONS } from "../train/config.js";
import type { GivenSettings } from "../usecases/settings.js";
import { classWeights, corruptionNames, names, number, timeSpan } from "./arguments.js";
import { assign, assignment, type Settings } from "./assign.js";

/** What the argument `[data]` of every command is. */
export const DATA_ARGUMENT =
  "emoji:groups, emoji:subgroups, synthetic, a CSV, TSV, JSON, JSONL, Excel or Parquet file, or a folder";

/** Paths of flags that set more than one setting. */
const IMAGE_ENCODER = "model.image.encoder";
const TEXT_ENCODER = "model.text.encoder";
const PAIR = "model.encoders";

/** A flag that sets one setting, by its dotted path. */
interface Flag {
  readonly option: Option;
  readonly path: string;
  /** What a flag without an argument sets. */
  readonly value?: unknown;
}

const numeric = (flags: string, text: string, path: string): Flag => ({
  option: new Option(flags, text).argParser(number),
  path,
});
const textual = (flags: string, text: string, path: string, choices?: readonly string[]): Flag => {
  const option = new Option(flags, text);
  return { option: choices ? option.choices(choices) : option, path };
};

/** Names with commas between them. */
const listed = (flags: string, text: string, path: string): Flag => ({
  option: new Option(flags, text).argParser(names),
  path,
});
const MODALITIES = "data.modalities";

const DATA_FLAGS: readonly Flag[] = [
  textual("--image-column <name>", "column with the picture's path", "data.columns.image"),
  textual("--text-column <name>", "column with the text", "data.columns.text"),
  textual("--label-column <name>", "column with the label", "data.columns.label"),
  listed("--label-columns <names>", "columns of 0 and 1, one per class", "data.columns.labels"),
  textual("--split-column <name>", "column with train, validation or test", "data.columns.split"),
  textual("--group-column <name>", "column of what stays in one split", "data.columns.group"),
  textual("--id-column <name>", "column with the sample's name", "data.columns.id"),
  textual("--images <folder>", "folder of the pictures (default: the table's)", "data.images"),
  textual("--image-features <file>", "own features instead of pictures", "data.features.image"),
  textual("--text-features <file>", "own features instead of texts", "data.features.text"),
  textual("--encoding <name>", "encoding of text files, such as gbk", "data.encoding"),
  textual("--separator <sign>", "between a CSV file's columns; or tab", "data.separator"),
  textual(
    "--label-separator <text>",
    "several labels per cell: multi-label",
    "data.labelSeparator",
  ),
  textual("--class-names <file>", "names of class numbers or positions", "data.classNames"),
  listed("--missing-labels <words>", "words for a missing label", "data.missingLabels"),
  {
    option: new Option("--text-only", "use the texts alone").conflicts("imageOnly"),
    ...{ path: MODALITIES, value: "text" },
  },
  {
    option: new Option("--image-only", "use the images alone").conflicts("textOnly"),
    ...{ path: MODALITIES, value: "image" },
  },
  textual("--captions <which>", "of several texts per sample", "data.variant.caption", [
    ...["all", "first", "random"],
  ]),
  textual("--on-bad <what>", "samples with an unusable picture or text", "data.onBad", [
    "skip",
    "stop",
    "missing",
  ]),
  textual("--on-unknown-label <what>", "labels that training lacks", "data.onUnknownLabel", [
    "skip",
    "stop",
  ]),
  textual("--locale <code>", "language of the emoji texts", "data.locale"),
  numeric("--split-seed <number>", "seed of a drawn split", "data.splitSeed"),
  textual("--splits <which>", "the data's own, or all drawn", "data.splits", ["given", "draw"]),
  textual("--look-alikes <how>", "in drawn splits", "data.lookAlikes", ["together", "ignore"]),
];

/** The option that asks for corruptions. */
export const corruptionsOption = (): Option =>
  new Option("--corruptions [names]", "also test corrupted inputs, all kinds or some")
    .argParser(corruptionNames)
    .preset("all");

const METHOD_FLAGS: readonly Flag[] = [
  textual("--method <name>", 'balance method, see "balgrad methods"', "method.name"),
  numeric("--lambda <number>", "BalGrad: strength of the KL gradients", "method.options.lambda"),
  textual("--status <measure>", "BalGrad: measure of learning", "method.options.status"),
];

/** Flags of a training that a comparison does not have: its rows must not depend on how busy the machine is. */
const TRAIN_FLAGS: readonly Flag[] = [
  ...METHOD_FLAGS,
  {
    option: new Option(
      "--time <length>",
      "most time for the training of each seed, such as 90s, 10m, 1.5h: epochs are planned to fit; with auto: for the choice and all training",
    ).argParser(timeSpan),
    path: "train.time",
  },
];

/** Flags of pretrained encoders and of how they are trained. */
const ENCODER_FLAGS: readonly Flag[] = [
  textual("--encoders <pair>", `both: ${Object.keys(ENCODER_PAIRS).join(", ")}`, PAIR),
  textual("--image-encoder <name>", "folder or hub name of a pretrained one", IMAGE_ENCODER),
  textual("--text-encoder <name>", "folder or hub name of a pretrained one", TEXT_ENCODER),
  textual("--finetune <what>", "none, last:N blocks, lora, all", "model.finetune.mode"),
  numeric("--encoder-rate <share>", "learning rate of encoders", "model.finetune.rate"),
  numeric("--layer-decay <factor>", "rate of each block below", "model.finetune.layerDecay"),
  numeric("--lora-rank <number>", "rank of low-rank updates", "model.finetune.rank"),
  textual("--lora-targets <names>", "attention, all, or names", "model.finetune.targets"),
  numeric("--encoder-dropout <rate>", "dropout in encoders", "model.finetune.dropout"),
  textual("--surgery <where>", "compare gradients", "model.finetune.surgery", SURGERIES),
  numeric("--micro-batch <number>", "samples computed at a time", "train.microBatch"),
];

const MODEL_FLAGS: readonly Flag[] = [
  numeric("--epochs <number>", "passes over the training split", "train.epochs"),
  numeric("--batch-size <number>", "samples per step", "train.batchSize"),
  numeric("--learning-rate <number>", "highest learning rate", "train.learningRate"),
  numeric("--weight-decay <number>", "decoupled weight decay", "train.weightDecay"),
  numeric("--clip-norm <number>", "largest gradient norm; 0: none", "train.clipNorm"),
  {
    option: new Option(
      "--class-weights <weights>",
      "balanced, inverse-sqrt, or class=number,...",
    ).argParser(classWeights),
    path: "train.classWeights",
  },
  numeric("--label-smoothing <share>", "of each target, spread out", "train.labelSmoothing"),
  numeric("--threads <number>", "threads of one operator (default: all cores)", "train.threads"),
  numeric("--patience <epochs>", "stop early after so many; 0: never", "train.patience"),
  textual("--score <name>", "what models are judged by", "evaluation.score", SCORES),
  {
    option: new Option("--noise-curve", "also test weaker and stronger noise"),
    ...{ path: "evaluation.noiseCurve", value: true },
  },
  { option: corruptionsOption(), path: "evaluation.corruptions" },
  textual("--select-by <figure>", "what chooses the best epoch", "train.selectBy", SELECTIONS),
  textual("--fusion <name>", "how embeddings are joined", "model.fusion", FUSIONS),
  numeric("--embed <number>", "length of the embeddings", "model.embed"),
  numeric("--dropout <rate>", "dropout on the embeddings", "model.dropout"),
];

function addFlags(command: Command, flags: readonly Flag[]): Command {
  for (const { option } of flags) command.addOption(option);
  return command;
}

/** Adds the flags that describe the data. */
export function addDataFlags(command: Command): Command {
  return addFlags(command, DATA_FLAGS)
    .option("--config <file>", "JSON file with settings")
    .option("--set <path=value...>", "any setting, e.g. --set train.warmup=0.1");
}

/**
 * Adds the flags that describe model and training.
 *
 * @param except - Setting whose flag the command defines itself.
 */
export const addModelFlags = (command: Command, except?: string): Command =>
  addFlags(
    command,
    MODEL_FLAGS.filter(({ path }) => path !== except),
  );

/** Adds the flags of pretrained encoders. */
export const addEncoderFlags = (command: Command): Command => addFlags(command, ENCODER_FLAGS);

/** Adds the flags that describe method, model and training, and those of the data. */
export function addTrainFlags(command: Command): Command {
  return addDataFlags(addEncoderFlags(addModelFlags(addFlags(command, TRAIN_FLAGS))));
}

/** Makes the sides for which an encoder is given pretrained ones. */
function assignEncoders(settings: Settings, image: unknown, text: unknown): void {
  for (const [side, encoder] of Object.entries({ image, text })) {
    if (encoder === undefined) continue;
    assign(settings, `model.${side}.type`, "pretrained");
    assign(settings, `model.${side}.encoder`, encoder);
  }
}

/**
 * What the configuration file and the flags of a command say; flags win.
 *
 * @param source - The data source given as an argument, if any.
 * @throws {ConfigError} naming the setting.
 */
export async function givenSettings(command: Command, source?: string): Promise<GivenSettings> {
  const options = command.opts<Record<string, unknown>>();
  const file = options.config as string | undefined;
  const settings: Settings =
    file === undefined ? {} : { ...((await readConfigFile(file)) as Settings) };
  if (source !== undefined) assign(settings, "data.source", source);
  const flags = [...DATA_FLAGS, ...TRAIN_FLAGS, ...MODEL_FLAGS, ...ENCODER_FLAGS];
  for (const { option, path, value: fixed } of flags) {
    const given = options[option.attributeName()];
    if (given === undefined) continue;
    const value = fixed ?? given;
    if (path === PAIR) assignEncoders(settings, value, value);
    else if (path === IMAGE_ENCODER) assignEncoders(settings, value, undefined);
    else if (path === TEXT_ENCODER) assignEncoders(settings, undefined, value);
    else assign(settings, path, value);
  }
  for (const text of (options.set as string[] | undefined) ?? []) {
    assign(settings, ...assignment(text, "--set"));
  }
  return { settings, origin: file ?? "command line" };
}
