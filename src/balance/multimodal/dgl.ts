/** @module DGL: encoders learn from unimodal passes alone, the fusion from stopped embeddings. */

import { z } from "zod";

import { GradientEngine } from "../../gramian/engine.js";
import { add, mul } from "../../graph/functions/elementwise.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide } from "../../model/network.js";
import { isShared } from "../../nn/parameters.js";
import { combineGradients } from "../combination.js";
import type { BalanceMethod } from "../method.js";

const options = z.strictObject({
  alpha: z.number().positive().default(4).describe("weight of the unimodal losses"),
});

/**
 * DGL, Disentangled Gradient Learning: the task loss trains fusion and joint classifier alone, as if their
 * embeddings were stopped; encoders and embeddings follow `alpha (L_v' + L_l')`, the losses of the same
 * fusion and classifier on one embedding and zeros for the other, which leave fusion and classifier as
 * they are. Each loss counts the samples that have its modality. Any fusion, also multi-label data. The
 * unimodal heads are probes.
 *
 * Under AdamW `alpha` changes little but how the gradients are clipped; the paper's optimizer is SGD.
 *
 * Source: Wei et al., "Boosting Multimodal Learning via Disentangled Gradient Learning", ICCV 2025, arXiv
 * 2507.10213; unimodal passes through the fusion and the default of `alpha` as in its code.
 */
export const dgl: BalanceMethod<z.infer<typeof options>> = {
  name: "dgl",
  summary: "encoders learn from unimodal passes alone, the fusion from stopped embeddings",
  source: "Wei et al., ICCV 2025, arXiv 2507.10213",
  options,
  metrics: { "alone.*": "loss of the joint classifier on the modality alone" },
  search: { alpha: [1, 4] },
  build: (context, { alpha }) => {
    const { network, outputs, inputs, objectives, parameters, engine: options } = context;
    const { task, image, text } = objectives;
    const z = { image: outputs.imageEmbedding, text: outputs.textEmbedding };
    const alone = bySide((side, other): Tensor => {
      const logits = network.fuse({ ...z, [other]: mul(z[other], 0) });
      return context.lossFor(logits, inputs[`${side}Present`]);
    });
    const unimodal = add(alone.image, alone.text);
    const engine = new GradientEngine({ task, unimodal, image, text }, parameters, options);
    return {
      gradients: combineGradients(engine, parameters, (parameter) =>
        parameter.part === "head"
          ? { image: 1, text: 1 }
          : isShared(parameter)
            ? { unimodal: alpha }
            : { task: 1 },
      ),
      probes: parameters.filter(({ part }) => part === "head"),
      metrics: {
        ...{ "loss.task": task, "loss.image": image, "loss.text": text },
        ...{ "alone.image": alone.image, "alone.text": alone.text },
      },
    };
  },
};
