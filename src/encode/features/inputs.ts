/** @module What a frozen encoder is fed: batches of a split's pictures or texts, degraded or not. */

import { digestOf } from "../../files/sealed.js";
import type { HostTensor } from "../../graph/hostTensor.js";
import { corruptImages } from "../../impairments/corrupt.js";
import type {
  At,
  PictureCorruption,
  PictureNoise,
  TextNoise,
} from "../../impairments/impairment.js";
import type { PreparedImages } from "../../prepare/prepared.js";
import type { ImageEncoder, PretrainedEncoder, TextEncoder } from "../pretrained/encoder.js";

/** What is done to an encoder's inputs on their way to it; corrupted texts are other inputs. */
export interface InputChange extends At<PictureCorruption | PictureNoise | TextNoise> {
  readonly seed: number;
}

/** One call of an encoder as plain data, which may go to another thread. */
export interface EncoderBatch {
  /** Which of the rows that were asked for are in it. */
  readonly places: readonly number[];
  readonly samples: EncoderSamples;
}

/** Samples as they are fed, or pictures whose pixels become numbers where the encoder runs. */
export type EncoderSamples =
  | {
      readonly kind: "ready";
      readonly feeds: Readonly<Record<string, HostTensor>>;
      /** Number of tokens of each sample; `null` for pictures. */
      readonly lengths: readonly number[] | null;
    }
  | {
      readonly kind: "pictures";
      /** `[samples, 3, height, width]`, 0..255. */
      readonly pixels: Uint8Array;
      /** Shape of one picture. */
      readonly shape: readonly number[];
      /** Position of each sample in its split, which its noise depends on. */
      readonly rows: readonly number[];
      readonly noise: {
        readonly name: string;
        readonly strength: number;
        readonly seed: number;
      } | null;
    };

