/** @module What is known about a pretrained encoder once its files are found. */

import type { Normalisation } from "../batch.js";
import type { ImagePreparation, TextPreparation } from "../preparation.js";

/** Element types of an ONNX file's weights. */
export type WeightFormat = "float32" | "float16" | "quantized";

/** How one vector per sample comes from the model's outputs. */
export interface Pooling {
  /** Name of the output that is read. */
  readonly output: string;
  /** `none`: it is a vector already; `cls`: its first position; `mean`: over positions (masked for texts) or pixels. */
  readonly kind: "none" | "cls" | "mean";
}

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
  /** Length of the feature vector. */
  readonly size: number;
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
  /** Gives ids plus 1, so that 0 is padding; an empty text has none. */
  readonly preparation: TextPreparation;
}

/** A pretrained encoder of either modality. */
export type PretrainedEncoder = ImageEncoder | TextEncoder;
