/** @module Pictures as a pretrained encoder wants them, by the image processors of Transformers.js. */

import type { ImageProcessor } from "@huggingface/transformers";

import { DataError, UserError } from "../../errors.js";
import type { Normalisation } from "../batch.js";
import { decodeWhole, type WholeImage } from "../image.js";
import type { ImagePreparation } from "../preparation.js";
import { checkPreprocessor } from "./config.js";
import { contentHash } from "./contents.js";
import { withLibrary } from "./library.js";

/** How pictures become an encoder's input. */
export interface PreparedImages {
  readonly preparation: ImagePreparation;
  readonly normalisation: Normalisation;
}

// Whole pictures lie in memory while they are resized, several at a time.
const LONGEST_SIDE = 4096;
// A picture of one row would be scaled to millions of columns.
const MOST_ELONGATED = 100;

type Pixels = Pick<WholeImage, "pixels" | "width" | "height">;

/** Runs a processor on pixels; planar, as many as it likes. */
type Process = (image: Pixels) => Promise<{
  readonly shape: readonly number[];
  readonly planes: Uint8Array;
}>;

const triple = (value: number | readonly number[] | undefined, otherwise: number) => {
  const values = typeof value === "object" ? value : new Array<number>(3).fill(value ?? otherwise);
  return values as unknown as [number, number, number];
};

/** A processor's rescaling and normalisation as `(value / 255 - mean) / deviation`. */
function normalisationOf(processor: ImageProcessor): Normalisation {
  const { do_rescale: rescales, rescale_factor: factor, do_normalize: normalises } = processor;
  const scale = 255 * (rescales ? factor : 1);
  const mean = triple(normalises ? processor.image_mean : undefined, 0);
  const deviation = triple(normalises ? processor.image_std : undefined, 1);
  const scaled = (values: readonly number[]) =>
    triple(
      values.map((value) => value / scale),
      0,
    );
  // The library normalises before it swaps the channels.
  const swaps = processor.do_flip_channel_order;
  return {
    mean: scaled(swaps ? mean.toReversed() : mean),
    deviation: scaled(swaps ? deviation.toReversed() : deviation),
  };
}

/** Makes a processor leave the values of pixels alone, and read old files as their authors meant them. */
function adapt(processor: ImageProcessor): void {
  processor.do_rescale = false;
  processor.do_normalize = false;
  processor.do_pad = false;
  const size = processor.size as unknown;
  if (typeof size !== "number") return;
  processor.size = processor.do_center_crop
    ? { shortest_edge: size }
    : { height: size, width: size };
}

const loadProcessor = (folder: string, file: string): Promise<[ImageProcessor, Process]> =>
  withLibrary(async ({ AutoImageProcessor, RawImage }) => {
    const processor = await AutoImageProcessor.from_pretrained(folder, {
      local_files_only: true,
    }).catch((error: unknown) => {
      throw new UserError(`${file}: cannot be used (${(error as Error).message}).`);
    });
    const process: Process = async ({ pixels, width, height }) => {
      const { pixel_values: values } = await processor.preprocess(
        new RawImage(pixels, width, height, 3),
      );
      return { shape: values.dims, planes: Uint8Array.from(values.data as Float32Array) };
    };
    return [processor, process];
  });

const blank = (width: number, height: number): Pixels => ({
  pixels: new Uint8Array(3 * width * height),
  width,
  height,
});

/** The shape that all pictures get. */
async function findShape(process: Process, file: string): Promise<ImagePreparation["shape"]> {
  const shapes: (readonly number[])[] = [];
  for (const [width, height] of [
    [640, 480],
    [480, 640],
  ] as const) {
    const { shape } = await process(blank(width, height)).catch((error: unknown) => {
      throw new UserError(`${file}: cannot be used (${(error as Error).message}).`);
    });
    shapes.push(shape);
  }
  const [first, second] = shapes.map((shape) => shape.join(" x "));
  if (first !== second) {
    throw new UserError(
      `${file}: pictures become ${first} or ${second}, depending on their own shape.`,
      `All must become one shape: state "size" with "height" and "width", or "do_center_crop" with "crop_size".`,
    );
  }
  return shapes[0] as unknown as ImagePreparation["shape"];
}

async function prepare(image: WholeImage, process: Process): Promise<Uint8Array> {
  const { width, height } = image;
  if (Math.max(width, height) > MOST_ELONGATED * Math.min(width, height)) {
    throw new DataError(`the image of ${width} by ${height} pixels is too narrow to be scaled`);
  }
  try {
    return (await process(image)).planes;
  } catch (error) {
    throw new DataError(`the image cannot be prepared (${(error as Error).message})`);
  }
}

/**
 * Loads the preparation that a folder's `preprocessor_config.json` states: resizing and cropping;
 * rescaling and normalisation are left to whoever makes batches.
 *
 * @param file - The `preprocessor_config.json`.
 * @throws {UserError} naming the file where it cannot be used.
 */
export async function openImagePreparation(folder: string, file: string): Promise<PreparedImages> {
  await checkPreprocessor(file);
  const [processor, process] = await loadProcessor(folder, file);
  const normalisation = normalisationOf(processor);
  adapt(processor);
  const shape = await findShape(process, file);
  return {
    normalisation,
    preparation: {
      shape,
      identity: `preprocessor ${await contentHash([file])}`,
      async decode(source) {
        const image = await decodeWhole(source, LONGEST_SIDE);
        const { size, note } = image;
        return { planes: await prepare(image, process), size, ...(note !== undefined && { note }) };
      },
    },
  };
}
