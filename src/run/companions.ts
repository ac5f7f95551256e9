/** @module The linear companions of a run, fitted once and kept beside its checkpoints. */

import { readFile } from "node:fs/promises";

import { fitCompanions, hasCompanions } from "../companion/companions.js";
import type { EncodedDataset } from "../encode/encoded.js";
import type { ModelTask } from "../model/config.js";
import type { Runtime } from "../runtime/session.js";
import { readSealedSafetensors, writeSealedSafetensors } from "../tensors/safetensors.js";
import { lossShape } from "../train/classWeights.js";
import type { TrainingState } from "../train/step.js";
import { writeFileAtomic } from "./files.js";
import type { RunFolder } from "./folder.js";
import { isFitted } from "./methods.js";
import { modelFor } from "./model.js";

const FILE = "checkpoints/companions.safetensors";
const FORMAT = "balgrad-companions-1";

/** What was kept; `null` where nothing was, or where it is damaged: it can be fitted again. */
async function kept(folder: RunFolder): Promise<TrainingState | null> {
  const bytes = await readFile(folder.file(FILE)).catch(() => null);
  if (!bytes) return null;
  try {
    const { tensors, metadata } = readSealedSafetensors(bytes);
    return metadata["format"] === FORMAT ? tensors : null;
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Parameters of a run's companions, see {@link fitCompanions}; `null` where its model has none: encoders
 * that train have no fixed features, and a run of regressions alone is what they are.
 */
export async function companionsOf(
  folder: RunFolder,
  data: EncodedDataset,
  task: ModelTask,
  runtime: Runtime,
): Promise<TrainingState | null> {
  const { config } = folder;
  const model = await modelFor(config.model, data);
  // Beside regressions the same ones would say nothing new.
  if (isFitted(config.method) || !hasCompanions(model)) return null;
  const known = await kept(folder);
  if (known) return known;
  const shape = lossShape(config.train, data.classes, data.train.targets, task);
  const fitted = await fitCompanions(runtime, data, model, task, { shape });
  await writeFileAtomic(folder.file(FILE), writeSealedSafetensors(fitted, { format: FORMAT }));
  return fitted;
}
