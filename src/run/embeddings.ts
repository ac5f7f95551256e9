/** @module The embeddings of a run's best model. */

import type { ModelData } from "../inputs/data.js";
import { modelFor } from "../inputs/model.js";
import type { Runtime } from "../runtime/session.js";
import { representationsOf, seeEmbeddings } from "../train/representations.js";
import type { EvaluatedSplit } from "./data.js";
import { isFitted } from "./methods.js";
import { labelSpaceOf } from "./predictor.js";
import type { Run } from "./run.js";

/** Embeddings of samples, by what they are of. */
export interface Embeddings {
  /** `[samples][embed]`. */
  readonly image: readonly Float32Array[];
  readonly text: readonly Float32Array[];
  /** Both, side by side, `[samples][2 embed]`. */
  readonly both: readonly Float32Array[];
}

/**
 * Embeddings of some samples of a split, on full input; `null` for methods without a network.
 *
 * @param rows - Positions in the split.
 */
export async function runEmbeddings(
  run: Run,
  data: ModelData,
  runtime: Runtime,
  split: EvaluatedSplit,
  rows: readonly number[],
): Promise<Embeddings | null> {
  if (isFitted(run.config.method)) return null;
  const { state } = await run.load("best");
  const model = await modelFor(run.config.model, data);
  const represented = { runtime, model, labels: labelSpaceOf(data), state, see: seeEmbeddings };
  const found = await representationsOf(represented, data[split], rows);
  const rowsOf = (side: "image" | "text"): Float32Array[] => {
    const { values, size } = found[side];
    return rows.map((_, at) => values.subarray(at * size, (at + 1) * size));
  };
  const [image, text] = [rowsOf("image"), rowsOf("text")];
  return { image, text, both: image.map((row, at) => Float32Array.of(...row, ...text[at]!)) };
}
