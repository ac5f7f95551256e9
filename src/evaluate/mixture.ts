/** @module Mixtures of predictions whose weights follow each one's evidence. */

// Enough for weights to settle to three digits; each iteration is one pass over the data.
const ITERATIONS = 100;
const SMALLEST = 1e-12;

/** One component's predictions on the samples that a mixture is fitted to. */
export interface Component {
  /** Likelihood that the component gives to each event, `[events]`: the truth's probability. */
  readonly likelihoods: Float64Array;
  /** Normalised entropy of the component's prediction for each event, `[events]`. */
  readonly entropies: Float64Array;
}

/** Share of each component for one prediction: `pi_m exp(-beta H_m)`, normalised. */
export function evidenceShares(
  weights: readonly number[],
  beta: number,
  entropies: readonly number[],
): number[] {
  const shares = weights.map((weight, at) => weight * Math.exp(-beta * entropies[at]!));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return total > 0 ? shares.map((share) => share / total) : weights.map(() => 1 / weights.length);
}

/** Mean negative log-likelihood of the events under a mixture, nats. */
export function mixtureLoss(
  components: readonly Component[],
  weights: readonly number[],
  beta: number,
): number {
  const events = components[0]!.likelihoods.length;
  let total = 0;
  for (let event = 0; event < events; event++) {
    const entropies = components.map((component) => component.entropies[event]!);
    const shares = evidenceShares(weights, beta, entropies);
    const likelihood = components.reduce(
      (sum, component, at) => sum + shares[at]! * component.likelihoods[event]!,
      0,
    );
    total -= Math.log(Math.max(likelihood, SMALLEST));
  }
  return total / events;
}

/**
 * Weights of a mixture with fixed shares' tilt `beta`, by expectation-maximisation on the events.
 *
 * For `beta = 0` this is EM for mixture weights with known components, whose likelihood is concave
 * and never falls from one iteration to the next (Dempster et al., 1977). For `beta > 0` the same
 * update is used on the tilted shares and the best weights seen are kept.
 */
export function fitMixtureWeights(components: readonly Component[], beta: number): number[] {
  const events = components[0]!.likelihoods.length;
  let weights = components.map(() => 1 / components.length);
  let best = weights;
  let bestLoss = mixtureLoss(components, weights, beta);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const claimed = components.map(() => 0);
    const offered = components.map(() => 0);
    for (let event = 0; event < events; event++) {
      const tilts = components.map(({ entropies }) => Math.exp(-beta * entropies[event]!));
      const normaliser = weights.reduce((sum, weight, at) => sum + weight * tilts[at]!, 0);
      const joint = components.map(
        ({ likelihoods }, at) =>
          weights[at]! * tilts[at]! * Math.max(likelihoods[event]!, SMALLEST),
      );
      const total = joint.reduce((sum, value) => sum + value, 0);
      components.forEach((_, at) => {
        claimed[at]! += joint[at]! / total;
        offered[at]! += tilts[at]! / normaliser;
      });
    }
    const raw = components.map((_, at) => claimed[at]! / offered[at]!);
    const sum = raw.reduce((total, value) => total + value, 0);
    weights = raw.map((value) => value / sum);
    const loss = mixtureLoss(components, weights, beta);
    if (loss < bestLoss) {
      [best, bestLoss] = [weights, loss];
    } else if (loss > bestLoss + 1e-9) break;
  }
  return best;
}
