/** @module Pictures as a pretrained encoder wants them, by the settings of its image processor. */

import { basename, join } from "node:path";

import { z } from "zod";

import { DataError, UserError } from "../../errors.js";
import { exists } from "../../system.js";
import type { Normalisation } from "../../prepare/normalisation.js";
import { decodeWhole } from "../../prepare/images/decode.js";
import type { ImagePreparation } from "../../prepare/preparation.js";
import { readEncoderConfig, readSettings } from "./config.js";
import { contentHash } from "./contents.js";
import { PREPROCESSOR_FILES } from "./names.js";
import { planPreprocessing, type PreprocessorPlan, type Scaling } from "./preprocessor.js";
import { centerCrop, type Pixels, resample } from "./resample.js";

/** How pictures become an encoder's input. */
export interface OpenImagePreparation {
  readonly preparation: ImagePreparation;
  readonly normalisation: Normalisation;
}

// Whole pictures lie in memory while they are resized, several at a time.
const LONGEST_SIDE = 4096;
// A picture of one row would be scaled to millions of columns.
const MOST_ELONGATED = 100;

/** Raised when the same picture and settings would give other pixels. */
const FORMAT = 2;

/** Width and height that a picture is scaled to. */
function scaledSize(
  { width, height }: Pick<Pixels, "width" | "height">,
  scaling: Scaling,
): readonly [number, number] {
  if (scaling.kind === "exact") return [scaling.width, scaling.height];
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const { kind, edge } = scaling;
  const other = Math.max(
    1,
    Math.trunc(kind === "shortest" ? (edge * long) / short : (edge * short) / long),
  );
  const isWide = width > height;
  const [wide, high] = kind === "shortest" ? [other, edge] : [edge, other];
  return isWide ? [wide, high] : [high, wide];
}

/** The shape that all pictures get, `[3, height, width]`. */
function findShape(plan: PreprocessorPlan, file: string): ImagePreparation["shape"] {
  const { scaling, crop } = plan;
  if (crop) return [3, crop[1], crop[0]];
  if (scaling?.kind === "exact") return [3, scaling.height, scaling.width];
  throw new UserError(
    `${file}: pictures keep their own shape with these settings.`,
    `All must become one shape: state "size" with "height" and "width", or "do_center_crop" with "crop_size".`,
  );
}

/** Interleaved pixels as planes, RGB or BGR. */
function toPlanes({ pixels, width, height }: Pixels, flips: boolean): Uint8Array {
  const area = width * height;
  const planes = new Uint8Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    const start = (flips ? 2 - channel : channel) * area;
    for (let at = 0; at < area; at++) planes[start + at] = pixels[3 * at + channel]!;
  }
  return planes;
}

function prepare(
  image: Pixels,
  { scaling, resampling, crop, flips }: PreprocessorPlan,
): Uint8Array {
  const { width, height } = image;
  if (Math.max(width, height) > MOST_ELONGATED * Math.min(width, height)) {
    throw new DataError(`the image of ${width} by ${height} pixels is too narrow to be scaled`);
  }
  const scaled = scaling ? resample(image, scaledSize(image, scaling), resampling) : image;
  return toPlanes(crop ? centerCrop(scaled, crop) : scaled, flips);
}

const processorsFile = z.looseObject({ image_processor: z.unknown().optional() });

/** The image processor's part of a file: newer files hold those of several modalities. */
async function processorSettings(file: string): Promise<unknown> {
  if (basename(file) !== PREPROCESSOR_FILES[1]) return readSettings(file, z.unknown());
  const { image_processor: nested } = await readSettings(file, processorsFile);
  if (nested !== undefined) return nested;
  throw new UserError(
    `${file}: it has no "image_processor".`,
    `Add it, or a file ${PREPROCESSOR_FILES[0]}.`,
  );
}

/** The file of a folder that states its image processor; the usual one where there is none. */
export async function preprocessorFile(folder: string): Promise<string> {
  for (const name of PREPROCESSOR_FILES) {
    if (await exists(join(folder, name))) return join(folder, name);
  }
  return join(folder, PREPROCESSOR_FILES[0]);
}

/** The architecture that `config.json` names, where there is one. */
async function architectureOf(folder: string): Promise<string | undefined> {
  const path = join(folder, "config.json");
  if (!(await exists(path))) return undefined;
  const { model_type: type, vision_config: vision } = await readEncoderConfig(path);
  return vision?.model_type ?? type ?? undefined;
}

/**
 * Loads the preparation that a folder's image processor states: scaling and cropping; rescaling and
 * normalisation are left to whoever makes batches.
 *
 * @param file - The `preprocessor_config.json`, or a `processor_config.json` with an `image_processor`.
 * @throws {UserError} naming file and field where it is wrong or states what is not done.
 */
export async function openImagePreparation(
  folder: string,
  file: string,
): Promise<OpenImagePreparation> {
  const settings = await processorSettings(file);
  const plan = planPreprocessing(file, settings, await architectureOf(folder));
  const shape = findShape(plan, file);
  return {
    normalisation: plan.normalisation,
    preparation: {
      shape,
      identity: `preprocessor ${FORMAT} ${await contentHash([file])} ${JSON.stringify(plan)}`,
      async decode(source) {
        const image = await decodeWhole(source, LONGEST_SIDE);
        const { size, note } = image;
        return { planes: prepare(image, plan), size, ...(note !== undefined && { note }) };
      },
    },
  };
}
