/** @module Some rows of matrices in memory. */

/**
 * Copies of some rows, in the order asked.
 *
 * @param values - `[number of rows, width]`, row-major.
 */
export function takeRows(
  values: Float32Array,
  rows: readonly number[],
  width: number,
): Float32Array {
  const taken = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    taken.set(values.subarray(row * width, (row + 1) * width), at * width);
  });
  return taken;
}

/** Copies of some rows of each of several matrices, `[samples, width]` each. */
export function takeRowsOfEach<Values extends Readonly<Record<string, Float32Array>>>(
  values: Values,
  rows: readonly number[],
  samples: number,
): Values {
  const chosen = Object.entries(values).map(
    ([name, all]) => [name, takeRows(all, rows, all.length / samples)] as const,
  );
  return Object.fromEntries(chosen) as Values;
}
