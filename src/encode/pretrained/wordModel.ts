/** @module The graph of an encoder of word vectors: look up, weigh, take the mean. */

import { cast, div, maximum, mul } from "../../graph/functions/elementwise.js";
import { unsqueeze } from "../../graph/functions/layout.js";
import { gather } from "../../graph/functions/lookup.js";
import { sum } from "../../graph/functions/reduce.js";
import { Graph } from "../../graph/graph.js";
import { writeFunction } from "../../graph/onnx/write.js";
import { ENCODER_INPUTS } from "./names.js";

/** Words and their vectors. */
export interface WordVectors {
  /** Places of the words by frequency, the most frequent 0. */
  readonly ranks: readonly number[];
  /** Length of a vector. */
  readonly size: number;
  /** `[words, size]`, row-major. */
  readonly vectors: Float32Array;
}

/**
 * The parameter of the weights `a / (a + p)` (Arora et al., "A Simple but Tough-to-Beat Baseline for Sentence
 * Embeddings", ICLR 2017), chosen on validation splits.
 */
const SMOOTHING = 1e-4;

// Zipf's law with Mandelbrot's shift, as the tables hold ranks and no counts.
const SHIFT = 2.7;

/** Smaller than every sum of weights of known words. */
const LEAST = 1e-6;

/** Weights of words by their ranks: frequent ones say little. */
function weightsOf(ranks: readonly number[]): Float32Array {
  const total = ranks.reduce((sum, rank) => sum + 1 / (rank + SHIFT), 0);
  return Float32Array.from(ranks, (rank) => {
    const probability = 1 / ((rank + SHIFT) * total);
    return SMOOTHING / (SMOOTHING + probability);
  });
}

/** Rows of zeros before the rows of a table. */
function behind(zeros: number, table: Float32Array): Float32Array {
  const all = new Float32Array(zeros + table.length);
  all.set(table, zeros);
  return all;
}

/**
 * Writes the ONNX file: `input_ids` and `attention_mask` `[batch, tokens]` to `sentence_embedding`
 * `[batch, size]`, zeros where no word is known.
 *
 * @param special - Ids before the words, which weigh nothing.
 */
export function wordModel({ ranks, size, vectors }: WordVectors, special: number): Uint8Array {
  const graph = new Graph();
  const rows = special + ranks.length;
  const ids = graph.input(ENCODER_INPUTS.ids, "int64", ["batch", "tokens"]);
  const mask = graph.input(ENCODER_INPUTS.mask, "int64", ["batch", "tokens"]);
  const table = graph.constant("float32", [rows, size], behind(special * size, vectors));
  const weights = graph.constant("float32", [rows], behind(special, weightsOf(ranks)));
  const weight = unsqueeze(mul(gather(weights, ids), cast(mask, "float32")), [2]);
  const total = sum(mul(gather(table, ids), weight), { axes: [1] });
  const mean = div(total, maximum(sum(weight, { axes: [1] }), LEAST));
  return writeFunction({ sentence_embedding: mean }).bytes;
}
