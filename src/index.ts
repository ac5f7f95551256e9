/**
 * @module balgrad: image+text classifiers that keep working when the image or the text is missing.
 *
 * Training, evaluation and prediction from a program. Every method is in `balgrad/methods`, the graph engine in
 * `balgrad/graph`, what methods are made of and gradient surgery in `balgrad/balance`.
 */

export type {
  CellLoss,
  ColumnYield,
  DataIssue,
  Dataset,
  DeferredImage,
  Draw,
  DrawnSample,
  FeatureSource,
  ImageSource,
  Modalities,
  Modality,
  Sample,
  SampleFeatures,
  Split,
} from "./data/dataset.js";
export type { Picture, Pixels } from "./data/picture.js";
export { ConfigError, DataError, UserError } from "./errors.js";
export type { Column, CorruptionSpreads, ResultRow, Spread } from "./evaluate/aggregate.js";
export type { AwareModel } from "./evaluate/aware.js";
export type { CorruptionScores } from "./evaluate/corruptions.js";
export type { LabelThresholds } from "./evaluate/decisions.js";
export type { GateModel } from "./evaluate/gate.js";
export type { ScoreInterval } from "./evaluate/scores/intervals.js";
export type { Scores } from "./evaluate/scores/metrics.js";
export type { NoisePoint } from "./evaluate/noiseCurve.js";
export type { Expert } from "./evaluate/predictor.js";
export type { Presence } from "./evaluate/presence.js";
export type {
  ImpairedPair,
  OwnPair,
  ProtocolResult,
  ProtocolRow,
  RatioPoint,
  ShapleyValues,
} from "./evaluate/result.js";
export type { HostTensor } from "./graph/hostTensor.js";
export type {
  AnyCase,
  Case,
  CaseOf,
  ImpairmentName,
  OwnImpairment,
  ResultImpairment,
} from "./impairments/cases.js";
export type { CorruptionName } from "./impairments/further.js";
export type { NoiseLevels } from "./impairments/impairment.js";
export type { CardInputs } from "./inputs/cards.js";
export type { CardInput } from "./inputs/kind.js";
export type { Question } from "./inputs/question.js";
export { compare, type CompareOptions, type Comparison } from "./library/compare.js";
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
export type { Message, Text } from "./message.js";
export type { Answer, AnswerMode, ClassProbability, DecidedBy } from "./predict/answer.js";
export type { ModelCard } from "./predict/card.js";
export { Classifier } from "./predict/predict.js";
export type { PreparedQuestion } from "./predict/questions.js";
export type { Normalisation } from "./prepare/normalisation.js";
export type { ReportData } from "./report/html.js";
export { renderReport, type ReportInput } from "./report/runsPage.js";
export type { Environment } from "./run/environment.js";
export { markdownTable, resultRows, terminalTable } from "./report/table.js";
export type { RunConfig } from "./run/config.js";
export type { EvaluatedSplit } from "./run/data.js";
export type { RunResult, Stage } from "./run/experiment.js";
export { RunFolder } from "./run/folder.js";
export type { LockEvents } from "./run/lock.js";
export { RunMemory } from "./run/memory.js";
export type { RunRecord } from "./run/records.js";
export type { RunStore } from "./run/store.js";
export type { Device } from "./runtime/devices.js";
export { nodeRuntime, type NodeRuntimeOptions } from "./runtime/node.js";
export type {
  NamedValues,
  ResidentSession,
  ResidentVariable,
  Runtime,
  Session,
  WritingSession,
} from "./runtime/session.js";
export type { ClassWeights } from "./train/config.js";
export { DivergenceError } from "./train/divergence.js";
export type { StepMetrics } from "./train/parts.js";
export type { TimePlan } from "./train/timeLimit.js";
export type { EpochRecord, StepRecord } from "./train/trainer.js";
export type { DataEvent, DeviceEvent, Listener, RunEvent, StageEvent } from "./usecases/events.js";
export { type Continuation, Interrupted } from "./usecases/interrupted.js";
