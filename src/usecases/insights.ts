/** @module What reports say of a run's single answers, and samples to look at. */

import { samplesOf } from "../data/dataset.js";
import { diagnosisOf } from "../diagnose/diagnosis.js";
import { type ExplainedSample, shown } from "../diagnose/explain.js";
import { embeddingMaps, type EmbeddingMaps, insightOf } from "../diagnose/insight.js";
import { isRight, judgedSamples, type JudgedSample, worstFirst } from "../diagnose/samples.js";
import { randomStream } from "../random.js";
import type { RunInsight } from "../report/insights.js";
import { runClassifier } from "../run/classifier.js";
import type { EvaluatedSplit, RunData } from "../run/data.js";
import { runEmbeddings } from "../run/embeddings.js";
import { caseLogits, type RunResult } from "../run/experiment.js";
import type { RunRecord } from "../run/records.js";
import type { Run } from "../run/run.js";
import type { Runtime } from "../runtime/session.js";
import { fromScratch } from "./diagnose.js";

/** Samples of an embedding map: more make the page large and the map no clearer. */
const MAPPED = 300;

/** A finished run with its data. */
export interface ReadRun {
  readonly run: Run;
  readonly record: RunRecord;
  readonly result: RunResult;
  readonly data: RunData;
}

/** A run looked into, with the answers that it was looked into by. */
export interface SeenRun {
  readonly insight: RunInsight;
  readonly judged: readonly JudgedSample[];
}

/** The split that a run's results are of. */
export const splitOf = ({ result }: RunResult): EvaluatedSplit => result.split as EvaluatedSplit;

async function mapsOf(
  { run, data: { prepared }, result }: ReadRun,
  split: EvaluatedSplit,
  judged: readonly JudgedSample[],
  runtime: Runtime,
): Promise<EmbeddingMaps | null> {
  const rows = randomStream(1, "embeddings")
    .shuffle(judged.keys())
    .slice(0, MAPPED)
    .sort((a, b) => a - b);
  const embeddings = await runEmbeddings(run, prepared, runtime, split, rows);
  const samples = rows.map((row) => judged[row]!);
  return embeddings && embeddingMaps(embeddings, samples, result.seed);
}

/** What a diagnosis says of the run; nothing for runs on one modality, which cannot lean on the other. */
function findingsOf(read: ReadRun, classes: RunInsight["classes"]): readonly string[] {
  const { run, record, result, data } = read;
  const { modalities, source } = run.config.data;
  if (modalities !== "both") return [];
  const { method } = result;
  const about = { method, source, scratch: fromScratch(data) };
  return diagnosisOf(record, result.result, classes, about).findings;
}

/** Looks into a run: asks its model for the answers to all samples under every impairment. */
export async function lookInto(read: ReadRun, runtime: Runtime): Promise<SeenRun> {
  const { run, record, result, data } = read;
  const { prepared } = data;
  const split = splitOf(read.result);
  const { classes, labelKind } = prepared;
  const logits = await caseLogits(run, prepared, runtime, split);
  const judged = judgedSamples({ aware: result.aware, classes }, prepared[split], logits);
  const maps = await mapsOf(read, split, judged, runtime);
  const insight = insightOf({ samples: judged, classes, labelKind }, maps);
  const { method: label, seed } = record;
  return {
    insight: { ...insight, label, seed, findings: findingsOf(read, insight.classes) },
    judged,
  };
}

/** Wrong and right samples, half of each as far as there are so many, the worst first. */
function chosen(judged: readonly JudgedSample[], count: number): JudgedSample[] {
  const all = worstFirst(judged);
  const wrong = all.filter((sample) => !isRight(sample, "full"));
  const right = all.filter((sample) => isRight(sample, "full"));
  const ofRight = Math.min(right.length, Math.max(Math.floor(count / 2), count - wrong.length));
  return [...wrong.slice(0, count - ofRight), ...right.slice(0, ofRight)];
}

/** Samples to look at, with pictures and texts. */
export async function shownSamples(
  read: ReadRun,
  judged: readonly JudgedSample[],
  count: number,
): Promise<ExplainedSample[]> {
  if (count === 0) return [];
  const raw = new Map(
    samplesOf(read.data.dataset, splitOf(read.result)).map((sample) => [sample.id, sample]),
  );
  const classifier = await runClassifier(read.run, read.data);
  try {
    const all: ExplainedSample[] = [];
    for (const sample of chosen(judged, count)) {
      all.push(await shown(sample, raw.get(sample.id)!, classifier));
    }
    return all;
  } finally {
    await classifier.release();
  }
}
