/** @module AMCo: the embedding of the modality that the model depends on is masked more and more. */

import { z } from "zod";

import { GradientEngine } from "../../gramian/engine.js";
import {
  add,
  cast,
  div,
  greater,
  greaterOrEqual,
  maximum,
  mul,
  sigmoid,
  softmax,
  stopGradient,
  sub,
} from "../../graph/functions/elementwise.js";
import { concat, slice } from "../../graph/functions/layout.js";
import { sum } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide } from "../../model/network.js";
import { combineGradients, usualTable } from "../combination.js";
import type { BalanceContext, BalanceMethod, TrainingProgress } from "../method.js";

const options = z.strictObject({
  sigma: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("share of the evidence above which the model depends on a modality"),
  ramp: z
    .number()
    .positive()
    .max(1)
    .default(0.3)
    .describe("share of the training after which the mask is at its largest"),
  most: z.number().min(0).max(1).default(1).describe("share of the units masked from then on"),
});

/** Share of the units that are masked in an epoch: `most sin(pi/2 min(ramp, t) / ramp)`. */
export function maskedShare(
  { epoch, epochs }: Pick<TrainingProgress, "epoch" | "epochs">,
  { ramp, most }: { readonly ramp: number; readonly most: number },
): number {
  return most * Math.sin(((Math.PI / 2) * Math.min(ramp, epoch / epochs)) / ramp);
}

/**
 * The image's share of the evidence in the batch: of the softmax over both heads' logits together;
 * multi-label (ours): of the sum of all labels' probabilities under both heads.
 */
function imageShare({ outputs, labels }: BalanceContext): Tensor {
  const { imageLogits, textLogits } = outputs;
  const both = concat([imageLogits, textLogits], 1); // [batch, 2 classes]
  const evidence = labels.labelKind === "single-label" ? softmax(both) : sigmoid(both);
  const image = sum(slice(evidence, [{ axis: 1, start: 0, end: labels.classes }]));
  return stopGradient(div(image, maximum(sum(evidence), Number.MIN_VALUE)));
}

/**
 * AMCo: adaptive mask and co-optimisation. A random share of the units of the modality that the model
 * depends on is blanked in the joint classifier, more with time; the unimodal losses keep what that
 * modality knows. Any fusion. The toolkit masks class logits and leaves the size of the mask unused.
 * Multi-label (ours): the model depends on the modality whose head gives the labels more probability in all.
 *
 * Source: Zhou et al., "Adaptive Mask Co-optimization for Modal Dependence in Multimodal Learning",
 * ICASSP 2023.
 */
export const amco: BalanceMethod<z.infer<typeof options>> = {
  name: "amco",
  summary: "masks the embedding of the modality that the model depends on, more with time",
  source: "Zhou et al., ICASSP 2023",
  differs: "masks units of the embedding",
  options,
  metrics: {
    "loss.masked": "loss of the joint classifier on masked embeddings, which is trained",
    "share.image": "the image's share of what the heads predict",
  },
  search: { most: [0.5, 1], ramp: [0.3, 0.6] },
  build: (context, { sigma }) => {
    const { outputs, network, objectives, noise, control } = context;
    const { parameters, engine: engineOptions } = context;
    const share = imageShare(context);
    const evidence = { image: share, text: sub(1, share) };
    const size = outputs.imageEmbedding.shape[1] as number;
    const masked = control("masked");
    const kept = cast(greaterOrEqual(noise("amco", [size]), masked), "float32"); // [embed]
    const mask = bySide((side) => {
      const depends = cast(greater(evidence[side], sigma), "float32");
      return add(sub(1, depends), mul(depends, kept));
    });
    const logits = network.fuse({
      image: mul(outputs.imageEmbedding, mask.image),
      text: mul(outputs.textEmbedding, mask.text),
    });
    const { image, text } = objectives;
    const task = context.lossFor(logits);
    const engine = new GradientEngine({ task, image, text }, parameters, engineOptions);
    return {
      gradients: combineGradients(engine, parameters, usualTable({ task: 1, image: 1, text: 1 })),
      metrics: {
        ...{ "loss.task": objectives.task, "loss.image": image, "loss.text": text },
        ...{ "loss.masked": task, "share.image": share },
      },
    };
  },
  controls: (progress, settings) => ({ masked: maskedShare(progress, settings) }),
};
