/** @module Whether an encoder of texts can be part of a model that pads all texts to one length. */

import { UserError } from "../../errors.js";
import { say, setting, useCase } from "../../message.js";
import { openFileSession } from "../../runtime/file.js";
import type { TextEncoder } from "../pretrained/encoder.js";
import { textFeeds } from "./inputs.js";
import { pooled } from "./pooling.js";

/** Padding that is tried, in tokens. */
const TRIED = 3;

/** Differences that rounding explains, as a share of the largest value. */
const TOLERANCE = { float32: 1e-3, float16: 2e-2, quantized: Infinity } as const;

const vectorsInstead = (why: string): UserError =>
  new UserError(
    `${why}, so it cannot be part of a model, which pads texts to one length.`,
    say`Make its features first, and train on them: ${useCase("encode", "<data>", setting("model.text.encoder", "<folder>"), setting("out", "<features>"))}.`,
  );

/** A text's vector when it is padded to a length. */
async function vectorAt(
  ids: Int32Array,
  length: number,
  encoder: TextEncoder,
): Promise<Float32Array> {
  const session = await openFileSession(encoder.model);
  try {
    const padded: TextEncoder = { ...encoder, length };
    const output = await session.run(textFeeds([ids], padded), encoder.pooling.output);
    const lengths = new Array<number>(encoder.batch ?? 1).fill(ids.length);
    return pooled(output, padded, lengths).slice(0, encoder.size);
  } finally {
    await session.release();
  }
}

/**
 * Makes sure that padding after a text leaves its vector as it is, by trying it.
 *
 * @throws {UserError} where it does not, with the way around.
 */
export async function assertPaddable(encoder: TextEncoder): Promise<void> {
  const { name, length, maxTokens, paddingSide, weights, preparation, empty } = encoder;
  if (length !== undefined) {
    if (paddingSide !== "left") return;
    throw vectorsInstead(
      `${name}: the encoder takes texts of ${length} tokens padded at their start`,
    );
  }
  const { tokens } = preparation.tokenize("a text");
  const ids = tokens.length > 0 ? tokens.map((id) => id - 1) : empty;
  const longer = Math.min(maxTokens, ids.length + TRIED);
  if (longer <= ids.length || ids.length === 0) return;
  // Padding of a model in training comes after the text, whatever side the tokenizer states.
  const right: TextEncoder = { ...encoder, paddingSide: "right" };
  const [alone, padded] = [
    await vectorAt(ids, ids.length, right),
    await vectorAt(ids, longer, right),
  ];
  const largest = alone.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const isSame = alone.every(
    (value, at) => Math.abs(value - padded[at]!) <= TOLERANCE[weights] * Math.max(largest, 1e-6),
  );
  if (!isSame) throw vectorsInstead(`${name}: padding changes what the encoder makes of a text`);
}
