/** @module An encoder's file at work: samples to vectors. */

import { PICTURE_NOISES } from "../../impairments/noisy.js";
import { normalisePixels } from "../../prepare/normalisation.js";
import { type FileSession, openFileSession } from "../../runtime/file.js";
import type { ImageEncoder, TextEncoder } from "../pretrained/encoder.js";
import { type EncoderSamples, imageFeeds } from "./inputs.js";
import { pooled } from "./pooling.js";

/** What of an encoder is needed to run it: plain data, which may go to another thread. */
export type RunnableEncoder =
  Omit<ImageEncoder, "preparation" | "notices"> | Omit<TextEncoder, "preparation" | "notices">;

/** {@link RunnableEncoder} of an encoder. */
export function runnable(encoder: ImageEncoder | TextEncoder): RunnableEncoder {
  const entries = Object.entries(encoder).filter(
    ([key]) => key !== "preparation" && key !== "notices",
  );
  return Object.fromEntries(entries) as unknown as RunnableEncoder;
}

type Pictures = Extract<EncoderSamples, { readonly kind: "pictures" }>;

/** Pictures as numbers, normalised and with noise. */
function valuesOf(
  { pixels, rows, noise }: Pictures,
  { normalisation }: Pick<ImageEncoder, "normalisation">,
): Float32Array {
  const width = pixels.length / rows.length;
  const values = new Float32Array(pixels.length);
  const by = noise && PICTURE_NOISES.find(({ name }) => name === noise.name)!;
  rows.forEach((row, at) => {
    const own = values.subarray(at * width, (at + 1) * width);
    normalisePixels(pixels.subarray(at * width, (at + 1) * width), normalisation, own);
    by?.values(own, { ...noise!, row });
  });
  return values;
}

/** An encoder in this thread; its file is loaded at the first call. */
export class EncoderRunner {
  #session: Promise<FileSession> | null = null;

  /** @param threads - Of one operator; default: all physical cores. */
  constructor(
    readonly encoder: RunnableEncoder,
    readonly threads: number | undefined,
  ) {}

  /**
   * Vectors of some samples, `[samples, size]`, perhaps with further rows that mean nothing.
   *
   * @throws {UserError} where the file cannot be run, or gives something else.
   */
  async run(samples: EncoderSamples): Promise<Float32Array> {
    const { encoder, threads } = this;
    this.#session ??= openFileSession(encoder.model, { threads });
    const session = await this.#session;
    const feeds =
      samples.kind === "ready"
        ? samples.feeds
        : imageFeeds(
            valuesOf(samples, encoder as ImageEncoder),
            samples.shape,
            encoder as ImageEncoder,
          );
    const output = await session.run(feeds, encoder.pooling.output);
    return pooled(output, encoder, samples.kind === "ready" ? samples.lengths : null);
  }

  /** Frees the encoder. */
  async release(): Promise<void> {
    const session = await this.#session?.catch(() => null);
    this.#session = null;
    await session?.release();
  }
}
