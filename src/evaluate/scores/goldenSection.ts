/** @module Golden-section search: the minimum of a function of one variable that has only one. */

/** To a millionth of the interval. */
const ITERATIONS = 29;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Where a function is lowest between two numbers.
 *
 * Source: Kiefer, "Sequential minimax search for a maximum", 1953.
 *
 * @param loss - Falls, then rises.
 */
export function goldenSection(
  loss: (at: number) => number,
  lowest: number,
  highest: number,
): number {
  let [low, high] = [lowest, highest];
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let atLeft = loss(left);
  let atRight = loss(right);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - GOLDEN * (high - low);
      atLeft = loss(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + GOLDEN * (high - low);
      atRight = loss(right);
    }
  }
  return (low + high) / 2;
}
