/** @module Feature vectors as a model's input: nothing before the embedding layer trains. */

import type { Modality } from "../data/dataset.js";
import { type Standardisation, standardisationOf } from "../encode/features/statistics.js";
import { greater, mul, where } from "../graph/functions/elementwise.js";
import type { Tensor } from "../graph/tensor.js";
import type { InputNetwork } from "../model/inputs.js";
import { hasInput } from "../model/presence.js";
import { standardise } from "../model/standardise.js";
import type { Prepared } from "./forms.js";
import type { InputContext, TrainingSide } from "./kind.js";

/** Feature vectors of one modality: rows of zeros stand for what is missing. */
export interface Vectors {
  /** Length of a vector. */
  readonly size: number;
  /** What a frozen encoder makes of the blank input, `[size]`; default: zeros. */
  readonly blank?: Float32Array;
  /** How vectors are brought to one scale; default: they are taken as they are. */
  readonly standardisation?: Standardisation;
}

/**
 * Vectors, standardised where the model says so. Rows of zeros, which are missing, become the blank input's
 * features, or stay zeros.
 */
function scaled(features: Tensor, { blank, size, standardisation }: Vectors): Tensor {
  const { graph, dtype } = features;
  const there = hasInput(features); // [batch, 1]
  const whole = blank
    ? where(greater(there, 0), features, graph.constant(dtype, [1, size], blank))
    : features;
  if (!standardisation) return whole;
  const result = standardise(whole, standardisation);
  return blank ? result : mul(result, there);
}

/** A model's input of feature vectors. */
export const vectorNetwork = (vectors: Vectors): InputNetwork & { readonly fixed: number } => ({
  dtype: "float32",
  shape: [vectors.size],
  encode: (_, input) => scaled(input, vectors),
  fixed: vectors.size,
});

/** The vectors of a split; `null` where it has pictures or texts. */
function rowsOf(
  prepared: Prepared<Modality>,
): { readonly size: number; readonly row: (at: number) => ArrayLike<number> } | null {
  if ("kind" in prepared) return prepared.kind === "features" ? prepared : null;
  const [size, ...rest] = prepared.shape;
  return rest.length === 0 ? { size: size!, row: prepared.row } : null;
}

const measured = new WeakMap<Prepared<Modality>, Standardisation>();

/**
 * Scale of the training split's vectors, measured once: large ones are read from disk.
 *
 * @returns `undefined` where they are taken as they are, or there are none.
 */
export function scaleOf(
  { prepared, present }: TrainingSide<Modality>,
  { standardise: isAsked }: Pick<InputContext, "standardise">,
): Standardisation | undefined {
  const rows = rowsOf(prepared);
  if (!isAsked || !rows) return undefined;
  const known = measured.get(prepared) ?? standardisationOf(rows.size, rows.row, present);
  measured.set(prepared, known);
  return known;
}

/** A model's input of the vectors that the training split has, on one scale where that is asked for. */
export function trainedVectors(
  train: TrainingSide<Modality>,
  context: Pick<InputContext, "standardise">,
): InputNetwork {
  const rows = rowsOf(train.prepared);
  if (!rows) throw new Error("internal: vectors are expected of these data.");
  const { blank } = train;
  const standardisation = scaleOf(train, context);
  return vectorNetwork({
    size: rows.size,
    ...(blank && { blank }),
    ...(standardisation && { standardisation }),
  });
}
