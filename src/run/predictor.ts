/** @module The model of a run as a predictor, whose parameters are fed. */

import type { ModelData } from "../inputs/data.js";
import { Predictor, predictionModel } from "../evaluate/predictor.js";
import type { LabelSpace } from "../model/config.js";
import type { Runtime } from "../runtime/session.js";
import type { RunConfig } from "./config.js";
import type { Fitted } from "./fitted.js";
import { isFitted } from "./methods.js";
import { modelFor } from "../inputs/model.js";

/** What the data decide about a model. */
export const labelSpaceOf = ({
  labelKind,
  classes,
}: Pick<ModelData, "labelKind" | "classes">): LabelSpace => ({
  labelKind,
  classes: classes.length,
});

/**
 * Loads the model of some settings; parameters are fed, so any state of the run can be tried.
 *
 * @param fitted - What answers beside the network; default: nothing.
 */
export async function loadPredictor(
  config: RunConfig,
  data: ModelData,
  runtime: Runtime,
  { companions, novelty }: Fitted = { companions: null, novelty: null },
): Promise<Predictor> {
  const labels = labelSpaceOf(data);
  const regressions = isFitted(config.method);
  const model = await modelFor(config.model, data);
  const beside = { companions: companions !== null, novelty };
  const onnx = predictionModel(model, labels, { ...beside, regressions });
  return Predictor.create(runtime, onnx, labels);
}
