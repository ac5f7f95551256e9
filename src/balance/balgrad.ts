/** @module BalGrad: inter-modality gradient reweighting and inter-task gradient projection. */

import { z } from "zod";

import { type Coefficients, GradientEngine } from "../gramian/engine.js";
import {
  add,
  cast,
  div,
  less,
  maximum,
  mul,
  neg,
  sqrt,
  where,
} from "../graph/functions/elementwise.js";
import type { Tensor } from "../graph/tensor.js";
import { isShared, type Parameter } from "../nn/parameters.js";
import { settingNotes } from "../settings/notes.js";
import { combineGradients } from "./combination.js";
import type { BalanceContext, BalanceMethod, BalancePlan } from "./method.js";
import { type ModalityWeights, modalityWeights, STATUSES } from "./status.js";

/** Schema of {@link BalgradOptions}. */
export const balgradOptions = z.strictObject({
  lambda: z
    .number()
    .min(0)
    .default(1)
    .describe("strength of the KL gradients; 1 is plain mutual KL")
    .register(settingNotes, { flag: "lambda" }),
  status: z
    .enum(STATUSES)
    .default("loss")
    .describe("how the modalities' learning is measured")
    .register(settingNotes, { flag: "status", value: "measure" }),
  reweighting: z.boolean().default(true).describe("weigh the KL gradients by learning status"),
  projection: z.boolean().default(true).describe("project the task gradient where it conflicts"),
});

/** Options of {@link balgrad}. */
export type BalgradOptions = z.infer<typeof balgradOptions>;

/** What {@link balgradPlan} records. */
export const BALGRAD_METRICS = {
  "loss.klImage": "divergence of the image head's prediction from the text head's",
  "loss.klText": "divergence of the text head's prediction from the image head's",
  "weight.*": "weights of the KL gradients: the larger one pulls the modality that is behind",
  "norm.task": "length of the task gradient over the shared parameters",
  "norm.kl": "length of the weighted KL gradient over the shared parameters",
  cosine: "cosine between the task gradient and the weighted KL gradient",
  conflict: "1 where that cosine is below 0",
} as const;

type Loss = "task" | "image" | "text" | "klImage" | "klText";

// Below any squared norm that float32 training can show; only guards the division at zero.
const TINY = 1e-30;

interface KlInner {
  /** `<g_T, g_kl>`. */
  readonly taskKl: Tensor;
  /** `||g_kl||^2`. */
  readonly klKl: Tensor;
}

/** Inner products with `g_kl = a_v grad KL_v + a_l grad KL_l`, by bilinearity. */
function klInner(
  engine: GradientEngine<Loss>,
  shared: readonly Parameter[],
  image: Tensor,
  text: Tensor,
): KlInner {
  const inner = (a: Loss, b: Loss): Tensor => engine.inner(a, b, shared);
  const taskKl = add(mul(image, inner("task", "klImage")), mul(text, inner("task", "klText")));
  const squares = add(
    mul(mul(image, image), inner("klImage", "klImage")),
    mul(mul(text, text), inner("klText", "klText")),
  );
  const cross = mul(mul(mul(image, text), 2), inner("klImage", "klText"));
  return { taskKl, klKl: add(squares, cross) };
}

function weightsOf(
  context: BalanceContext,
  engine: GradientEngine<Loss>,
  shared: readonly Parameter[],
  { status, reweighting }: BalgradOptions,
): ModalityWeights {
  const { image, text, prior } = context.objectives;
  return modalityWeights(reweighting ? status : "uniform", {
    imageLoss: image,
    textLoss: text,
    priorLoss: prior,
    imageSquaredNorm: () => engine.inner("image", "image", shared),
    textSquaredNorm: () => engine.inner("text", "text", shared),
  });
}

/**
 * BalGrad's plan for a context's losses.
 *
 * @param unimodal - Weight of the unimodal losses over the shared parameters; the paper's is 1.
 */
export function balgradPlan(
  context: BalanceContext,
  settings: BalgradOptions,
  unimodal = 1,
): BalancePlan {
  const { task, image, text, klImage, klText } = context.objectives;
  const losses: Record<Loss, Tensor> = { task, image, text, klImage, klText };
  const engine = new GradientEngine<Loss>(losses, context.parameters, context.engine);
  const shared = context.parameters.filter(isShared);
  const weights = weightsOf(context, engine, shared, settings);
  const strength = 2 * settings.lambda;
  const a = { image: mul(weights.image, strength), text: mul(weights.text, strength) };

  const { taskKl, klKl } = klInner(engine, shared, a.image, a.text);
  const conflict = less(taskKl, 0);
  // g_T' = g_T - (<g_T, g_kl> / ||g_kl||^2) g_kl: the projection only changes g_kl's coefficient.
  const removed = where(conflict, neg(div(taskKl, maximum(klKl, TINY))), 0);
  const kept = settings.projection ? add(removed, 1) : context.graph.scalar(1);

  const sharedRow: Coefficients<Loss> = {
    task: 1,
    image: unimodal,
    text: unimodal,
    klImage: mul(a.image, kept),
    klText: mul(a.text, kept),
  };
  const headRow: Coefficients<Loss> = { image: 1, text: 1, klImage: a.image, klText: a.text };
  const table = ({ part }: Parameter): Coefficients<Loss> =>
    part === "fusion" ? { task: 1 } : part === "head" ? headRow : sharedRow;

  const taskNorm = sqrt(engine.inner("task", "task", shared));
  const klNorm = sqrt(klKl);
  return {
    gradients: combineGradients(engine, context.parameters, table),
    metrics: {
      "loss.task": task,
      "loss.image": image,
      "loss.text": text,
      "loss.klImage": klImage,
      "loss.klText": klText,
      "weight.image": weights.image,
      "weight.text": weights.text,
      "norm.task": taskNorm,
      "norm.kl": klNorm,
      cosine: div(taskKl, maximum(mul(taskNorm, klNorm), TINY)),
      conflict: cast(conflict, "float32"),
    },
  };
}

/**
 * BalGrad.
 *
 * With `g_kl = 2 lambda (w_v grad KL_v + w_l grad KL_l)` over the shared parameters (embedding
 * layers and trained encoders), and `g_T' = g_T - [<g_T, g_kl> < 0] <g_T, g_kl> / ||g_kl||^2 g_kl`:
 *
 * - the fusion and joint classifier follow `g_T`;
 * - shared parameters follow `g_T' + grad L_v + grad L_l + g_kl`;
 * - unimodal heads follow their own loss and KL gradients, not projected.
 *
 * The weights take no gradient. `status` chooses their measure; the paper fixes the idea (the
 * modality that has learned less is pulled harder), the ratio `L_v / (L_v + L_l)` is our reading.
 *
 * Source: Kwon et al., "See-Saw Modality Balance", NAACL 2025, sections 3.2 and 3.3, figure 3.
 */
export const balgrad: BalanceMethod<BalgradOptions> = {
  name: "balgrad",
  summary: "reweights the modalities' KL gradients and projects the task gradient off conflicts",
  source: "Kwon et al., NAACL 2025, arXiv 2503.13834",
  options: balgradOptions,
  metrics: BALGRAD_METRICS,
  search: { lambda: [0.3, 1, 3], status: STATUSES },
  build: (context, settings) => balgradPlan(context, settings),
};
