/** @module The model of a run as a predictor, whose parameters are fed. */

import type { EncodedDataset } from "../encode/encoded.js";
import { Predictor, predictionModel } from "../evaluate/predictor.js";
import type { ModelTask } from "../model/config.js";
import type { Runtime } from "../runtime/session.js";
import type { RunConfig } from "./config.js";
import { isFitted } from "./methods.js";
import { modelFor } from "./model.js";

/** What the data decide about a model. */
export const taskOf = ({ task, classes }: EncodedDataset): ModelTask => ({
  task,
  classes: classes.length,
});

/**
 * Loads the model of some settings; parameters are fed, so any state of the run can be tried.
 *
 * @param companions - Whether linear companions answer beside the network; default: no.
 */
export async function loadPredictor(
  config: RunConfig,
  data: EncodedDataset,
  runtime: Runtime,
  companions = false,
): Promise<Predictor> {
  const task = taskOf(data);
  const regressions = isFitted(config.method);
  const model = await modelFor(config.model, data);
  return Predictor.create(runtime, predictionModel(model, task, { companions, regressions }), task);
}