/** A split's inputs of one encoder. */
export interface EncoderInputs {
  /** What the features of a row depend on beside the encoder and the change: a digest of its pixels, or its tokens. */
  readonly identity: (row: number) => string | Uint8Array;
  /** All rows in batches, in any order. */
  readonly batches: (
    rows: readonly number[],
    change: InputChange | null,
    size: number,
  ) => Iterable<EncoderBatch> | AsyncIterable<EncoderBatch>;
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

/** What is known of an encoder that is fed pictures. */
type FedWithPictures = Pick<ImageEncoder, "batch" | "input">;

/** Samples of one call, the first repeated until there are as many as the model takes. */
const filled = <T>(
  samples: readonly T[],
  { batch }: Pick<PretrainedEncoder, "batch">,
): readonly T[] => [
  ...samples,
  ...new Array<T>(Math.max(0, (batch ?? 0) - samples.length)).fill(samples[0]!),
];

/**
 * The tensor of one batch of pictures, `[batch, 3, height, width]`; the first is repeated until there are as many
 * as the model takes.
 *
 * @param data - Normalised pictures, one after the other.
 */
export function imageFeeds(
  data: Float32Array,
  shape: readonly number[],
  { input, batch = 0 }: FedWithPictures,
): Readonly<Record<string, HostTensor>> {
  const width = shape.reduce((product, dim) => product * dim, 1);
  const count = data.length / width;
  const all = new Float32Array(Math.max(batch, count) * width);
  all.set(data);
  for (let at = count; at < batch; at++) all.copyWithin(at * width, 0, width);
  return {
    [input]: { dtype: "float32", shape: [all.length / width, ...shape], data: all },
  };
}

/** Pictures, corrupted where a change says so; noise is added where they are normalised. */
export function imageInputs(images: PreparedImages): EncoderInputs {
  const { shape } = images;
  const width = shape.reduce((product, dim) => product * dim, 1);
  const pixelsOf = (row: number): Uint8Array => images.row(row) as Uint8Array;
  return {
    identity: images.digest ?? ((row) => digestOf(pixelsOf(row))),
    async *batches(rows, change, size) {
      for (const places of groupsOf([...rows.keys()], size)) {
        const own = places.map((place) => rows[place]!);
        const { by, strength = 0, seed = 0 } = change ?? {};
        const source =
          by?.kind === "corruption"
            ? await corruptImages(images, own, { by, strength }, seed)
            : images;
        const pixels = new Uint8Array(own.length * width);
        own.forEach((row, at) => {
          pixels.set(source.row(row), at * width);
        });
        const noise = by?.kind === "noise" ? { name: by.name, strength, seed } : null;
        yield { places, samples: { kind: "pictures", pixels, shape, rows: own, noise } };
      }
    },
  };
}

/** Tensors of one batch of texts of one length, or padded to the length that the model wants. */
export function textFeeds(
  texts: readonly Int32Array[],
  encoder: TextEncoder,
): Readonly<Record<string, HostTensor>> {
  const { inputs, padding, length: fixed, paddingSide } = encoder;
  const all = filled(texts, encoder);
  // An axis of length 0 is legal but not every kernel likes it.
  const length = fixed ?? Math.max(1, ...all.map((ids) => ids.length));
  /** Values by the position within the text; padding's are outside it. */
  const tensor = (value: (ids: Int32Array, position: number) => number): HostTensor => {
    const data = new BigInt64Array(all.length * length);
    all.forEach((own, row) => {
      const start = paddingSide === "left" ? length - own.length : 0;
      for (let at = 0; at < length; at++) data[row * length + at] = BigInt(value(own, at - start));
    });
    return { dtype: "int64", shape: [all.length, length], data };
  };
  const { ids, mask, types, positions } = inputs;
  const isOwn = (own: Int32Array, at: number): boolean => at >= 0 && at < own.length;
  return {
    [ids]: tensor((own, at) => (isOwn(own, at) ? own[at]! : padding)),
    ...(mask !== null && { [mask]: tensor((own, at) => (isOwn(own, at) ? 1 : 0)) }),
    ...(types !== null && { [types]: tensor(() => 0) }),
    ...(positions !== null && { [positions]: tensor((_, at) => Math.max(0, at)) }),
  };
}

/** Ids as the model takes them; a text that lost all its tokens is the empty one. */
function modelIds(
  stored: Int32Array,
  row: number,
  change: InputChange | null,
  special: ReadonlySet<number>,
  { empty }: TextEncoder,
): Int32Array {
  const own = stored.slice();
  const length =
    change?.by.modality === "text"
      ? change.by.tokens(own, { ...change, row }, special)
      : own.length;
  return length === 0 ? empty : own.subarray(0, length).map((id) => id - 1);
}

/**
 * Texts, `[batch, tokens]`; those that are corrupted have other tokens, so that only noise changes them here. Only those of one length go together, so that none is padded and no text changes
 * another's features, whatever the model makes of padding.
 */
export function textInputs(tokens: readonly Int32Array[], encoder: TextEncoder): EncoderInputs {
  const special = new Set([...encoder.special].map((id) => id + 1));
  return {
    identity: (row) => {
      const { buffer, byteOffset, byteLength } = tokens[row]!;
      return new Uint8Array(buffer, byteOffset, byteLength);
    },
    *batches(rows, change, size) {
      const texts = rows.map((row) => modelIds(tokens[row]!, row, change, special, encoder));
      const order = [...texts.keys()].sort((a, b) => texts[a]!.length - texts[b]!.length || a - b);
      const isPadded = encoder.length !== undefined;
      const together = (one: number, other: number): boolean =>
        isPadded || texts[one]!.length === texts[other]!.length;
      for (const places of groupsOf(order, size, together)) {
        const batch = places.map((place) => texts[place]!);
        const lengths = filled(batch, encoder).map((ids) => ids.length);
        yield { places, samples: { kind: "ready", feeds: textFeeds(batch, encoder), lengths } };
      }
    },
  };
}
