/** @module A training step with its update as one graph, for a device that keeps the state. */

import { add, greater, mul, sub, where } from "../graph/functions/elementwise.js";
import { concat, reshape } from "../graph/functions/layout.js";
import type { NamedTensors } from "../graph/onnx/write.js";
import type { Shape } from "../graph/shape.js";
import type { Tensor, TensorGraph } from "../graph/tensor.js";
import {
  adamWUpdate,
  clippingFactor,
  globalNorm,
  type Moments,
  type StepFactors,
} from "../optim/operators.js";
import { SUFFIX } from "../optim/optimizer.js";
import type { ResidentVariable } from "../runtime/session.js";
import type { CompiledStep, TrainedParameter } from "./step.js";

/** Inputs with what the host knows of a step, scalars. */
export const STEP_FEEDS = {
  ...{ rate: "optimizer.rate", epsilon: "optimizer.epsilon", decay: "optimizer.decay" },
  /** Share of the batch that a part is. */
  share: "optimizer.share",
  /** 1 for a batch's last part, else 0. */
  last: "optimizer.last",
} as const;

/** The output with all scalars, `[metrics + 3]`: metrics, norms of the gradient, of probes, and of what is followed. */
export const REPORT = "report";

/** A parameter's initial values, which it is drawn back to. */
export const startName = (name: string): string => `start.${name}`;

const nextName = (name: string): string => `next.${name}`;

/** A step for a device. */
export interface DeviceStep {
  /** Next values of the variables, and {@link REPORT}. */
  readonly outputs: NamedTensors;
  readonly variables: readonly ResidentVariable[];
}

/** An input that the step adds to its graph; loaded twice, it is there already. */
const inputOf = (graph: TensorGraph, name: string, shape: Shape): Tensor =>
  graph.inputs.get(name) ?? graph.input(name, "float32", shape);

type Compiled = Pick<CompiledStep, "outputs" | "trained" | "optimizer" | "memory" | "metrics">;

/** What a step has in common for all of its parameters. */
interface Step {
  readonly compiled: Compiled;
  readonly graph: TensorGraph;
  readonly factors: StepFactors<Tensor>;
  readonly parts: { readonly share: Tensor; readonly last: Tensor } | null;
}

/** A parameter on its way through a step. */
interface Entry {
  readonly parameter: TrainedParameter;
  readonly gradient: Tensor;
  /** Gradient, or sum of gradients, that is followed. */
  readonly followed: Tensor;
  readonly moments: Moments;
}

function stepOf(compiled: Compiled, graph: TensorGraph): Step {
  const scalar = (name: string): Tensor => inputOf(graph, name, []);
  const { rate, epsilon, decay, share, last } = STEP_FEEDS;
  return {
    ...{ compiled, graph },
    factors: { rate: scalar(rate), epsilon: scalar(epsilon), decay: scalar(decay) },
    parts: compiled.optimizer.accumulates ? { share: scalar(share), last: scalar(last) } : null,
  };
}

function entryOf(parameter: TrainedParameter, { compiled, graph, parts }: Step): Entry {
  const { name, shape } = parameter;
  const gradient = compiled.outputs[parameter.gradient]!;
  const kept = (suffix: string): Tensor => inputOf(graph, name + suffix, shape);
  const moments = {
    parameter: graph.states.get(name)!.tensor,
    mean: kept(SUFFIX.mean),
    variance: kept(SUFFIX.variance),
  };
  const followed = parts ? add(kept(SUFFIX.sum), mul(gradient, parts.share)) : gradient;
  return { parameter, gradient, followed, moments };
}

/** Norms of gradients that train and of those that watch; 0 where there are none. */
function normsOf(entries: readonly Entry[], of: "gradient" | "followed", { graph }: Step) {
  const norm = (probe: boolean): Tensor => {
    const some = entries.filter(({ parameter }) => parameter.probe === probe);
    return some.length === 0 ? graph.scalar(0) : globalNorm(some.map((entry) => entry[of]));
  };
  return { trained: norm(false), probes: norm(true) };
}

/** A parameter drawn to where the method wants it. */
function pulled(
  value: Tensor,
  { name, pull }: TrainedParameter,
  { compiled, graph }: Step,
): Tensor {
  if (!pull) return value;
  const by = compiled.outputs[pull.by]!;
  const toward =
    pull.toward === null
      ? inputOf(graph, startName(name), value.shape)
      : compiled.outputs[pull.toward]!;
  return add(mul(value, sub(1, by)), mul(toward, by));
}

/** Next values of a parameter's variables, by suffix. */
function nextOf(
  { parameter, followed, moments }: Entry,
  step: Step,
  scale: Tensor | undefined,
): Record<string, Tensor> {
  const { compiled, factors, parts } = step;
  const { rate, decays, rateScale } = parameter;
  const further = rateScale === undefined ? undefined : compiled.outputs[rateScale]!;
  const updated = adamWUpdate(compiled.optimizer, factors, moments, {
    gradient: followed,
    ...{ rate: further ? mul(further, rate) : rate, decays },
    ...(scale && { scale }),
  });
  const isLast = parts && greater(parts.last, 0.5);
  const settled = (part: keyof Moments): Tensor =>
    isLast ? where(isLast, updated[part], moments[part]) : updated[part];
  return {
    [SUFFIX.parameter]: pulled(settled("parameter"), parameter, step),
    [SUFFIX.mean]: settled("mean"),
    [SUFFIX.variance]: settled("variance"),
    ...(parts && { [SUFFIX.sum]: mul(followed, sub(1, parts.last)) }),
  };
}

const vectorOf = (scalars: readonly Tensor[]): Tensor =>
  concat(
    scalars.map((scalar) => reshape(scalar, [1])),
    0,
  );

/**
 * Adds clipping, AdamW and what the method does to parameters after it to a compiled step. The state's next values come out
 * even where a metric is no number: the host then keeps the present ones.
 */
export function deviceStep(compiled: Compiled, resident: readonly ResidentVariable[]): DeviceStep {
  const { trained, optimizer, memory, metrics, outputs: own } = compiled;
  const { graph } = Object.values(own)[0]!;
  const step = stepOf(compiled, graph);
  const entries = trained.map((parameter) => entryOf(parameter, step));
  const norms = normsOf(entries, "gradient", step);
  const followed = normsOf(entries, "followed", step);
  const { clipNorm } = optimizer;
  const clip = (norm: Tensor): Tensor | undefined =>
    clipNorm === 0 ? undefined : clippingFactor(norm, clipNorm);
  const scales = { trained: clip(followed.trained), probes: clip(followed.probes) };
  const outputs: Record<string, Tensor> = {};
  const variables: ResidentVariable[] = [...resident];
  for (const entry of entries) {
    const { name, shape, probe, pull } = entry.parameter;
    const next = nextOf(entry, step, probe ? scales.probes : scales.trained);
    for (const [suffix, tensor] of Object.entries(next)) {
      outputs[nextName(name + suffix)] = tensor;
      variables.push({ name: name + suffix, shape, next: nextName(name + suffix) });
    }
    if (pull?.toward === null) variables.push({ name: startName(name), shape });
  }
  for (const next of memory.values()) outputs[next] = own[next]!;
  const reported = [...metrics.map((name) => own[name]!), norms.trained, norms.probes];
  outputs[REPORT] = vectorOf([...reported, followed.trained]);
  return { outputs, variables };
}
