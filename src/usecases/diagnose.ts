/** @module A finished run, diagnosed: what it leans on, what that costs, what to try, and single samples. */

import { type Modality, type Sample, samplesOf } from "../data/dataset.js";
import { classNeeds } from "../diagnose/classes.js";
import { type Condition, holds, parseCondition } from "../diagnose/conditions.js";
import { diagnosisOf, figuresOf } from "../diagnose/diagnosis.js";
import { explained, type ExplainedSample } from "../diagnose/explain.js";
import { judgedSamples, type JudgedSample, worstFirst } from "../diagnose/samples.js";
import { UserError } from "../errors.js";
import { writeFileAtomic } from "../files/atomic.js";
import { assertFilePlace } from "../files/writable.js";
import { programWords, type Words } from "../message.js";
import type { Classifier } from "../predict/predict.js";
import { type DiagnosisPage, renderDiagnosis } from "../report/diagnosisPage.js";
import { runClassifier } from "../run/classifier.js";
import type { EvaluatedSplit, RunData } from "../run/data.js";
import { caseLogits, evaluateRun } from "../run/experiment.js";
import { runRecord } from "../run/record.js";
import { readResults } from "../run/results.js";
import { Run } from "../run/run.js";
import type { RunStore } from "../run/store.js";
import { nodeRuntime } from "../runtime/node.js";
import { type GivenData, loadData } from "./data.js";
import type { DataEvent, Watch } from "./events.js";
import { stoppable } from "./interrupted.js";

/** What is asked of a diagnosis. */
export interface DiagnoseQuestions {
  /** Samples that are explained, the worst first; default: 3. */
  readonly samples?: number;
  /** Conditions on the figures, such as `text-missing-drop>2`. */
  readonly failIf?: readonly string[];
  /** Path of a page to write. */
  readonly html?: string | undefined;
  /** The words of the page's messages; default: those of programs. */
  readonly words?: Words;
}

/** What to diagnose. */
export interface DiagnoseRequest extends DiagnoseQuestions, Watch<DataEvent> {
  /** Of a finished run. */
  readonly store: RunStore;
  /** Default: those that the settings name. */
  readonly data?: GivenData;
  /** Default: test. */
  readonly split?: EvaluatedSplit;
}

/** A diagnosis with the samples that were asked for. */
export interface DiagnoseResult extends DiagnosisPage {
  readonly figures: Readonly<Record<string, number>>;
  /** Conditions that hold, as they were written. */
  readonly failed: readonly string[];
}

/** Modalities whose encoder trains from scratch. */
export const fromScratch = ({ prepared }: RunData): Modality[] =>
  (["image", "text"] as const).filter((side) => {
    const { encoder, preparation } = prepared.inputs[side];
    return !encoder && preparation !== null;
  });

/** The samples that were asked for, explained. */
export async function explainWorst(
  judged: readonly JudgedSample[],
  raw: ReadonlyMap<string, Sample>,
  count: number,
  classifier: Classifier,
): Promise<ExplainedSample[]> {
  const all: ExplainedSample[] = [];
  for (const sample of worstFirst(judged).slice(0, count)) {
    all.push(await explained(sample, raw.get(sample.id)!, classifier));
  }
  return all;
}

/** The samples of a run, explained by its saved model. */
async function explainRun(
  run: Run,
  data: RunData,
  judged: readonly JudgedSample[],
  { split, count }: { readonly split: EvaluatedSplit; readonly count: number },
): Promise<ExplainedSample[]> {
  if (count === 0) return [];
  const raw = new Map(samplesOf(data.dataset, split).map((sample) => [sample.id, sample]));
  const classifier = await runClassifier(run, data);
  try {
    return await explainWorst(judged, raw, count, classifier);
  } finally {
    await classifier.release();
  }
}

/** A diagnosis with its figures, and the conditions that hold of them. */
export function withFigures(page: DiagnosisPage, conditions: readonly Condition[]): DiagnoseResult {
  const figures = figuresOf(page.diagnosis);
  const failed = conditions.filter((condition) => holds(condition, figures));
  return { ...page, figures, failed: failed.map(({ text }) => text) };
}

/** Writes the page of a diagnosis, where one is asked for. */
export async function writePage(
  result: DiagnoseResult,
  { html, words = programWords }: DiagnoseQuestions,
): Promise<void> {
  if (html !== undefined) await writeFileAtomic(html, renderDiagnosis(result, words));
}

/** @throws {UserError} for a model of one modality, which cannot lean on the other. */
export function assertBoth(name: string, modalities: Modality | "both"): void {
  if (modalities === "both") return;
  throw new UserError(
    `${name}: it was trained on ${modalities}s alone; there is no second modality to compare with.`,
  );
}

/**
 * Diagnoses a finished run, and writes a page about it if asked to; nothing of the run is changed.
 *
 * @throws {ConfigError} for a condition that is none, or names a figure that the run does not have.
 * @throws {UserError} when the store holds no finished run, its files are damaged, or it used one modality alone.
 * @throws {SystemError} where the page cannot be written.
 * @throws {Interrupted} after the signal.
 */
export async function diagnose(request: DiagnoseRequest): Promise<DiagnoseResult> {
  if (request.html !== undefined) await assertFilePlace(request.html);
  const result = await diagnosed(request);
  await writePage(result, request);
  return result;
}

async function diagnosed(request: DiagnoseRequest): Promise<DiagnoseResult> {
  const { store, split = "test", samples: count = 3, failIf = [], events, signal } = request;
  const conditions = failIf.map(parseCondition);
  const run = await Run.open(store);
  assertBoth(store.name, run.config.data.modalities);
  const results = await readResults(run);
  const data = await loadData(run.config, { ...request.data, evaluated: split, events, signal });
  const { prepared } = data;
  const runtime = nodeRuntime({ threads: run.config.train.threads, ...(signal && { signal }) });
  return stoppable(signal, null, async () => {
    const isKept = results.result.split === split;
    const { result, aware } = isKept ? results : await evaluateRun(run, prepared, runtime, split);
    const logits = await caseLogits(run, prepared, runtime, split);
    const { classes } = prepared;
    const judged = judgedSamples({ aware, classes }, prepared[split], logits);
    const { method } = results;
    const diagnosis = diagnosisOf(
      await runRecord(run, results),
      result,
      classNeeds(judged, classes),
      { method, source: run.config.data.source, scratch: fromScratch(data) },
    );
    const samples = await explainRun(run, data, judged, { split, count });
    return withFigures(
      {
        ...{ folder: store.name, method, data: data.dataset.name, split },
        ...{ tested: judged.length, diagnosis, samples },
      },
      conditions,
    );
  });
}
