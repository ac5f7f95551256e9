/** @module The modality-aware answer as a graph, so that a model file gives it in any program. */

import type { LabelKind } from "../data/dataset.js";
import {
  add,
  cast,
  clip,
  div,
  greater,
  log,
  maximum,
  mul,
  neg,
  sigmoid,
  softmax,
  sqrt,
  sub,
} from "../graph/functions/elementwise.js";
import { concat, squeeze, unsqueeze } from "../graph/functions/layout.js";
import { matmul } from "../graph/functions/linear.js";
import { sum } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";
import type { ModelInputs } from "../model/inputs.js";
import { hasInput } from "../model/presence.js";
import { SIGNALS } from "../novelty/novelty.js";
import { ANSWERS, type AwareModel, companionShare, SPEAKERS } from "./aware.js";
import { FURTHEST } from "./gate.js";
import { type Presence, PRESENCES } from "./presence.js";
import type { ModelAnswers } from "./predictor.js";

/** Names of the outputs. */
export const ANSWER_OUTPUTS = {
  /** `[batch, classes]`. */
  probabilities: "probabilities",
  /** `[batch, classes]`, 1 for each label that is decided for; multi-label only. */
  decisions: "decisions",
  /** `[batch]`, 1 where there is a picture and it is unlike the training pictures. */
  imageUnusual: "image_unusual",
  /** `[batch]`, 1 where there is a text and it is unlike the training texts. */
  textUnusual: "text_unusual",
} as const;

// Far below any probability that matters; only guards the logarithm.
const TINY = 1e-30;

const total = (x: Tensor): Tensor => sum(x, { axes: [1], keep: true });

/** Entropy of each row, `[batch, 1]`; of multi-label data summed over the labels. */
function entropy(p: Tensor, labelKind: LabelKind): Tensor {
  const surprise = (q: Tensor): Tensor => neg(mul(q, log(maximum(q, TINY))));
  return total(labelKind === "multi-label" ? add(surprise(p), surprise(sub(1, p))) : surprise(p));
}

/** The gate's features as `gate.ts` has them, `[batch, features]`. */
function gateFeatures(
  answers: readonly Tensor[],
  said: ModelAnswers,
  { labelKind, classes }: AwareModel,
): Tensor {
  const isMulti = labelKind === "multi-label";
  const most = isMulti ? classes * Math.LN2 : Math.log(classes);
  const [, image, text] = answers as [Tensor, Tensor, Tensor];
  const [ofImage, ofText] = [entropy(image, labelKind), entropy(text, labelKind)];
  const middle = entropy(mul(add(image, text), 0.5), labelKind);
  const apart = sub(middle, mul(add(ofImage, ofText), 0.5));
  const divergence = div(maximum(apart, 0), Math.LN2 * (isMulti ? classes : 1));
  const signals = SIGNALS.flatMap((signal) => {
    const values = said[signal];
    return values ? [unsqueeze(values, [1])] : [];
  });
  const entropies = answers.map((answer) => div(entropy(answer, labelKind), most));
  return concat([...entropies, sqrt(divergence), ...signals], 1);
}

/** Shares of the three answers where both modalities are there, `[batch, 3]`. */
function shares(answers: readonly Tensor[], said: ModelAnswers, model: AwareModel): Tensor {
  const { gate } = model;
  const { graph } = said.joint;
  const row = (values: readonly number[]): Tensor =>
    graph.constant("float32", [1, values.length], values);
  const bias = row(gate.bias);
  const count = gate.mean.length;
  if (count === 0) return softmax(add(mul(isSomething(said), 0), bias));
  const features = gateFeatures(answers, said, model);
  const z = clip(mul(sub(features, row(gate.mean)), row(gate.scale)), -FURTHEST, FURTHEST);
  const columns = Array.from({ length: count }, (_, at) => gate.weights.map((own) => own[at]!));
  const weights = graph.constant("float32", [count, gate.weights.length], columns.flat());
  return softmax(add(matmul(z, weights), bias));
}

/** A tensor `[batch, 1]` whose values do not matter. */
const isSomething = ({ joint }: ModelAnswers): Tensor => total(joint);

/** Each presence as 0 or 1, `[batch, 1]`; with neither modality the joint answer to blanks stands. */
function presences({ image, text }: ModelInputs): Record<Presence, Tensor> {
  const [seen, read] = [hasInput(image), hasInput(text)];
  const [onlyImage, onlyText] = [mul(seen, sub(1, read)), mul(read, sub(1, seen))];
  return {
    both: sub(sub(1, onlyImage), onlyText),
    "image-missing": onlyText,
    "text-missing": onlyImage,
  };
}

/**
 * The answers of `predictAware` as outputs of a model, by {@link ANSWER_OUTPUTS}.
 *
 * @param said - What the model's experts say, with the signals that the gate was fitted with.
 */
export function answerOutputs(
  said: ModelAnswers,
  inputs: ModelInputs,
  model: AwareModel,
): Record<string, Tensor> {
  const { labelKind, classes, temperatures, thresholds, unusual } = model;
  const { graph } = said.joint;
  const names = Object.keys(ANSWERS) as (keyof typeof ANSWERS)[];
  const answers = names.map((name) => {
    const [head, companion] = ANSWERS[name].flatMap((expert) => {
      const logits = said[expert];
      if (!logits) return [];
      const scaled = div(logits, temperatures[expert] ?? 1);
      return [labelKind === "multi-label" ? sigmoid(scaled) : softmax(scaled)];
    }) as [Tensor, Tensor?];
    if (!companion) return head;
    const share = companionShare(model, name);
    return add(mul(head, 1 - share), mul(companion, share));
  });
  const gated = shares(answers, said, model);
  const shown = presences(inputs);
  const column = (at: number): Tensor => {
    const pick = graph.constant(
      "float32",
      [3, 1],
      [0, 1, 2].map((m) => Number(m === at)),
    );
    return matmul(gated, pick); // [batch, 1]
  };
  const weightOf = (at: number): Tensor =>
    PRESENCES.filter((presence) => presence !== "both")
      .filter((presence) => SPEAKERS[presence].includes(names[at]!))
      .reduce((weight, presence) => add(weight, shown[presence]), mul(column(at), shown.both));
  const probabilities = answers.map((answer, at) => mul(answer, weightOf(at))).reduce(add);
  const row = (values: readonly number[]): Tensor =>
    graph.constant("float32", [1, classes], values);
  const is = (x: Tensor, y: Tensor | number): Tensor => cast(greater(x, y), "float32");
  const needed =
    thresholds &&
    PRESENCES.map((presence) => mul(shown[presence], row(thresholds.aware[presence]))).reduce(add);
  const { imageNovelty, textNovelty } = said;
  // A blank input is unlike any other, and no news.
  const isUnusual = (novelty: Tensor, most: number, input: Tensor): Tensor =>
    mul(is(novelty, most), squeeze(hasInput(input), [1]));
  return {
    [ANSWER_OUTPUTS.probabilities]: probabilities,
    ...(needed && { [ANSWER_OUTPUTS.decisions]: is(probabilities, needed) }),
    ...(unusual &&
      imageNovelty &&
      textNovelty && {
        [ANSWER_OUTPUTS.imageUnusual]: isUnusual(imageNovelty, unusual.image, inputs.image),
        [ANSWER_OUTPUTS.textUnusual]: isUnusual(textNovelty, unusual.text, inputs.text),
      }),
  };
}
