/** @module Logistic regression with an L2 penalty: its loss and gradient as one compiled graph. */

import { gradients } from "../graph/autodiff.js";
import { mul } from "../graph/functions/elementwise.js";
import { gemm } from "../graph/functions/linear.js";
import { sum } from "../graph/functions/reduce.js";
import { Graph } from "../graph/graph.js";
import { writeFunction } from "../graph/onnx/write.js";
import type { LabelSpace } from "../model/config.js";
import { classificationLosses, type LossShape } from "../nn/losses.js";
import { minimise } from "../optim/lbfgs.js";
import type { Runtime, Session } from "../runtime/session.js";
import type { HostTensor } from "../graph/hostTensor.js";

/** Samples as a regression sees them. */
export interface RegressionData {
  /** `[samples, size]`, row-major. */
  readonly features: Float32Array;
  /** `[samples, classes]`, 0 or 1. */
  readonly targets: Float32Array;
  readonly samples: number;
}

/** An affine map from features to logits. */
export interface Linear {
  /** `[size, classes]`, row-major. */
  readonly weight: Float32Array;
  /** `[classes]`. */
  readonly bias: Float32Array;
}

/** Samples to fit to, of {@link centred}. */
export interface CentredData extends RegressionData {
  /** What was taken away from each feature, `[size]`. */
  readonly mean: Float64Array;
  /** Mean square of each feature that is left, `[size]`. */
  readonly variance: Float64Array;
}

/**
 * Takes the mean away from each feature, in place. The best regression is the same, as its bias is free, but it is
 * found in a third of the steps: the common part of features that are not negative is by far their largest.
 */
export function centred(data: RegressionData): CentredData {
  const { features, samples } = data;
  const size = features.length / Math.max(1, samples);
  const [mean, variance] = [new Float64Array(size), new Float64Array(size)];
  // Plain loops: there may be a hundred million of them.
  for (let start = 0; start < features.length; start += size) {
    for (let at = 0; at < size; at++) mean[at]! += features[start + at]!;
  }
  for (let at = 0; at < size; at++) mean[at]! /= samples;
  for (let start = 0; start < features.length; start += size) {
    for (let at = 0; at < size; at++) {
      const left = features[start + at]! - mean[at]!;
      features[start + at] = left;
      variance[at]! += left * left;
    }
  }
  for (let at = 0; at < size; at++) variance[at]! /= samples;
  return { ...data, mean, variance };
}

/** All parameters in a row, the bias last. */
function pointOf({ weight, bias }: Linear): Float64Array {
  const point = new Float64Array(weight.length + bias.length);
  point.set(weight);
  point.set(bias, weight.length);
  return point;
}

/** A regression of other features: its bias with `factor` times the mean's logits added. */
function shifted({ weight, bias }: Linear, mean: Float64Array, factor: number): Linear {
  const classes = bias.length;
  const logits = Float64Array.from(bias);
  mean.forEach((value, feature) => {
    for (let label = 0; label < classes; label++)
      logits[label]! += factor * value * weight[feature * classes + label]!;
  });
  return { weight, bias: Float32Array.from(logits) };
}

/** Adds numbers to a part of others, in place: these vectors are long, and added at every step. */
function addNumbers(to: Float64Array, numbers: Float32Array, start: number): void {
  for (let i = 0; i < numbers.length; i++) to[start + i]! += numbers[i]!;
}

/** Samples that are computed at a time: bounds the memory of the logits. */
const CHUNK = 4096;
const ITERATIONS = 150;
const TOLERANCE = 1e-4;
/** Least variance of a label that its curvature is computed with: a rare one is still learned in steps of a sane length. */
const LEAST = 1e-3;
/** Least curvature: that of a feature that never varies, without a penalty, is none. */
const TINY = 1e-12;

/**
 * Loss and gradient of a logistic regression, compiled: softmax regression for single-label data, one
 * logistic regression per label, summed, for multi-label data.
 */
export class Regression {
  private constructor(
    readonly size: number,
    readonly labels: LabelSpace,
    readonly session: Session,
  ) {}

