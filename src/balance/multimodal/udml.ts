/** @module UDML: modalities weighed by the noise that their embeddings are seen to carry. */

import { z } from "zod";

import {
  abs,
  add,
  cast,
  greaterOrEqual,
  mul,
  square,
  stopGradient,
  sub,
} from "../../graph/functions/elementwise.js";
import { addAll, concat, slice, squeeze } from "../../graph/functions/layout.js";
import { mean, sum } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { BATCH } from "../../model/inputs.js";
import { bySide, type Sides } from "../../model/network.js";
import { maskedMean } from "../../nn/losses.js";
import { noisyInput } from "../inputNoise.js";
import type { BalanceContext, BalanceMethod, TrainingProgress } from "../method.js";
import { onlyFusion } from "../supports.js";
import { logitsAlone, watchingPlan } from "../watching.js";
import type { Modality } from "../../data/dataset.js";

const options = z.strictObject({
  gamma: z.number().min(0).default(4).describe("weight of the unimodal losses"),
  noise: z
    .number()
    .positive()
    .default(2)
    .describe("largest strength of the noise, in standard deviations of the input"),
  warmUp: z.number().min(0).max(1).default(0.5).describe("share of the epochs without noise"),
});

type UdmlOptions = z.infer<typeof options>;

// The code's weight of the estimators' loss.
const ESTIMATION = 0.1;
// How much of the dependency's past is kept at each step.
const MOMENTUM = 0.9;

/**
 * Strength of each sample's noise, `[batch, 1]` by modality: half of the samples stay clean, the others have
 * any strength in each modality.
 *
 * @param draws - `[batch, 5]`, uniform: whether there is noise, its strengths, and two seeds.
 */
export function drawnStrengths(draws: Tensor, most: number): Sides {
  const column = (at: number): Tensor => slice(draws, [{ axis: 1, start: at, end: at + 1 }]);
  const isNoisy = mul(cast(greaterOrEqual(column(0), 0.5), "float32"), most);
  return { image: mul(column(1), isNoisy), text: mul(column(2), isNoisy) };
}

/** The batch with noise, and its strength. */
function noisyBatch({ inputs, noise, control }: BalanceContext, most: number) {
  const draws = noise("udml", [BATCH, 5]);
  const drawn = drawnStrengths(draws, most);
  const noisy = control("noisy");
  const strength = bySide((side) => mul(drawn[side], noisy));
  const disturbed = (side: Modality, at: number): Tensor =>
    noisyInput(inputs[side], {
      ...{ strength: strength[side], most, name: `udml.${side}` },
      fresh: slice(draws, [{ axis: 1, start: at, end: at + 1 }]),
    });
  return {
    strength,
    inputs: { ...inputs, image: disturbed("image", 3), text: disturbed("text", 4) },
  };
}

/**
 * UDML, Unbiased Dynamic Multimodal Learning: the fusion `quality`, which weighs the embeddings by their
 * estimated noise and by how much the logits depend on each. After a warm-up half of the samples get noise
 * of a random strength, and the estimators learn to tell it from the embeddings, which take no gradient of
 * it: `L = L_T + gamma (L_v' + L_l') + 0.1 sum_m mean (sigma_m - (1 + strength_m))^2`, all on the noisy
 * batch, `L_v'` the loss of the same fusion without the text. The dependency of a modality is the mean sum of
 * its absolute logits alone. Also for multi-label data. The unimodal heads are probes, on the clean batch.
 *
 * From the paper and its code: the estimators and their target, 1 where there is no noise; the weights, the
 * dependency, the losses, that half of the samples stay clean, and when noise starts. Ours: noise in units of
 * the input's deviation, tokens that are dropped for texts, one linear estimator on the embedding, weights
 * from the first epoch on, and a running mean of the dependency where the code has the last batch's. The
 * code's stochastic features and their regulariser are left out.
 *
 * Source: Wei et al., "Unbiased Dynamic Multimodal Fusion", CVPR 2026, arXiv 2603.19681.
 */
export const udml: BalanceMethod<UdmlOptions> = {
  name: "udml",
  summary: "weights modalities by the estimated noise of their embeddings",
  source: "Wei et al., CVPR 2026, arXiv 2603.19681",
  differs:
    "noise in deviations of the input, dropped tokens; a linear estimator; running dependency; no stochastic features",
  options,
  metrics: {
    "loss.estimation": "squared error of the estimated strengths of the noise",
    "alone.*": "loss of the joint classifier on the modality alone",
  },
  model: { fusion: "quality" },
  supports: onlyFusion("quality", "the estimated noise weighs its parts"),
  search: { gamma: [1, 2.5, 4], noise: [1, 2] },
  build: (context, { gamma, noise: most }) => {
    const { network, lossFor, inputs, parameters } = context;
    const noisy = noisyBatch(context, most);
    const z = network.embed(noisy.inputs);
    const logits = logitsAlone(context, z);
    const alone = bySide((side) => lossFor(logits[side], inputs[`${side}Present`]));
    const { strengths, dependency } = network.quality(z)!;
    const missed = bySide((side) => {
      const error = square(sub(strengths[side], add(noisy.strength[side], 1)));
      return maskedMean(squeeze(error, [1]), inputs[`${side}Present`]);
    });
    const estimation = add(missed.image, missed.text);
    const loss = addAll([
      lossFor(network.fuse(z)),
      mul(add(alone.image, alone.text), gamma),
      mul(estimation, ESTIMATION),
    ]);
    const plan = watchingPlan(context, loss, {
      ...{ "loss.estimation": estimation },
      ...{ "alone.image": alone.image, "alone.text": alone.text },
    });
    const size = (side: Modality): Tensor =>
      mean(sum(abs(stopGradient(logits[side])), { axes: [1] }), { axes: [0], keep: true });
    const now = concat([size("image"), size("text")], 0); // [2]
    const own = parameters.find(({ tensor }) => tensor === dependency)!;
    return {
      ...plan,
      // No loss moves it, but the step does.
      gradients: new Map([...plan.gradients, [own, mul(dependency, 0)]]),
      pull: (parameter) => (parameter === own ? { toward: now, by: 1 - MOMENTUM } : undefined),
    };
  },
  controls: ({ epoch, epochs }: TrainingProgress, { warmUp }) => ({
    noisy: epoch >= warmUp * epochs ? 1 : 0,
  }),
};
