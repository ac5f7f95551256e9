/** @module MNL: where one modality knows more, it tells the other what a sample is not. */

import { z } from "zod";

import { GradientEngine } from "../../gramian/engine.js";
import {
  and,
  cast,
  div,
  greater,
  greaterOrEqual,
  logSoftmax,
  maximum,
  mul,
  neg,
  sigmoid,
  softmax,
  softplus,
  stopGradient,
  sub,
} from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import { max, mean, sum } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide } from "../../model/network.js";
import { combineGradients } from "../combination.js";
import type { BalanceContext, BalanceMethod } from "../method.js";
import { trueScores } from "../watching.js";

const options = z.strictObject({
  weight: z.number().min(0).default(0.7).describe("weight of the guidance"),
});

// Far below every logit, so that a sample's own labels are never its rivals.
const NEVER = 1e9;

const overClasses = (x: Tensor): Tensor => sum(x, { axes: [-1] });

/**
 * Which class the joint prediction takes for a sample's strongest wrong one, `[batch, classes]`: rows of
 * sum 1, shared where several are equal. No cotangent.
 */
export function rivals(logits: Tensor, targets: Tensor): Tensor {
  const wrong = sub(logits, mul(targets, NEVER));
  const top = cast(greaterOrEqual(wrong, max(wrong, { axes: [-1], keep: true })), "float32");
  return stopGradient(div(top, sum(top, { axes: [-1], keep: true })));
}

/** Distance of the logits of a sample's labels, on average, from that of its rival, `[batch]`. No cotangent. */
export function margins(logits: Tensor, targets: Tensor, rival: Tensor): Tensor {
  const labels = div(overClasses(mul(logits, targets)), maximum(overClasses(targets), 1));
  return stopGradient(sub(labels, overClasses(mul(logits, rival))));
}

/** What the one that knows more says of the classes that a sample does not have, as a loss, `[batch]`. */
function negativeLesson({ inputs, labels }: BalanceContext, teacher: Tensor, student: Tensor) {
  const others = sub(1, inputs.targets);
  if (labels.labelKind === "single-label") {
    const known = stopGradient(softmax(teacher));
    return neg(overClasses(mul(mul(others, known), logSoftmax(student))));
  }
  const known = stopGradient(sigmoid(teacher));
  return overClasses(mul(others, sub(softplus(student), mul(known, student))));
}

/**
 * MNL, Multimodal Negative Learning: on each sample the head with the higher probability of the true class
 * and the wider margin over the joint prediction's strongest wrong class guides the other one, which is to
 * rule out the same classes and stays free in what it makes of the true one:
 * `L = L_T + L_v + L_l + weight * mean_i(-sum_{c != y} stop(P_strong)_c log P_weak,c)`. Samples on which
 * neither leads in both, and samples without one of the modalities, have no guidance. Any fusion.
 *
 * From the paper and its code: who guides, what is guided, the weight. Ours: in the paper the prediction is
 * the mean of the two unimodal ones; here the heads learn beside a joint classifier. The code repeats the
 * weak modality's cross-entropy where it is guided and divides both by the number of classes; the equation
 * has neither. Multi-label (ours): the mean probability and logit of the sample's labels, and the binary
 * cross-entropy of the labels that it does not have.
 *
 * Source: Gong et al., "Multimodal Negative Learning", NeurIPS 2025, arXiv 2510.20877.
 */
export const mnl: BalanceMethod<z.infer<typeof options>> = {
  name: "mnl",
  summary: "where one head knows more, it tells the other which classes to rule out",
  source: "Gong et al., NeurIPS 2025, arXiv 2510.20877",
  differs:
    "heads beside a joint classifier; no second cross-entropy, no division by the classes; multi-label",
  options,
  metrics: {
    "loss.guidance": "loss of the guided heads on the classes to rule out",
    "guided.*": "share of the samples on which the head is guided by the other one",
  },
  search: { weight: [0.3, 0.7, 1.5] },
  build: (context, { weight }) => {
    const { objectives, outputs, inputs, parameters, engine: engineOptions } = context;
    const { task, image, text } = objectives;
    const rival = rivals(outputs.logits, inputs.targets);
    const known = bySide((side) => ({
      score: trueScores(context, outputs[`${side}Logits`]),
      margin: margins(outputs[`${side}Logits`], inputs.targets, rival),
    }));
    const both = mul(inputs.imagePresent, inputs.textPresent);
    const guided = bySide((side, other) => {
      const surer = greater(known[other].score, known[side].score);
      const wider = greater(known[other].margin, known[side].margin);
      return mul(cast(and(surer, wider), "float32"), both);
    });
    const lessons = bySide((side, other) =>
      mul(
        guided[side],
        negativeLesson(context, outputs[`${other}Logits`], outputs[`${side}Logits`]),
      ),
    );
    const guidance = mean(addAll([lessons.image, lessons.text]));
    const engine = new GradientEngine({ task, image, text, guidance }, parameters, engineOptions);
    const unimodal = { image: 1, text: 1, guidance: weight };
    return {
      gradients: combineGradients(engine, parameters, ({ part }) =>
        part === "fusion" ? { task: 1 } : part === "head" ? unimodal : { task: 1, ...unimodal },
      ),
      metrics: {
        ...{ "loss.task": task, "loss.image": image, "loss.text": text },
        ...{ "loss.guidance": guidance },
        ...{ "guided.image": mean(guided.image), "guided.text": mean(guided.text) },
      },
    };
  },
};
