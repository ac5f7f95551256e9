/** @module What a run fits beside its network: linear companions, and where the training samples lie. */

import { hasCompanions } from "../companion/companions.js";
import { type CompanionOptions, fitCompanions } from "../companion/fit.js";
import type { ModelData } from "../inputs/data.js";
import { modelFor } from "../inputs/model.js";
import type { ModelConfig, LabelSpace } from "../model/config.js";
import { bySide } from "../model/network.js";
import { type Familiar, fitNovelty, type Novelty } from "../novelty/novelty.js";
import type { Runtime } from "../runtime/session.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { readSealedSafetensors, writeSealedSafetensors } from "../tensors/safetensors.js";
import { lossShape } from "../train/classWeights.js";
import type { TrainingState } from "../train/step.js";
import type { Snapshot } from "../train/trainer.js";
import type { RunConfig } from "./config.js";
import { isFitted } from "./methods.js";
import type { Run } from "./run.js";
import type { RunStore } from "./store.js";
import type { Modality } from "../data/dataset.js";

const FILE = "checkpoints/beside.safetensors";
const FORMAT = "balgrad-beside-5";

const NOVELTY = "novelty";
const PARTS = [
  "mean",
  "basis",
  "shared",
  "spread",
  "prototypes",
] as const satisfies readonly (keyof Familiar)[];

/** What is fitted beside the network; `null` for what a model does not have. */
export interface Fitted {
  /** Parameters of the linear companions. */
  readonly companions: TrainingState | null;
  readonly novelty: Novelty | null;
}

const partName = (side: Modality, part: keyof Familiar): string => `${NOVELTY}.${side}.${part}`;

/** Novelty as tensors of a file. */
function noveltyTensors(novelty: Novelty | null): [string, HostTensor][] {
  if (!novelty) return [];
  return (["image", "text"] as const).flatMap((side) =>
    PARTS.map((part): [string, HostTensor] => {
      const data = novelty[side][part];
      const { mean, spread } = novelty[side];
      const width = part === "prototypes" ? spread.length : data.length / mean.length;
      const isVector = part === "mean" || part === "spread";
      const shape = isVector ? [data.length] : [data.length / width, width];
      return [partName(side, part), { dtype: "float32", shape, data }];
    }),
  );
}

function fittedOf(tensors: TrainingState): Fitted {
  const isNovelty = (name: string): boolean => name.startsWith(`${NOVELTY}.`);
  const companions = new Map([...tensors].filter(([name]) => !isNovelty(name)));
  const values = (side: Modality, part: keyof Familiar): Float32Array =>
    tensors.get(partName(side, part))!.data as Float32Array;
  return {
    companions: companions.size > 0 ? companions : null,
    novelty: tensors.has(partName("image", "mean"))
      ? bySide((side) => {
          const parts = PARTS.map((part) => [part, values(side, part)] as const);
          return Object.fromEntries(parts) as Record<keyof Familiar, Float32Array>;
        })
      : null,
  };
}

/** What was kept; `null` where nothing was for this step, or where it is damaged: it can be fitted again. */
async function kept(store: RunStore, step: string): Promise<Fitted | null> {
  const bytes = await store.read(FILE).catch(() => null);
  if (!bytes) return null;
  try {
    const { tensors, metadata } = readSealedSafetensors(bytes);
    const isSame = metadata["format"] === FORMAT && metadata["step"] === step;
    return isSame ? fittedOf(tensors) : null;
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Noise on the texts that the companion on both is fitted to: that of the evaluation, on other texts. */
function trainingNoise({ evaluation }: RunConfig): Pick<CompanionOptions, "noise"> {
  const { textNoise: drop, seed } = evaluation;
  return drop > 0 ? { noise: { drop, seed } } : {};
}

async function fit(
  { config }: Run,
  data: ModelData,
  model: ModelConfig,
  best: Snapshot,
  runtime: Runtime,
): Promise<Fitted> {
  const labels: LabelSpace = { labelKind: data.labelKind, classes: data.classes.length };
  const shape = lossShape(config.train, data.classes, data.train.targets, labels);
  const companions = hasCompanions(model)
    ? await fitCompanions(runtime, data, model, labels, { shape, ...trainingNoise(config) })
    : null;
  return {
    companions,
    novelty: await fitNovelty(runtime, data.train, model, labels, best.state),
  };
}

/**
 * Fits what answers beside a run's network, once, and keeps it beside the checkpoints: companions, see
 * {@link fitCompanions}, where regressions can see both modalities, and novelty, see {@link fitNovelty}.
 * A run of regressions alone has neither: it is what it is.
 *
 * @param best - The checkpoint whose encoders answer.
 */
export async function fittedBeside(
  run: Run,
  data: ModelData,
  best: Snapshot,
  runtime: Runtime,
): Promise<Fitted> {
  const { config } = run;
  if (isFitted(config.method)) return { companions: null, novelty: null };
  const step = String(best.position.step);
  const known = await kept(run.store, step);
  if (known) return known;
  const fitted = await fit(run, data, await modelFor(config.model, data), best, runtime);
  const tensors = new Map([...(fitted.companions ?? []), ...noveltyTensors(fitted.novelty)]);
  const bytes = writeSealedSafetensors(tensors, { format: FORMAT, step });
  await run.store.write(FILE, bytes);
  return fitted;
}
