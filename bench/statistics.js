/** @module What is said of repeated measurements. */

/** The value below which a share of the others lies. */
export const quantile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.round(share * (values.length - 1))];

/** The middle one; of an even number the higher of the two in the middle. */
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
