/** @module Mean and spread of features over the training split. */

/** How features are brought to one scale: `(x - mean) * scale` per dimension. */
export interface Standardisation {
  /** `[size]`. */
  readonly mean: Float32Array;
  /** `[size]`. */
  readonly scale: Float32Array;
}

/**
 * Share of the mean deviation that is added to each dimension's own: a dimension that hardly varies is
 * not blown up to noise of full size.
 */
const FLOOR = 0.1;

/**
 * Standardisation of the rows that are present: `scale = 1 / (std + 0.1 mean(std))` per dimension, with
 * the population's standard deviation. Features that do not vary at all keep their scale.
 *
 * @param row - Features of one sample, `[size]`.
 * @param present - `[samples]`, 0 where the modality is missing; such rows do not count.
 */
export function standardisationOf(
  size: number,
  row: (at: number) => ArrayLike<number>,
  present: Uint8Array,
): Standardisation {
  const rows = [...present.keys()].filter((at) => present[at]);
  const count = Math.max(1, rows.length);
  const mean = new Float64Array(size);
  for (const at of rows) {
    const values = row(at);
    for (let i = 0; i < size; i++) mean[i]! += values[i]! / count;
  }
  const variance = new Float64Array(size);
  for (const at of rows) {
    const values = row(at);
    for (let i = 0; i < size; i++) variance[i]! += (values[i]! - mean[i]!) ** 2 / count;
  }
  const deviation = variance.map(Math.sqrt);
  const floor = (FLOOR * deviation.reduce((sum, value) => sum + value, 0)) / size;
  const scale = Float32Array.from(deviation, (value) =>
    value + floor > 0 ? 1 / (value + floor) : 1,
  );
  return { mean: Float32Array.from(mean), scale };
}
