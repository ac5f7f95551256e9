/** @module The model of a finished run, ready to answer questions. */

import { Classifier } from "../predict/predict.js";
import { nodeRuntime } from "../runtime/node.js";
import type { RunData } from "./data.js";
import type { Run } from "./run.js";
import { MODEL_FOLDER } from "./save.js";

/**
 * Loads the model of a finished run from its store.
 *
 * @throws {UserError} when one of its files is missing or damaged.
 */
export function runClassifier({ store, config }: Run, { prepared }: RunData): Promise<Classifier> {
  const { image, text } = prepared.inputs;
  const place = (name: string): string => `${MODEL_FOLDER}/${name}`;
  return Classifier.open(
    {
      locate: (name) => store.locate(place(name)),
      read: (name) => store.read(place(name)),
    },
    nodeRuntime({ threads: config.train.threads }),
    () => Promise.resolve({ image: image.preparation, text: text.preparation }),
  );
}
