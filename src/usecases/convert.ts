/** @module Encoders with half-precision or quantized weights as encoders with float32 weights. */

import { readFileSync } from "node:fs";
import { cp, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { WEIGHT_CHOICES, WEIGHT_SUFFIX } from "../encode/pretrained/names.js";
import { UserError } from "../errors.js";
import { say, setting } from "../message.js";
import { type ConvertedModel, toFloat32 } from "../graph/onnx/convert/convert.js";
import { writeFileAtomic } from "../files/atomic.js";
import { exists, makeFolder } from "../system.js";

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

/** What to convert. */
export interface ConvertRequest {
  /** An ONNX file, or the folder of an encoder. */
  readonly source: string;
  /** The file or folder to write. */
  readonly out: string;
  /** Whether what is there is overwritten; default: no. */
  readonly force?: boolean | undefined;
}

/** What was converted; plain JSON. */
export interface ConvertResult extends Pick<ConvertedModel, "converted"> {
  /** Path of the ONNX file that was read. */
  readonly model: string;
  /** Path of the one that was written. */
  readonly target: string;
  readonly bytes: number;
}

/**
 * Writes a float32 model; beside that of a folder, its settings and tokenizer.
 *
 * @throws {UserError} where there is no model, or one at `out` already.
 */
export async function convertEncoder({
  source,
  out,
  force = false,
}: ConvertRequest): Promise<ConvertResult> {
  const model = await modelOf(source);
  const isFolder = model !== source;
  const target = isFolder ? join(out, "onnx", "model.onnx") : out;
  if (!force && (await exists(target))) {
    throw new UserError(
      `${target}: there is a file already.`,
      say`Overwrite it with ${setting("force")}.`,
    );
  }
  const external = (location: string): Uint8Array => readFileSync(join(dirname(model), location));
  const { bytes, converted } = toFloat32(new Uint8Array(await readFile(model)), external);
  if (isFolder) {
    await copySettings(source, out);
    await makeFolder(dirname(target));
  }
  await writeFileAtomic(target, bytes);
  return { model, target, bytes: bytes.length, converted };
}
