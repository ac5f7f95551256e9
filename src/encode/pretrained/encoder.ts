/** @module What is known about a pretrained encoder once its files are found. */

import type { Text } from "../../message.js";
import type { Normalisation } from "../../prepare/normalisation.js";
import type { ImagePreparation, TextPreparation } from "../../prepare/preparation.js";

/** Element types of an ONNX file's weights. */
export type WeightFormat = "float32" | "float16" | "quantized";

/**
 * Ways from the positions of a text or picture to one vector, by the names of sentence-transformers, in the
 * order in which that library joins several: `cls` and `lasttoken` take one position,
 * `mean_sqrt_len_tokens` divides the sum by the root of the length, `weightedmean` weighs positions by 1, 2, 3, ...
 */
export const POOLING_KINDS = [
  "cls",
  "max",
  "mean",
  "mean_sqrt_len_tokens",
  "weightedmean",
  "lasttoken",
] as const;

/** One of {@link POOLING_KINDS}. */
export type PoolingKind = (typeof POOLING_KINDS)[number];

/** How one vector per sample comes from the model's outputs. */
export interface Pooling {
  /** Name of the output that is read. */
  readonly output: string;
  /**
   * `none`: it is a vector already; else the vectors of one or several kinds, joined. `mean` is over a
   * text's own tokens, all positions of a picture, or a map's pixels.
   */
  readonly kind: "none" | PoolingKind | readonly PoolingKind[];
}

/** The kinds of a pooling; none where the output is a vector already. */
export const kindsOf = ({ kind }: Pooling): readonly PoolingKind[] =>
  kind === "none" ? [] : typeof kind === "string" ? [kind] : kind;

/** Functions between the layers of a sentence encoder, by their names in PyTorch. */
export const ACTIVATIONS = ["Identity", "Tanh", "ReLU", "Sigmoid"] as const;

/** What a sentence encoder does to the vector that pooling gives. */
export type VectorStep =
  | {
      readonly type: "dense";
      /** `[outputs, inputs]`. */
      readonly weight: Float32Array;
      /** `[outputs]`; zeros where the layer has none. */
      readonly bias: Float32Array;
      readonly inputs: number;
      readonly outputs: number;
      readonly activation: (typeof ACTIVATIONS)[number];
    }
  | { readonly type: "normalize" };

/** What both kinds of encoders have. */
interface Encoder {
  /** What the user asked for: a hub name or a folder. */
  readonly name: string;
  /** Folder with the files, for copying tokenizer and preprocessing into an export. */
  readonly folder: string;
  /** Path of the ONNX file. */
  readonly model: string;
  readonly weights: WeightFormat;
  readonly pooling: Pooling;
  /** What is done to the vector that pooling gives, in order; default: nothing. */
  readonly steps?: readonly VectorStep[];
  /** Length of the feature vector. */
  readonly size: number;
  /** Number of samples that the model takes at a time; default: any. */
  readonly batch?: number;
  /** What had to be decided because the folder does not state it, one sentence each. */
  readonly notices?: readonly Text[];
  /** SHA-256 over model, external data and preprocessing files. */
  readonly hash: string;
}

/** A pretrained image encoder. */
export interface ImageEncoder extends Encoder {
  readonly modality: "image";
  /** Name of the ONNX input `[batch, 3, height, width]`. */
  readonly input: string;
  readonly preparation: ImagePreparation;
  readonly normalisation: Normalisation;
}

/** A pretrained text encoder. */
export interface TextEncoder extends Encoder {
  readonly modality: "text";
  /** Names of the ONNX inputs `[batch, tokens]`; `null` where the model has none. */
  readonly inputs: {
    readonly ids: string;
    readonly mask: string | null;
    readonly types: string | null;
    readonly positions: string | null;
  };
  /** Token id of padding. */
  readonly padding: number;
  /** Ids (as the model takes them) of the empty text, special tokens included. */
  readonly empty: Int32Array;
  /** Ids of special tokens, which noise never drops. */
  readonly special: ReadonlySet<number>;
  /** Longest text that the model takes, in tokens. */
  readonly maxTokens: number;
  /** Number of tokens that every text must be padded to; default: texts need no padding. */
  readonly length?: number;
  /** Where padding goes; default: after the text. */
  readonly paddingSide?: "left" | "right";
  /** Gives ids plus 1, so that 0 is padding; an empty text has none. */
  readonly preparation: TextPreparation;
}

/** A pretrained encoder of either modality. */
export type PretrainedEncoder = ImageEncoder | TextEncoder;
