/** @module Compiles model, losses, balance method and optimizer into one ONNX training step. */

import type { ConfiguredMethod } from "../balance/methods.js";
import type { BalancePlan } from "../balance/method.js";
import { refuseUnsupported } from "../balance/supports.js";
import type { Nominal } from "../gramian/factors.js";
import type { InnerPath } from "../gramian/engine.js";
import type { TensorData } from "../graph/dtype.js";
import { mul } from "../graph/functions/elementwise.js";
import { Graph } from "../graph/graph.js";
import { type OnnxModel, writeLoop } from "../graph/onnx/write.js";
import { nominalSize, type Shape } from "../graph/shape.js";
import type { Tensor } from "../graph/tensor.js";
import type { ModelConfig, LabelSpace } from "../model/config.js";
import { BATCH, trainingInputs } from "../model/inputs.js";
import { forwardPass } from "../model/model.js";
import { buildNetwork } from "../model/network.js";
import { noiseInputs } from "../model/noise.js";
import { buildObjectives } from "../model/objectives.js";
import { classificationLosses, type LossShape } from "../nn/losses.js";
import { type Parameter, ParameterScope } from "../nn/parameters.js";
import { adamWScalars, adamWUpdate, type AdamWOptions } from "../optim/adamw.js";
import { clipByGlobalNorm, globalNorm } from "../optim/clipping.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { augmented } from "./augment.js";
import type { AugmentConfig } from "./config.js";
import { accumulate, UPDATE_NORM } from "./parts.js";

/** What a training step is compiled from. */
export interface StepSpec {
  readonly model: ModelConfig;
  readonly labels: LabelSpace;
  readonly method: ConfiguredMethod;
  readonly optimizer: AdamWOptions;
  /** Largest global gradient norm; 0 for no clipping. */
  readonly clipNorm: number;
  /** Seed of the initial parameters. */
  readonly seed: number;
  /** Loss of the best constant prediction, see `constantPredictionLoss`. */
  readonly priorLoss: number;
  /** Typical sizes of symbolic dimensions, for choices by cost. */
  readonly nominal: Nominal;
  /** Class weights and label smoothing; default: neither. */
  readonly loss?: LossShape;
  /** How training pictures are varied; default: not. */
  readonly augment?: AugmentConfig;
  /** Whether gradients are summed over parts of a batch before each update; default: no. */
  readonly inParts?: boolean;
  /** How gradients' inner products are taken; default by cost. */
  readonly innerPath?: InnerPath;
}

/** State between steps by name: parameters, moments, and the method's memory. */
export type TrainingState = ReadonlyMap<string, HostTensor>;

/** A compiled training step. */
export interface CompiledStep {
  readonly onnx: OnnxModel;
  readonly initialState: TrainingState;
  readonly parameters: readonly Parameter[];
  /** Shapes of the noise inputs, by input name; the batch axis is symbolic. */
  readonly noise: ReadonlyMap<string, Shape>;
  /** Names of the scalars that the method wants from the host. */
  readonly controls: readonly string[];
  /** Names of the metrics recorded at every step. */
  readonly metrics: readonly string[];
}

/** Input name of the learning rate. */
export const LEARNING_RATE = "learning_rate";
/** Input name of the step number, counted from 1. */
export const STEP = "step";
/** Input name of a method's control. */
export const controlInput = (name: string): string => `control.${name}`;

/** Whether gradients are compared at the encoders' outputs, see `model.finetune.surgery`. */
const isCompared = ({ finetune }: ModelConfig): boolean => finetune.surgery === "representation";

const MEMORY_PREFIX = "method.";
const TEACHER = "teacher";

/** Builds the balance method's plan in a fresh graph. */
function planStep(spec: StepSpec, graph: Graph) {
  const { model, labels, method } = spec;
  refuseUnsupported(method.method, { fusion: model.fusion, labels: labels.labelKind });
  const scope = ParameterScope.root(graph, spec.seed);
  const noise = noiseInputs(graph);
  const given = trainingInputs(graph, model, labels.classes);
  const inputs = spec.augment ? augmented(given, spec.augment, noise) : given;
  const network = buildNetwork(scope, inputs, model, labels, noise);
  const outputs = forwardPass(network, inputs);
  const losses = classificationLosses(labels.labelKind, spec.loss);
  const controls: string[] = [];
  const plan = method.method.build(
    {
      graph,
      inputs,
      outputs,
      network,
      labels,
      losses,
      lossFor: (logits, mask) =>
        losses.mean(losses.crossEntropy(logits, inputs.targets), inputs.targets, mask),
      teacher: () => {
        const own = ParameterScope.root(graph, spec.seed).child(TEACHER);
        return {
          network: buildNetwork(own, inputs, model, labels, noise),
          steady: buildNetwork(own, inputs, model, labels),
          get parameters() {
            return own.parameters;
          },
        };
      },
      noise,
      objectives: buildObjectives(outputs, inputs, losses, spec.priorLoss),
      parameters: scope.parameters,
      engine: {
        nominal: spec.nominal,
        path: spec.innerPath ?? "auto",
        ...(isCompared(model) && { boundary: network.representations }),
      },
      control: (name) => {
        controls.push(name);
        return graph.input(controlInput(name), "float32", []);
      },
      memory: (name, shape, initial) => {
        const size = shape.reduce((product, dim) => product * dim, 1);
        const values = new Float32Array(size).fill(initial);
        return graph.state(MEMORY_PREFIX + name, shape, values, "float32");
      },
    },
    method.options,
  );
  return { plan, controls, parameters: scope.parameters };
}

