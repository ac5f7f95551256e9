/** @module Pictures and texts of a split of which some are corrupted. */

import type { ImageDegradation, TextDegradation } from "../degradations.js";
import type { PreparedImages, PreparedTexts } from "../prepared.js";
import type { Corrupted, ImageCorruption, TextCorruption } from "./kinds.js";
import { corruptPicture } from "./picture.js";
import { corruptText } from "./text.js";

/** Whether an impairment of pictures is a corruption. */
export const isImageCorruption = (
  image: "missing" | "wrong" | ImageDegradation | undefined,
): image is Corrupted<ImageCorruption> => typeof image === "object" && "corruption" in image;

/** Whether an impairment of texts is a corruption. */
export const isTextCorruption = (
  text: "missing" | "wrong" | TextDegradation | undefined,
): text is Corrupted<TextCorruption> => typeof text === "object" && "corruption" in text;

/** Pictures of which some rows are corrupted; they must be pixels. */
export async function corruptImages(
  images: PreparedImages,
  rows: readonly number[],
  corruption: Corrupted<ImageCorruption>,
  seed: number,
): Promise<PreparedImages> {
  const { shape } = images;
  const corrupted = await Promise.all(
    rows.map(async (row) => {
      const planes = images.row(row) as Uint8Array;
      const size = shape as readonly [number, number, number];
      return [row, await corruptPicture(planes, size, corruption, seed, row)] as const;
    }),
  );
  const known = new Map(corrupted);
  return { ...images, row: (at) => known.get(at) ?? images.row(at) };
}

/** Cuts a text to a length; special tokens at its end stay. */
function cutTo(tokens: Int32Array, length: number, special: ReadonlySet<number>): Int32Array {
  if (tokens.length <= length) return tokens;
  let end = tokens.length;
  while (end > 0 && special.has(tokens[end - 1]!)) end--;
  const after = tokens.length - end;
  return Int32Array.of(...tokens.subarray(0, Math.max(0, length - after)), ...tokens.subarray(end));
}

/** Texts that are tokens. */
export type TokenTexts = Extract<PreparedTexts, { readonly kind: "tokens" }>;

/** Texts of which some rows are corrupted and tokenized again. */
export function corruptTexts(
  texts: TokenTexts,
  rows: readonly number[],
  corruption: Corrupted<TextCorruption>,
  seed: number,
): TokenTexts {
  const { retokenize, length = Infinity, special = new Set<number>() } = texts;
  if (!retokenize) throw new Error("internal: the texts of these tokens are not known.");
  const tokens = [...texts.tokens];
  for (const row of rows) {
    const again = retokenize(row, (text) => corruptText(text, corruption, seed, row));
    tokens[row] = cutTo(again, length, special);
  }
  return { ...texts, tokens };
}