  /**
   * Compiles it for features of a length.
   *
   * @param shape - Class weights and label smoothing; default: neither.
   */
  static async create(
    runtime: Runtime,
    size: number,
    labels: LabelSpace,
    shape?: LossShape,
  ): Promise<Regression> {
    const { classes } = labels;
    const graph = new Graph();
    const features = graph.input("features", "float32", ["batch", size]);
    const targets = graph.input("targets", "float32", ["batch", classes]);
    const weight = graph.input("weight", "float32", [size, classes]);
    const bias = graph.input("bias", "float32", [classes]);
    const logits = gemm(features, weight, { addend: bias });
    const loss = sum(classificationLosses(labels.labelKind, shape).crossEntropy(logits, targets));
    const [ofWeight, ofBias] = gradients(loss, [weight, bias]);
    // Naming a leaf's gradient needs a node of its own.
    const outputs = { loss, weight_gradient: ofWeight!, bias_gradient: mul(ofBias!, 1) };
    return new Regression(size, labels, await runtime.createSession(writeFunction(outputs)));
  }

  /**
   * The regression of features as they were before {@link centred} that minimises the mean loss plus
   * `penalty / 2 * ||weight||^2`; the bias is free.
   *
   * @param start - Where to begin; default: zeros.
   */
  async fit(data: CentredData, penalty: number, start?: Linear): Promise<Linear> {
    const { classes } = this.labels;
    const first = start
      ? pointOf(shifted(start, data.mean, 1))
      : new Float64Array((this.size + 1) * classes);
    const found = await minimise((at) => this.#evaluate(data, penalty, at), first, {
      iterations: ITERATIONS,
      tolerance: TOLERANCE,
      scales: this.#scales(data, penalty),
    });
    return shifted(this.#linear(found.point), data.mean, -1);
  }

  /** Mean loss on samples, without the penalty. */
  async loss(data: RegressionData, found: Linear): Promise<number> {
    const { value } = await this.#evaluate(data, 0, pointOf(found));
    return value;
  }

  /** Frees the session. */
  release(): Promise<void> {
    return this.session.release();
  }

  /**
   * Roots of the inverse curvatures at the labels' frequencies: words are rare and frequent, so that their curvatures
   * differ by thousands. The inverses themselves take as many steps as none, half their logarithm a third.
   */
  #scales({ targets, samples, variance }: CentredData, penalty: number): Float64Array {
    const { classes } = this.labels;
    const frequency = new Float64Array(classes);
    targets.forEach((target, at) => (frequency[at % classes]! += target / samples));
    const spread = frequency.map((share) => Math.max(LEAST, share * (1 - share)));
    return Float64Array.from({ length: (this.size + 1) * classes }, (_, at) => {
      const feature = Math.floor(at / classes);
      const label = at % classes;
      if (feature === this.size) return 1 / Math.sqrt(spread[label]!);
      return 1 / Math.sqrt(Math.max(TINY, spread[label]! * variance[feature]! + penalty));
    });
  }

  #linear(point: Float64Array): Linear {
    const length = this.size * this.labels.classes;
    const values = Float32Array.from(point);
    return { weight: values.slice(0, length), bias: values.slice(length) };
  }

  async #evaluate(
    { features, targets, samples }: RegressionData,
    penalty: number,
    at: Float64Array,
  ) {
    const { size, labels } = this;
    const { classes } = labels;
    const { weight, bias } = this.#linear(at);
    const tensor = (data: Float32Array, ...shape: number[]): HostTensor => ({
      ...{ dtype: "float32", shape, data },
    });
    const gradient = new Float64Array(at.length);
    let value = 0;
    for (let start = 0; start < samples; start += CHUNK) {
      const end = Math.min(samples, start + CHUNK);
      const outputs = await this.session.run({
        features: tensor(features.subarray(start * size, end * size), end - start, size),
        targets: tensor(targets.subarray(start * classes, end * classes), end - start, classes),
        weight: tensor(weight, size, classes),
        bias: tensor(bias, classes),
      });
      const numbers = (name: string) => outputs[name]!.data as Float32Array;
      value += numbers("loss")[0]!;
      addNumbers(gradient, numbers("weight_gradient"), 0);
      addNumbers(gradient, numbers("bias_gradient"), weight.length);
    }
    let squares = 0;
    for (let i = 0; i < at.length; i++) {
      gradient[i]! /= samples;
      if (i >= weight.length) continue;
      gradient[i]! += penalty * at[i]!;
      squares += at[i]! ** 2;
    }
    return { value: value / Math.max(1, samples) + (penalty / 2) * squares, gradient };
  }
}
