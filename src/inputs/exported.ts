/** @module An input in exported models: its tensors under public names, and how a program makes them. */

import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { BATCH, type InputNetwork } from "../model/inputs.js";
import type { HostTensor } from "../graph/hostTensor.js";

/** Inputs of an exported model, under the names that users of Transformers.js know. */
export interface PublicInput {
  readonly names: readonly string[];
  /** Declares the inputs, and gives the tensor that the network takes. */
  declare(graph: Graph, network: InputNetwork): Tensor;
  /** A batch's tensor under the public names. */
  feeds(own: HostTensor): Readonly<Record<string, HostTensor>>;
}

/** A network's own tensor under another name. */
export const renamed = (name: string): PublicInput => ({
  names: [name],
  declare: (graph, { dtype, shape }) => graph.input(name, dtype, [BATCH, ...shape]),
  feeds: (own) => ({ [name]: own }),
});

/** One modality's part of the example in an exported folder's README. */
export interface ExamplePart {
  readonly imports: readonly string[];
  /** Definitions. */
  readonly code: string;
  /** Entries of the object of feeds. */
  readonly feeds: readonly string[];
  /** What the model takes, in words. */
  readonly input: string;
  /** Where the example's answer can differ from ours, in words; default: nowhere. */
  readonly caveat?: string;
}

/** Import of the library that decodes pictures. */
export const SHARP = 'import sharp from "sharp";';

/** Import of the library that prepares inputs of pretrained encoders. */
export const TRANSFORMERS =
  'import { AutoProcessor, AutoTokenizer, RawImage } from "@huggingface/transformers";';
