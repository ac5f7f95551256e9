/** @module InfoReg: the modality ahead is held back while information is acquired fast. */

import { z } from "zod";

import {
  add,
  exp,
  greater,
  maximum,
  mul,
  sub,
  tanh,
  where,
} from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import { sumSquare } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide } from "../../model/network.js";
import type { Parameter } from "../../nn/parameters.js";
import type { BalanceContext, BalanceMethod, BalancePlan, TrainingProgress } from "../method.js";
import { ADDITIVE } from "../supports.js";
import { additiveShares, changedPlan, shareScores, watchingPlan } from "../watching.js";

const options = z.strictObject({
  alpha: z.number().min(0).default(0.5).describe("strength of holding the leader back"),
  threshold: z
    .number()
    .default(0.05)
    .describe("relative growth of the Fisher trace that keeps the prime window open"),
  window: z.int().min(1).default(10).describe("epochs that the Fisher trace is averaged over"),
});

type InfoRegOptions = z.infer<typeof options>;

const TRACE = "trace";

/**
 * Whether the prime learning window is open: the mean Fisher trace of the last epochs still grows by
 * more than the threshold. Epochs before the first count as zero, so it opens with the training.
 */
export function inPrimeWindow(
  { history }: Pick<TrainingProgress, "history">,
  { threshold, window }: Pick<InfoRegOptions, "threshold" | "window">,
): boolean {
  const traces = history.map((figures) => figures[`train.${TRACE}`] ?? 0);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / window;
  const now = mean(traces.slice(-window));
  const before = mean(traces.slice(0, -1).slice(-window));
  return traces.length === 0 || now === 0 || (now - before) / now > threshold;
}

/** How strongly a modality is pulled back: `alpha e^tanh(lead)` for the leader, 0 for the other. */
export const pullBack = (own: Tensor, other: Tensor, alpha: number): Tensor =>
  where(greater(own, other), mul(exp(tanh(sub(own, other))), alpha), 0);

function build(context: BalanceContext, { alpha }: InfoRegOptions): BalancePlan {
  const { control, memory, objectives } = context;
  const shares = additiveShares(context);
  const scores = shareScores(context, shares);
  const open = control("open");
  const beta = bySide((side, other) => mul(pullBack(scores[side], scores[other], alpha), open));
  const unimodal = add(context.lossFor(shares.image), context.lossFor(shares.text));
  const plan = watchingPlan(context, add(objectives.task, unimodal), {
    "weight.image": beta.image,
    "weight.text": beta.text,
  });

  const epoch = control("epoch");
  const seen = memory("epoch", [], -1);
  const starts = greater(epoch, seen);
  const next: Record<string, Tensor> = { epoch: maximum(epoch, seen) };
  const anchorOf = ({ name, tensor }: Parameter): Tensor => {
    const anchor = where(starts, tensor, memory(`anchor.${name}`, tensor.shape as number[], 0));
    next[`anchor.${name}`] = anchor;
    return anchor;
  };
  const squares: Tensor[] = [];
  const held = changedPlan(plan, (gradient, parameter, side) => {
    squares.push(sumSquare(gradient));
    const drift = sub(parameter.tensor, anchorOf(parameter));
    return add(gradient, mul(drift, beta[side]));
  });
  return { ...held, metrics: { ...held.metrics, [TRACE]: addAll(squares) }, memory: next };
}

/**
 * InfoReg: with the unimodal losses of each modality's share added, the encoder and embedding of the
 * modality ahead are pulled back to where the epoch began, while the trace of the Fisher information
 * (the squared gradients) still grows. Additive fusions only; one strength for both modalities,
 * where the official code sets one by hand for each data set. Multi-label (ours): the modality ahead is
 * the one whose share gives a sample's labels the higher mean probability.
 *
 * Source: Huang et al., "Adaptive Unimodal Regulation for Balanced Multimodal Information
 * Acquisition", CVPR 2025 (arXiv 2503.18595), section 3.
 */
export const infoReg: BalanceMethod<InfoRegOptions> = {
  name: "info-reg",
  summary: "holds the leading modality back while the Fisher information grows",
  source: "Huang et al., CVPR 2025, section 3",
  differs: "one strength for both modalities; Fisher trace over both",
  options,
  metrics: {
    "weight.*": "how strongly a modality is pulled back to where the epoch began",
    trace: "squared length of the gradients of encoders and embeddings",
  },
  search: { alpha: [0.1, 0.5, 1] },
  supports: ADDITIVE,
  build,
  controls: (progress, settings) => ({
    epoch: progress.epoch,
    open: inPrimeWindow(progress, settings) ? 1 : 0,
  }),
};
