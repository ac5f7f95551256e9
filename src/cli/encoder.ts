/** @module `balgrad encoder`: files of pretrained encoders. */

import { Command } from "commander";

import { convertEncoder } from "../usecases/convert.js";
import { print } from "./print.js";

interface ConvertOptions {
  readonly force?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad encoder convert models/vit models/vit-fp32
  $ balgrad encoder convert models/bert/onnx/model_quantized.onnx bert.onnx`;

async function runConvert(
  source: string,
  out: string,
  { force, json }: ConvertOptions,
): Promise<void> {
  const made = await convertEncoder({ source, out, force });
  const { model, target, bytes, converted } = made;
  if (json) {
    print(JSON.stringify({ model, target, bytes, ...converted }));
    return;
  }
  print(`${model} -> ${target}, ${(bytes / 1e6).toFixed(1)} MB, float32`);
  print(
    `${converted.halves} tensors of half precision widened, ${converted.dequantized} quantized weights dequantized`,
  );
}

/** The `encoder` command with its subcommands. */
export function encoderCommand(): Command {
  const convert = new Command("convert")
    .description("convert a model with half-precision or quantized weights to float32")
    .argument("<source>", "ONNX file, or folder of an encoder")
    .argument("<out>", "file or folder to write")
    .option("--force", "overwrite existing files")
    .option("--json", "print one JSON object")
    .addHelpText("after", EXAMPLES);
  return new Command("encoder")
    .description("convert files of pretrained encoders")
    .addCommand(convert.action(runConvert));
}
