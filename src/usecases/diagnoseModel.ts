/** @module A saved model, diagnosed on labelled data: what it was trained with is not needed. */

import { type Dataset, scoreOf } from "../data/dataset.js";
import { openDataset } from "../data/open.js";
import { classNeeds } from "../diagnose/classes.js";
import { parseCondition } from "../diagnose/conditions.js";
import { diagnosisOf } from "../diagnose/diagnosis.js";
import { judgedSamples } from "../diagnose/samples.js";
import { type ProtocolOptions, runCases } from "../evaluate/cases.js";
import { runProtocol } from "../evaluate/protocol.js";
import { assertFilePlace } from "../files/writable.js";
import { Classifier } from "../predict/predict.js";
import { labelledSplit } from "../predict/split.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import { RunFolder } from "../run/folder.js";
import { furtherCases } from "../run/further.js";
import { Run } from "../run/run.js";
import { nodeRuntime } from "../runtime/node.js";
import { reading } from "./data.js";
import {
  assertBoth,
  type DiagnoseQuestions,
  type DiagnoseResult,
  explainWorst,
  withFigures,
  writePage,
} from "./diagnose.js";
import { type DataEvent, silent, type Watch } from "./events.js";
import { stoppable } from "./interrupted.js";
import type { GivenSettings } from "./settings.js";

/** Which model to diagnose, and on what. */
export interface DiagnoseModelRequest extends DiagnoseQuestions, GivenSettings, Watch<DataEvent> {
  /** Of an exported model, or of a finished run. */
  readonly folder: string;
}

/** Settings of data that were not given are those of the model's run, where there is one: columns and separators. */
async function configOf({ folder, settings, origin }: DiagnoseModelRequest): Promise<RunConfig> {
  const config = checkConfig(settings, origin);
  if (config.data.columns) return config;
  const run = await Run.open(new RunFolder(folder)).catch(() => null);
  const columns = run?.config.data.columns;
  return columns ? { ...config, data: { ...config.data, columns } } : config;
}

/** The test split, where the data give splits; else all samples. */
function heldOut(dataset: Dataset): { readonly dataset: Dataset; readonly split: "test" | null } {
  const { draw, samples } = dataset;
  if (draw?.samples.every(({ unit }) => unit !== null)) return { dataset, split: null };
  const tested = samples.filter(({ split }) => split === "test");
  return { dataset: { ...dataset, samples: tested }, split: "test" };
}

function protocolOptions(
  { predictor }: Classifier,
  dataset: Dataset,
  config: RunConfig,
): ProtocolOptions {
  const { evaluation } = config;
  return {
    predictor,
    noise: { image: evaluation.imageNoise, text: evaluation.textNoise },
    seed: evaluation.seed,
    mainScore: evaluation.score ?? scoreOf(dataset),
    // A diagnosis has no use for the curve over noise, and an encoder in the model makes it slow.
    ...furtherCases({ ...config, evaluation: { ...evaluation, noiseCurve: false } }),
  };
}

async function diagnosed(
  classifier: Classifier,
  request: DiagnoseModelRequest,
): Promise<DiagnoseResult> {
  const { folder, samples: most = 3, failIf = [], events = silent, signal } = request;
  const conditions = failIf.map(parseCondition);
  const config = await configOf(request);
  const { card } = classifier;
  assertBoth(folder, card.modalities ?? "both");
  const opened = await openDataset(config.data);
  events({ kind: "opened", dataset: opened });
  const { dataset, split: tested } = heldOut(opened);
  const { split, issues } = await labelledSplit(classifier, dataset, {
    onBad: config.data.onBad,
    onProgress: reading({ events, signal }),
  });
  // Which classes the splits have matters to a training alone.
  const told = issues.filter(({ kind }) => kind !== "class-absent");
  events({ kind: "prepared", issues: told, notices: [] });
  const options = protocolOptions(classifier, dataset, config);
  const result = await runProtocol(split, tested ?? "all", card.aware, options);
  const judged = judgedSamples(card, split, await runCases(split, options));
  const record = { method: "model", seed: 0, steps: [], epochs: [], config, meanings: {} };
  const diagnosis = diagnosisOf(
    { ...record, test: result },
    result,
    classNeeds(judged, card.classes),
    { method: null, source: config.data.source, scratch: [] },
  );
  const raw = new Map(dataset.samples.map((sample) => [sample.id, sample]));
  const samples = await explainWorst(judged, raw, most, classifier);
  return withFigures(
    {
      ...{ folder, method: null, data: dataset.name, split: tested },
      ...{ tested: judged.length, diagnosis, samples },
    },
    conditions,
  );
}

/**
 * Diagnoses a saved model on labelled data: their test split where the data give splits, else all samples. Samples with
 * labels that the model does not know are left out, and told.
 *
 * @throws {ConfigError} for settings that are wrong, and for a condition that is none.
 * @throws {DataError} for data that cannot be read, or have no label that the model knows.
 * @throws {UserError} when there is no model, it is damaged or of one modality, or does not take what the samples bring.
 * @throws {Interrupted} after the signal.
 */
export function diagnoseModel(request: DiagnoseModelRequest): Promise<DiagnoseResult> {
  const { folder, html, signal } = request;
  return stoppable(signal, null, async () => {
    if (html !== undefined) await assertFilePlace(html);
    const classifier = await Classifier.load(folder, nodeRuntime({ ...(signal && { signal }) }));
    try {
      const result = await diagnosed(classifier, request);
      await writePage(result, request);
      return result;
    } finally {
      await classifier.release();
    }
  });
}