/** Gradients after clipping, and the global norm before it; probes are clipped on their own. */
function clippedGradients(
  { gradients, probes = [] }: BalancePlan,
  limit: number,
): { gradients: ReadonlyMap<Parameter, Tensor>; norm: Tensor } {
  const clip = (entries: readonly (readonly [Parameter, Tensor])[], norm: Tensor) => {
    if (limit === 0) return entries;
    const clipped = clipByGlobalNorm(
      entries.map(([, gradient]) => gradient),
      norm,
      limit,
    );
    return entries.map(([parameter], index) => [parameter, clipped[index]!] as const);
  };
  const normOf = (entries: readonly (readonly [Parameter, Tensor])[]): Tensor =>
    globalNorm(entries.map(([, gradient]) => gradient));
  const watching = [...gradients].filter(([parameter]) => probes.includes(parameter));
  const trained = [...gradients].filter(([parameter]) => !probes.includes(parameter));
  const norm = normOf(trained);
  const clippedProbes = watching.length > 0 ? clip(watching, normOf(watching)) : [];
  return { gradients: new Map([...clip(trained, norm), ...clippedProbes]), norm };
}

/** New values of parameters and moments. */
function optimizerUpdates(
  graph: Graph,
  { optimizer, clipNorm, inParts = false }: StepSpec,
  plan: BalancePlan,
): { updates: Map<string, Tensor>; norm: Tensor } {
  const parts = inParts ? accumulate(graph, plan.gradients) : null;
  const summed = parts ? { ...plan, gradients: parts.gradients } : plan;
  const { gradients, norm } = clippedGradients(summed, clipNorm);
  const step = graph.input(STEP, "float32", []);
  const learningRate = graph.input(LEARNING_RATE, "float32", []);
  const updates = new Map<string, Tensor>(parts?.updates);
  const kept = parts?.atEnd ?? ((_: Tensor, after: Tensor): Tensor => after);
  gradients.forEach((gradient, parameter) => {
    const { name, tensor } = parameter;
    const shape = tensor.shape as number[];
    const rated = parameter.rate === 1 ? learningRate : mul(learningRate, parameter.rate);
    const scale = plan.learningRateScale?.(parameter) ?? 1;
    const rate = scale === 1 ? rated : mul(rated, scale);
    const moment = (kind: string): Tensor => {
      const zeros = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
      return graph.state(`${name}.${kind}`, shape, zeros, "float32");
    };
    const before = { parameter: tensor, mean: moment("mean"), variance: moment("variance") };
    const scalars = adamWScalars({ learningRate: rate, step }, optimizer);
    const after = adamWUpdate(before, gradient, scalars, optimizer, parameter.decays);
    const moved = plan.moved?.(parameter, after.parameter) ?? after.parameter;
    updates.set(name, kept(tensor, moved));
    updates.set(`${name}.mean`, kept(before.mean, after.mean));
    updates.set(`${name}.variance`, kept(before.variance, after.variance));
  });
  return { updates, norm };
}

/**
 * Compiles a training step: forward pass, reverse-mode differentiation, the balance method's
 * combination of gradients, clipping and AdamW, as one graph.
 *
 * @throws {ConfigError} where the method does not work with the model or the data.
 */
export function compileStep(spec: StepSpec): CompiledStep {
  const graph = new Graph();
  const { plan, controls, parameters } = planStep(spec, graph);
  const { updates, norm } = optimizerUpdates(graph, spec, plan);
  for (const [name, value] of Object.entries(plan.memory ?? {})) {
    updates.set(MEMORY_PREFIX + name, value);
  }
  for (const { name, tensor } of graph.states.values()) {
    // What the method does not train stays as it is.
    if (!updates.has(name)) updates.set(name, tensor);
  }
  const metrics = { ...plan.metrics, [UPDATE_NORM]: norm };
  const onnx = writeLoop({ updates, metrics });
  const initialState = new Map<string, HostTensor>();
  for (const { name, tensor, initial } of graph.states.values()) {
    initialState.set(name, hostTensor(tensor, initial));
  }
  const noise = [...graph.inputs].filter(([name]) => name.startsWith("noise."));
  return {
    onnx,
    initialState,
    parameters,
    noise: new Map(noise.map(([name, tensor]) => [name, tensor.shape])),
    controls,
    metrics: Object.keys(metrics),
  };
}

function hostTensor(tensor: Tensor, data: TensorData): HostTensor {
  return { dtype: tensor.dtype, shape: tensor.shape as number[], data };
}

/** A noise input's shape for a batch. */
export function noiseShape(shape: Shape, batch: number): number[] {
  return shape.map((dim) => nominalSize([dim], { [BATCH]: batch }));
}
