/** @module `balgrad encoder`: files of pretrained encoders. */

import { readFileSync } from "node:fs";
import { cp, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { Command } from "commander";

import { WEIGHT_CHOICES, WEIGHT_SUFFIX } from "../encode/pretrained/names.js";
import { UserError } from "../errors.js";
import { makeFolder, exists } from "../system.js";
import { toFloat32 } from "../graph/onnx/convert/convert.js";
import { writeFileAtomic } from "../files/atomic.js";
import { print } from "./print.js";

interface ConvertOptions {
  readonly force?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad encoder convert models/vit models/vit-fp32
  $ balgrad encoder convert models/bert/onnx/model_quantized.onnx bert.onnx`;

/** The ONNX file to convert: a file itself, or the only one of a folder's `onnx`. */
async function modelOf(source: string): Promise<string> {
  if (!(await exists(source))) throw new UserError(`${source}: no such file or folder.`);
  if ((await stat(source)).isFile()) return source;
  // A model of full precision needs no conversion, so it comes last.
  const [full, ...others] = WEIGHT_CHOICES;
  const names = [...others, full].map((weights) => `model${WEIGHT_SUFFIX[weights]}.onnx`);
  for (const name of names) {
    const path = join(source, "onnx", name);
    if (await exists(path)) return path;
  }
  throw new UserError(
    `${join(source, "onnx")}: no ${names.join(", ")}.`,
    "Give the ONNX file itself.",
  );
}

/** Copies a folder's settings and tokenizer, not its models. */
async function copySettings(source: string, target: string): Promise<void> {
  await makeFolder(target);
  const isModel = (path: string): boolean => /\.onnx|^onnx$/.test(basename(path));
  await cp(source, target, {
    recursive: true,
    filter: (path) => path === source || !isModel(path),
  });
}

async function runConvert(source: string, out: string, options: ConvertOptions): Promise<void> {
  const model = await modelOf(source);
  const isFolder = model !== source;
  const target = isFolder ? join(out, "onnx", "model.onnx") : out;
  if (!options.force && (await exists(target))) {
    throw new UserError(`${target}: there is a file already.`, "Overwrite it with --force.");
  }
  const external = (location: string): Uint8Array => readFileSync(join(dirname(model), location));
  const { bytes, converted } = toFloat32(new Uint8Array(await readFile(model)), external);
  if (isFolder) {
    await copySettings(source, out);
    await makeFolder(dirname(target));
  }
  await writeFileAtomic(target, bytes);
  if (options.json) {
    print(JSON.stringify({ model, target, bytes: bytes.length, ...converted }));
    return;
  }
  print(`${model} -> ${target}, ${(bytes.length / 1e6).toFixed(1)} MB, float32`);
  print(
    `${converted.halves} tensors of half precision widened, ${converted.dequantized} quantized weights dequantized`,
  );
}

/** The `encoder` command with its subcommands. */
export function encoderCommand(): Command {
  const convert = new Command("convert")
    .description("make a float32 model of one with half-precision or quantized weights")
    .argument("<source>", "ONNX file, or folder of an encoder")
    .argument("<out>", "file or folder to write")
    .option("--force", "overwrite what is there")
    .option("--json", "print one JSON object")
    .addHelpText("after", EXAMPLES);
  return new Command("encoder")
    .description("look after files of pretrained encoders")
    .addCommand(convert.action(runConvert));
}
