/**
 * @module balgrad: image+text classifiers that keep working when the image or the text is missing.
 *
 * Training, evaluation and prediction from a program. Every method is in `balgrad/methods`, the graph engine in
 * `balgrad/graph`, what methods are made of and gradient surgery in `balgrad/balance`.
 */

export type { DataIssue, Dataset, ImageSource, Sample, Split } from "./data/dataset.js";
export type { Picture, Pixels } from "./data/picture.js";
export { ConfigError, DataError, UserError } from "./errors.js";
export {
  type ColumnNames,
  type DataOptions,
  type SampleInput,
  samples,
  source,
  table,
  type TableDataOptions,
  type TrainingData,
} from "./library/data.js";
export {
  type MethodChoice,
  type MethodInput,
  type OwnMethod,
  ownMethod,
} from "./library/method.js";
export { balgrad, balgradPlus, joint, linear, robust } from "./library/methods.js";
export { type Evaluation, type EvaluationOptions, TrainedRun } from "./library/run.js";
export {
  type ModelOptions,
  resume,
  type ResumeOptions,
  train,
  type TrainingEvent,
  type TrainOptions,
  type TrainSettings,
} from "./library/train.js";
export { type Answer, type ClassProbability, Classifier } from "./predict/predict.js";
export type { Question } from "./predict/questions.js";
export { renderReport } from "./report/html.js";
export { markdownTable, resultRows, terminalTable } from "./report/table.js";
export type { RunConfig } from "./run/config.js";
export { RunFolder } from "./run/folder.js";
export { RunMemory } from "./run/memory.js";
export type { RunStore } from "./run/store.js";
export { nodeRuntime } from "./runtime/node.js";
export { DivergenceError } from "./train/trainer.js";
export { Interrupted } from "./usecases/interrupted.js";
