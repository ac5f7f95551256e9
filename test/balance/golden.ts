/** @module The golden files' format; `scripts/reference/balgrad_reference.py` writes them. */

import { readdirSync, readFileSync } from "node:fs";

import type { TrainingProgress } from "../../src/balance/method.js";
import { configureMethod } from "../../src/balance/methods.js";
import { plainModel } from "../support/plainModel.js";
import type { LabelKind } from "../../src/data/dataset.js";
import type { AdamWOptions } from "../../src/optim/adamw.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import type { StepSpec } from "../../src/train/step.js";

const FOLDER = new URL("../golden/", import.meta.url);

/** Names of the method's losses. */
export const LOSSES = ["task", "image", "text", "klImage", "klText"] as const;

/** One of the method's losses. */
export type LossName = (typeof LOSSES)[number];

interface Shaped {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type BatchField = "image" | "text" | "imagePresent" | "textPresent" | "targets";
type Flat = Readonly<Record<string, readonly number[]>>;

/** What PyTorch found for one configuration. */
export interface Golden {
  readonly model: { readonly text: { readonly type: string } };
  readonly task: { readonly task: LabelKind; readonly classes: number };
  readonly method: { readonly name: string; readonly options: object };
  readonly optimizer: AdamWOptions;
  readonly clipNorm: number;
  readonly priorLoss: number;
  readonly learningRates: readonly number[];
  /** Where in the training the steps are; an epoch counted from 0. */
  readonly progress: {
    readonly epoch: number;
    readonly epochs: number;
    /** Where the steps are in several epochs: each one's. */
    readonly epochOfStep?: readonly number[];
    /** Figures of finished epochs, more than a step may know yet; default: none. */
    readonly history?: TrainingProgress["history"];
  };
  readonly batch: Readonly<Record<BatchField, Shaped>>;
  /** Noise of every step, by name. */
  readonly noise: Readonly<Record<string, Shaped>>;
  readonly parameters: Readonly<Record<string, Shaped>>;
  /** Parameters of the method's teacher, by the names of the training's state. */
  readonly teacher?: Readonly<Record<string, Shaped>>;
  /** Losses at the initial parameters. */
  readonly losses: Readonly<Record<LossName, number>>;
  /** Gradients there, of the parameters that each loss reaches. */
  readonly gradients: Readonly<Record<LossName, Flat>>;
  /** Update direction there, before clipping. */
  readonly combined: Flat;
  /** Inner products over the shared parameters there: `taskKl`, `klKl`, `taskTask`. */
  readonly inner: Readonly<Record<string, number>>;
  /** Metrics of each step. */
  readonly metrics: readonly Readonly<Record<string, number>>[];
  /** Parameters after all steps. */
  readonly final: Flat;
}

/** All golden files by name. */
export function goldenCases(): (readonly [string, Golden])[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => {
      const text = readFileSync(new URL(file, FOLDER), "utf8");
      return [file.replace(".json", ""), JSON.parse(text) as Golden] as const;
    });
}

/** The step that a golden file describes. */
export function specOf(golden: Golden): StepSpec {
  const { task, method, optimizer, clipNorm, priorLoss, model } = golden;
  return {
    model: plainModel(model),
    labels: { labelKind: task.task, classes: task.classes },
    method: configureMethod(method.name, method.options),
    optimizer,
    clipNorm,
    seed: 1,
    priorLoss,
    nominal: { batch: 6, tokens: 4 },
  };
}

/** A float32 tensor from a golden file. */
export function floatTensor({ shape, data }: Shaped): HostTensor {
  return { dtype: "float32", shape, data: Float32Array.from(data) };
}

/** The batch and the noise under the names of the step's inputs. */
export function goldenInputs({ batch, noise, model }: Golden): Record<string, HostTensor> {
  const text =
    model.text.type === "bag"
      ? { dtype: "int32" as const, shape: batch.text.shape, data: Int32Array.from(batch.text.data) }
      : floatTensor(batch.text);
  return {
    image: floatTensor(batch.image),
    text,
    image_present: floatTensor(batch.imagePresent),
    text_present: floatTensor(batch.textPresent),
    targets: floatTensor(batch.targets),
    ...Object.fromEntries(
      Object.entries(noise).map(([name, value]) => [`noise.${name}`, floatTensor(value)]),
    ),
  };
}
