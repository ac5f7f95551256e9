/**
 * @module balgrad: image+text classifiers that keep working when the image or the text is missing.
 *
 * The pieces that programs use most; the graph engine is `balgrad/graph`, the balance methods and
 * gradient surgery are `balgrad/balance`.
 */

export type { DataConfig } from "./data/config.js";
export type { DataIssue, Dataset, ImageSource, Sample, Split, Task } from "./data/dataset.js";
export { openDataset } from "./data/open.js";
export { prepareDataset } from "./prepare/prepare.js";
export type { PreparedDataset, PreparedSplit } from "./prepare/prepared.js";
export { impair, type Impairment } from "./prepare/impair.js";
export { ConfigError, DataError, UserError } from "./errors.js";
export { fitAware, predictAware } from "./evaluate/aware.js";
export { scorePredictions } from "./evaluate/metrics.js";
export { Predictor, predictionModel } from "./evaluate/predictor.js";
export { fitAwareOn, type ProtocolResult, runProtocol } from "./evaluate/protocol.js";
export { Classifier } from "./predict/predict.js";
export { renderReport } from "./report/html.js";
export { markdownTable, resultRows, terminalTable } from "./report/table.js";
export { checkConfig, type RunConfig } from "./run/config.js";
export { loadRunData } from "./run/data.js";
export { exportModel } from "./run/deploy.js";
export { evaluateRun, trainRun } from "./run/experiment.js";
export { RunFolder } from "./run/folder.js";
export { RunMemory } from "./run/memory.js";
export { Run } from "./run/run.js";
export type { RunStore } from "./run/store.js";
export { nodeRuntime } from "./runtime/node.js";
export { DivergenceError, Trainer } from "./train/trainer.js";
