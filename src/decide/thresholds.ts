/** @module Thresholds of multi-label decisions that are best for F1. */

/**
 * The threshold that maximises the expected F1 of one label, from its predicted probabilities alone: with
 * the probabilities sorted downwards, the `k` highest are decided for that maximise
 * `2 sum_{i<=k} p_i / (k + sum p)`. No true label is needed, so it does not overfit a small split; the
 * probabilities must be calibrated.
 *
 * Source: Lipton, Elkan and Naryanaswamy, "Optimal Thresholding of Classifiers to Maximize F1 Measure",
 * ECML PKDD 2014; the plug-in rule of Ye et al., ICML 2012.
 *
 * @param probabilities - Of one label, `[samples]`, `0..1`.
 * @returns A threshold in `(0, 1)`: a label is decided for where its probability lies above it. Where no
 *   probability is above 0 it is one half.
 */
export function plugInThreshold(probabilities: readonly number[]): number {
  const sorted = [...probabilities].sort((a, b) => b - a);
  const total = sorted.reduce((sum, p) => sum + p, 0);
  if (total === 0) return 0.5;
  let sum = 0;
  let best = 0;
  let most = 0;
  sorted.forEach((p, at) => {
    sum += p;
    const expected = (2 * sum) / (at + 1 + total);
    // A threshold separates different probabilities only.
    if (expected > best && p !== sorted[at + 1]) [best, most] = [expected, at];
  });
  return ((sorted[most] ?? 1) + (sorted[most + 1] ?? 0)) / 2;
}

// F1 of rare labels is best far below one half; beyond these bounds only empty or full decisions lie.
const LOWEST = 0.05;
const HIGHEST = 0.65;
const STEPS = 48;

/** F1 averaged over the labels that are true or decided for anywhere, for one threshold. */
function macroF1(
  probabilities: Float32Array,
  targets: Float32Array,
  classes: number,
  threshold: number,
): number {
  const right = new Float64Array(classes);
  const sizes = new Float64Array(classes);
  probabilities.forEach((p, at) => {
    const label = at % classes;
    const decided = p > threshold;
    if (decided && targets[at]) right[label]!++;
    sizes[label]! += Number(decided) + targets[at]!;
  });
  const present = [...sizes.keys()].filter((label) => sizes[label]! > 0);
  const total = present.reduce((sum, label) => sum + (2 * right[label]!) / sizes[label]!, 0);
  return total / Math.max(1, present.length);
}

/**
 * The one threshold for all labels that gives the best macro-F1 on labelled samples; the lowest of equals.
 *
 * @param probabilities - `[samples, classes]`, row-major.
 * @param targets - `[samples, classes]`, 0 or 1.
 */
export function commonThreshold(
  probabilities: Float32Array,
  targets: Float32Array,
  classes: number,
): number {
  let best = -1;
  let found = LOWEST;
  for (let step = 0; step <= STEPS; step++) {
    const threshold = LOWEST + ((HIGHEST - LOWEST) * step) / STEPS;
    const score = macroF1(probabilities, targets, classes, threshold);
    if (score > best) [best, found] = [score, threshold];
  }
  return found;
}

/**
 * Thresholds of all labels: the geometric mean of each label's {@link plugInThreshold} and of the
 * {@link commonThreshold}. The former is right where a label has many samples and uncertain where it has
 * few, the latter the other way round; on cross-fitted validation splits their mean is better than either.
 *
 * @param probabilities - Calibrated, `[samples, classes]`, row-major.
 * @param targets - `[samples, classes]`, 0 or 1.
 * @returns `[classes]`, each in `(0, 1)`.
 */
export function labelThresholds(
  probabilities: Float32Array,
  targets: Float32Array,
  classes: number,
): number[] {
  const samples = probabilities.length / classes;
  const common = commonThreshold(probabilities, targets, classes);
  return Array.from({ length: classes }, (_, label) => {
    const own = Array.from({ length: samples }, (__, row) => probabilities[row * classes + label]!);
    return Math.sqrt(plugInThreshold(own) * common);
  });
}
