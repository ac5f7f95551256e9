/** @module The interface of balance methods: a table of coefficients over the losses' gradients. */

import type { z } from "zod";

import type { LabelKind } from "../data/dataset.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { EngineOptions } from "../gramian/engine.js";
import type { TrainingInputs } from "../model/inputs.js";
import type { LabelSpace, NetworkSettings } from "../model/config.js";
import type { Fusion } from "../model/fusion.js";
import type { ModelOutputs } from "../model/model.js";
import type { Network } from "../model/network.js";
import type { NoiseSource } from "../model/noise.js";
import type { Objectives } from "../model/objectives.js";
import type { ClassificationLosses } from "../nn/losses.js";
import type { Parameter } from "../nn/parameters.js";

/** A network that only training has. */
export interface Teacher {
  /** With dropout. */
  readonly network: Network;
  /** The same network without dropout. */
  readonly steady: Network;
  /** Its parameters; valid once both have been used. */
  readonly parameters: readonly Parameter[];
}

/** What a method may use while the step is built. */
export interface BalanceContext {
  readonly graph: Graph;
  readonly inputs: TrainingInputs;
  /** The forward pass on `inputs`. */
  readonly outputs: ModelOutputs;
  /** The model's parts, for further passes with the same parameters. */
  readonly network: Network;
  readonly labels: LabelSpace;
  /**
   * The training's loss of some logits `[batch, classes]` against the targets, scalar: with its class weights and label
   * smoothing, the mean over the batch.
   *
   * @param mask - `[batch]`, 0 or 1: which samples count; default: all.
   */
  readonly lossFor: (logits: Tensor, mask?: Tensor) => Tensor;
  /** What {@link lossFor} is made of, for methods that need it sample by sample. */
  readonly losses: ClassificationLosses;
  /** Another network of the same kind with parameters of its own, which prediction does not use. */
  readonly teacher: () => Teacher;
  /** Fresh uniform noise at every step. */
  readonly noise: NoiseSource;
  /** The method's losses of `outputs`; only those that are used cost anything. */
  readonly objectives: Objectives;
  readonly parameters: readonly Parameter[];
  readonly engine: EngineOptions;
  /**
   * A scalar that the host sets before each step (an epoch's weight, a switch).
   * Its value comes from {@link BalanceMethod.controls}.
   */
  readonly control: (name: string) => Tensor;
  /** Memory between steps, such as a running mean; starts with `initial` everywhere. */
  readonly memory: (name: string, shape: readonly number[], initial: number) => Tensor;
}

/** A move of a parameter beside the optimizer's: `p <- (1 - by) p + by toward`. */
export interface Pull {
  /** Values of the parameter's shape, or its own at the start of the training. */
  readonly toward: Tensor | "start";
  /** Share of the way, scalar, `[0, 1]`. */
  readonly by: Tensor | number;
}

/** What a method decides: every parameter's update direction, and what to record. */
export interface BalancePlan {
  /** Combined gradient of each parameter; parameters without an entry are not trained. */
  readonly gradients: ReadonlyMap<Parameter, Tensor>;
  /**
   * Parameters that only watch the training: clipped by a norm of their own, so that they change
   * no other parameter's update.
   */
  readonly probes?: readonly Parameter[];
  /** Scalars to record at every step, by metric name. */
  readonly metrics: Readonly<Record<string, Tensor>>;
  /** New values of the method's memory, by the name given to {@link BalanceContext.memory}. */
  readonly memory?: Readonly<Record<string, Tensor>>;
  /** Factor of the learning rate of a parameter, for methods that mean rates, not gradients. */
  readonly learningRateScale?: (parameter: Parameter) => Tensor | number;
  /** Where a parameter is drawn after the optimizer's update, for methods that move parameters themselves. */
  readonly pull?: (parameter: Parameter) => Pull | undefined;
}

/** What the host knows when it sets the controls of the next epoch. */
export interface TrainingProgress {
  /** Epoch about to start, from 0. */
  readonly epoch: number;
  readonly epochs: number;
  /**
   * Figures of each finished epoch by name: validation's (`full`, `image`, `loss`, `imageLoss`, ...)
   * and `train.<metric>`, the mean of a step metric over the epoch.
   */
  readonly history: readonly Readonly<Record<string, number>>[];
}

/**
 * Who answers input with both modalities: a gate over joint classifier and heads, the joint classifier
 * alone, or the mean of both heads.
 */
export type Answering = "gate" | "joint" | "heads";

/** What a method works with. */
export interface Support {
  /** Fusions of the model; left out: the general ones. */
  readonly fusions?: readonly Fusion[];
  /** Kinds of labels; left out: all. */
  readonly labels?: readonly LabelKind[];
  /** Why no others, as the end of a sentence: "it does not work with them: ...". */
  readonly why?: { readonly fusions?: string; readonly labels?: string };
}

/** What is known of every method, also of one that is fitted without training steps. */
export interface MethodDescription<Options extends object = object> {
  /** Name on the command line. */
  readonly name: string;
  /** One line: what it does. */
  readonly summary: string;
  /** Paper and section, or "ours". */
  readonly source: string;
  /** Schema of the options, with their defaults and descriptions. */
  readonly options: z.ZodType<Options>;
  /** Model settings that the method is made for; settings of the user go first. */
  readonly model?: Partial<NetworkSettings>;
  /** What the method works with, where that is not everything; `refuseUnsupported` checks it. */
  readonly supports?: Support;
  /** Where it differs from its source, in a few words; left out where it does not. */
  readonly differs?: string;
  /**
   * What the metrics are that it records: a phrase each, for captions. `weight.*` stands for
   * `weight.image` and `weight.text`. Those of `COMMON_METRICS` mean the same in all methods.
   */
  readonly metrics?: Readonly<Record<string, string>>;
  /** Values of options that a search may try, beside the defaults. */
  readonly search?: Readonly<Record<string, readonly unknown[]>>;
  /** Who answers input with both modalities in modality-aware prediction; default: a gate. */
  readonly answering?: Answering;
}

/** A balance method with typed options. To add a method, write one file and list it in `methods.ts`. */
export interface BalanceMethod<Options extends object = object> extends MethodDescription<Options> {
  /** Builds the method's part of the step. */
  build(context: BalanceContext, options: Options): BalancePlan;
  /** Values of the method's controls for an epoch. */
  controls?(progress: TrainingProgress, options: Options): Readonly<Record<string, number>>;
}
