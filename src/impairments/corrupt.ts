/** @module Pictures and texts of a split of which some are corrupted. */

import type { PreparedImages, PreparedTexts } from "../prepare/prepared.js";
import type { At, PictureCorruption, PictureShape, TextCorruption } from "./impairment.js";

/** Whether samples are corrupted, and not otherwise impaired. */
export const isCorrupted = <D extends { readonly kind: string }>(
  done: string | At<D> | undefined,
): done is At<Extract<D, { readonly kind: "corruption" }>> =>
  typeof done === "object" && done.by.kind === "corruption";

/** Pictures of which some rows are corrupted; they must be pixels. */
export async function corruptImages(
  images: PreparedImages,
  rows: readonly number[],
  { by, strength }: At<PictureCorruption>,
  seed: number,
): Promise<PreparedImages> {
  const shape = images.shape as PictureShape;
  const corrupted = await Promise.all(
    rows.map(async (row) => {
      const planes = images.row(row) as Uint8Array;
      return [row, await by.picture(planes, shape, { strength, seed, row })] as const;
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
  { by, strength }: At<TextCorruption>,
  seed: number,
): TokenTexts {
  const { retokenize, length = Infinity, special = new Set<number>() } = texts;
  if (!retokenize) throw new Error("internal: the texts of these tokens are not known.");
  const tokens = [...texts.tokens];
  for (const row of rows) {
    const again = retokenize(row, (text) => by.text(text, { strength, seed, row }));
    tokens[row] = cutTo(again, length, special);
  }
  return { ...texts, tokens };
}
