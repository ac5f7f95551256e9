/** @module What a frozen encoder is fed: batches of a split's pictures or texts, noisy or not. */

import type { HostTensor } from "../../runtime/session.js";
import { normalisePixels } from "../batch.js";
import type { EncodedImages } from "../encoded.js";
import { addNoise, dropTokens } from "../impair.js";
import type { ImageEncoder, TextEncoder } from "../pretrained/encoder.js";

/** Noise on an encoder's input. */
export interface InputNoise {
  /** Standard deviation for pictures, probability of dropping for texts. */
  readonly level: number;
  readonly seed: number;
}

/** One call of an encoder. */
export interface EncoderBatch {
  /** Which of the rows that were asked for are in it. */
  readonly places: readonly number[];
  readonly feeds: Readonly<Record<string, HostTensor>>;
  /** Number of tokens of each sample; `null` for pictures. */
  readonly lengths: readonly number[] | null;
}

/** A split's inputs of one encoder. */
export interface EncoderInputs {
  /** What the features of a row depend on beside the encoder and the noise. */
  readonly bytes: (row: number) => Uint8Array;
  /** All rows in batches, in any order. */
  readonly batches: (
    rows: readonly number[],
    noise: InputNoise | null,
    size: number,
  ) => Iterable<EncoderBatch>;
}

/** Some places in groups of at most `size`; a group has only places that may be together. */
function* groupsOf(
  places: readonly number[],
  size: number,
  together: (one: number, other: number) => boolean = () => true,
): Iterable<readonly number[]> {
  let group: number[] = [];
  for (const place of places) {
    if (group.length === size || (group.length > 0 && !together(group[0]!, place))) {
      yield group;
      group = [];
    }
    group.push(place);
  }
  if (group.length > 0) yield group;
}

/** Pictures, `[batch, 3, height, width]`, normalised. */
export function imageInputs(images: EncodedImages, encoder: ImageEncoder): EncoderInputs {
  const { input, normalisation } = encoder;
  const { shape } = images;
  const width = shape.reduce((product, dim) => product * dim, 1);
  const pixelsOf = (row: number): Uint8Array => images.row(row) as Uint8Array;
  return {
    bytes: pixelsOf,
    *batches(rows, noise, size) {
      for (const places of groupsOf([...rows.keys()], size)) {
        const data = new Float32Array(places.length * width);
        places.forEach((place, at) => {
          const row = rows[place]!;
          const own = data.subarray(at * width, (at + 1) * width);
          normalisePixels(pixelsOf(row), normalisation, own);
          if (noise) addNoise(own, noise.level, noise.seed, row);
        });
        const pixels = { dtype: "float32", shape: [places.length, ...shape], data } as const;
        yield { places, feeds: { [input]: pixels }, lengths: null };
      }
    },
  };
}

/** Tensors of one batch of texts, padded to the longest. */
export function textFeeds(
  texts: readonly Int32Array[],
  { inputs, padding }: TextEncoder,
): EncoderBatch["feeds"] {
  // An axis of length 0 is legal but not every kernel likes it.
  const length = Math.max(1, ...texts.map((ids) => ids.length));
  const tensor = (value: (ids: Int32Array, position: number) => number): HostTensor => ({
    dtype: "int64",
    shape: [texts.length, length],
    data: BigInt64Array.from(
      texts.flatMap((ids) => Array.from({ length }, (_, position) => value(ids, position))),
      BigInt,
    ),
  });
  const { ids, mask, types, positions } = inputs;
  return {
    [ids]: tensor((own, position) => own[position] ?? padding),
    ...(mask !== null && { [mask]: tensor((own, position) => (position < own.length ? 1 : 0)) }),
    ...(types !== null && { [types]: tensor(() => 0) }),
    ...(positions !== null && { [positions]: tensor((_, position) => position) }),
  };
}

/** Ids as the model takes them; a text that lost all its tokens is the empty one. */
function modelIds(
  stored: Int32Array,
  row: number,
  noise: InputNoise | null,
  special: ReadonlySet<number>,
  { empty }: TextEncoder,
): Int32Array {
  const own = stored.slice();
  const length = noise ? dropTokens(own, noise.level, noise.seed, row, special) : own.length;
  return length === 0 ? empty : own.subarray(0, length).map((id) => id - 1);
}

/** Texts, `[batch, tokens]`. Those of like length go together, so that little is padded. */
export function textInputs(tokens: readonly Int32Array[], encoder: TextEncoder): EncoderInputs {
  const special = new Set([...encoder.special].map((id) => id + 1));
  return {
    bytes: (row) => {
      const { buffer, byteOffset, byteLength } = tokens[row]!;
      return new Uint8Array(buffer, byteOffset, byteLength);
    },
    *batches(rows, noise, size) {
      const texts = rows.map((row) => modelIds(tokens[row]!, row, noise, special, encoder));
      const order = [...texts.keys()].sort((a, b) => texts[a]!.length - texts[b]!.length || a - b);
      // A model that is not told what is padding takes it for text.
      const isPaddable = encoder.inputs.mask !== null;
      const together = (one: number, other: number): boolean =>
        isPaddable || texts[one]!.length === texts[other]!.length;
      for (const places of groupsOf(order, size, together)) {
        const batch = places.map((place) => texts[place]!);
        const lengths = batch.map((ids) => ids.length);
        yield { places, feeds: textFeeds(batch, encoder), lengths };
      }
    },
  };
}
