/** @module A page about finished runs, with their single answers. */

import { join } from "node:path";

import { DataError, UserError } from "../errors.js";
import { writeFileAtomic } from "../files/atomic.js";
import { assertFilePlace } from "../files/writable.js";
import { programWords, say, setting, type Text, useCase, type Words } from "../message.js";
import { type FigureFormat, figureFiles } from "../report/files.js";
import { type Gallery, renderRuns, reportFigures, type RunsPage } from "../report/runsPage.js";
import type { RunInsight } from "../report/insights.js";
import type { RunData } from "../run/data.js";
import { findRunPaths } from "../run/find.js";
import { RunFolder } from "../run/folder.js";
import { runLabels } from "../run/labels.js";
import { runRecord } from "../run/record.js";
import { byMethod, type RunRecord } from "../run/records.js";
import { repeatingSettings } from "../run/repeat.js";
import { isFinished, readResults } from "../run/results.js";
import type { RunResult } from "../run/experiment.js";
import { Run } from "../run/run.js";
import { nodeRuntime } from "../runtime/node.js";
import { type GivenData, loadData } from "./data.js";
import { type ReportEvent, silent, type Watch } from "./events.js";
import { lookInto, type ReadRun, type SeenRun, shownSamples, splitOf } from "./insights.js";
import { stoppable } from "./interrupted.js";
import { reportData } from "./report.js";
import { makeFolder } from "../system.js";

/** What to make a page of. */
export interface ReportRequest extends Watch<ReportEvent> {
  /** Of runs, or with runs inside; at least one. */
  readonly folders: readonly string[];
  /** Path of the page. */
  readonly out: string;
  /** Default: those that the settings of each run name. */
  readonly data?: GivenData;
  /** Whether the data are read: without them the page has no single answers; default: yes. */
  readonly answers?: boolean;
  /** Samples in the gallery; default: 48. */
  readonly samples?: number;
  /** Folder that every figure is also written to, and in which formats. */
  readonly figures?: { readonly folder: string; readonly formats: readonly FigureFormat[] };
  /** Default: the methods on the data. */
  readonly title?: string | undefined;
  /** The words of the page's commands; default: those of programs. */
  readonly words?: Words;
}

/** What was written. */
export interface ReportResult {
  /** Path of the page. */
  readonly page: string;
  readonly bytes: number;
  /** Folders of the runs that it is about. */
  readonly runs: readonly string[];
  /** Folders of the runs that are left out, since they are not finished. */
  readonly unfinished: readonly string[];
  /** Paths of the figures. */
  readonly figures: readonly string[];
}

/** A finished run. */
interface Finished {
  readonly run: Run;
  readonly result: RunResult;
}

/**
 * Folders of the runs in a folder.
 *
 * @throws {SystemError} for a folder inside it that cannot be read.
 * @throws {UserError} where there are none, or too many folders to look into.
 */
async function runsIn(folder: string): Promise<string[]> {
  const { paths, refused, isCut } = await findRunPaths(folder);
  if (refused[0]) throw refused[0];
  if (isCut) {
    throw new UserError(
      `${folder}: there are too many folders inside it to look for runs.`,
      "Name the folders of the runs.",
    );
  }
  if (paths.length > 0) return paths.map((path) => join(folder, path));
  throw new UserError(
    `${folder}: there is no run in this folder or inside it.`,
    "Give the folder that a run was started in, or one that holds such folders.",
  );
}

/** The finished runs in some folders, each once. */
async function readRuns(folders: readonly string[]) {
  const found = new Set<string>();
  for (const folder of folders) for (const run of await runsIn(folder)) found.add(run);
  const finished: Finished[] = [];
  const unfinished: string[] = [];
  for (const folder of found) {
    const run = await Run.open(new RunFolder(folder));
    if (await isFinished(run)) finished.push({ run, result: await readResults(run) });
    else unfinished.push(folder);
  }
  if (finished.length > 0) return { finished, unfinished };
  throw new UserError(
    `${unfinished[0]!}: the run is not finished.`,
    say`Finish it first: ${useCase("train", setting("resume", unfinished[0]))}.`,
  );
}

/** @throws {UserError} for runs whose scores cannot stand in one table. */
function refuseDifferent(runs: readonly Finished[]): void {
  const first = runs[0]!;
  const aboutOf = ({ run, result }: Finished): [what: string, value: unknown][] => {
    const { source, columns, variant } = run.config.data;
    const { imageNoise, textNoise } = run.config.evaluation;
    return [
      ["data", source],
      ["columns of the data", columns],
      ["variants of the data", variant],
      ["splits", result.result.split],
      ["scores", result.result.mainScore],
      ["noise", { imageNoise, textNoise }],
    ];
  };
  const known = new Map(aboutOf(first));
  for (const one of runs) {
    for (const [what, value] of aboutOf(one)) {
      const [a, b] = [
        JSON.stringify(known.get(what) ?? "default"),
        JSON.stringify(value ?? "default"),
      ];
      if (a === b) continue;
      throw new UserError(
        `${first.run.store.name} and ${one.run.store.name} have different ${what}: ${a} and ${b}. Their scores cannot stand in one table.`,
        "Make a report of each.",
      );
    }
  }
}

/** The first run of each row, with its data; runs on the same data and encoders share what was read. */
async function readFirsts(
  runs: readonly (Finished & { readonly record: RunRecord })[],
  { data: given, events = silent, signal }: ReportRequest,
): Promise<ReadRun[]> {
  const known = new Map<string, RunData>();
  const labels = new Set<string>();
  const read: ReadRun[] = [];
  for (const { run, result, record } of runs) {
    if (labels.has(record.method)) continue;
    labels.add(record.method);
    const { data, model } = run.config;
    const key = JSON.stringify([data, model.image, model.text, model.finetune]);
    const evaluated = splitOf(result);
    const own =
      known.get(key) ?? (await loadData(run.config, { ...given, evaluated, events, signal }));
    known.set(key, own);
    read.push({ run, result, record, data: own });
  }
  return read;
}

/** The run whose samples are shown: the best on validation, at the epoch that was kept. */
function bestOf(runs: readonly ReadRun[]): ReadRun {
  const figureOf = ({ record: { epochs } }: ReadRun): number =>
    epochs.findLast(({ best }) => best)?.validation["balanced"] ?? 0;
  return runs.reduce((a, b) => (figureOf(b) > figureOf(a) ? b : a));
}

/** What single answers add to the page. */
async function answersOf(
  reads: readonly ReadRun[],
  { samples = 48, events = silent, signal }: ReportRequest,
): Promise<{ readonly insights: RunInsight[]; readonly gallery: Gallery }> {
  const seen = new Map<ReadRun, SeenRun>();
  for (const read of reads) {
    events({ kind: "answering", label: read.record.method, done: seen.size, total: reads.length });
    const { threads } = read.run.config.train;
    seen.set(read, await lookInto(read, nodeRuntime({ threads, ...(signal && { signal }) })));
  }
  const best = bestOf(reads);
  const shown = await shownSamples(best, seen.get(best)!.judged, samples);
  return {
    insights: [...seen.values()].map(({ insight }) => insight),
    gallery: { label: best.record.method, samples: shown },
  };
}

/** What trains the first seed of each row again, and makes the page again. */
function commandsOf(
  runs: readonly (Finished & { readonly record: RunRecord })[],
  folders: readonly string[],
): Text[] {
  const training = [...byMethod(runs.map(({ record }) => record))].map(([label]) => {
    const { run } = runs.find(({ record }) => record.method === label)!;
    const { source } = run.config.data;
    return say`${useCase("train", source, ...repeatingSettings(run.config))}`;
  });
  return [...training, say`${useCase("report", ...folders)}`];
}

async function readWith<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new UserError(
      error.message,
      say`Without the data a report has no single answers: ${setting("answers", "false")} leaves them out.`,
    );
  }
}

async function inputOf(request: ReportRequest) {
  const { folders, answers = true, words = programWords } = request;
  const { finished, unfinished } = await readRuns(folders);
  refuseDifferent(finished);
  const labels = runLabels(finished.map(({ run }) => run.config));
  const runs: (Finished & { readonly record: RunRecord })[] = [];
  for (const [at, { run, result }] of finished.entries()) {
    runs.push({ run, result, record: await runRecord(run, result, labels[at]) });
  }
  const reads = answers ? await readWith(() => readFirsts(runs, request)) : [];
  const methods = [...new Set(labels)];
  const source = reads[0]?.data.dataset.name ?? finished[0]!.run.config.data.source;
  const named = methods.length > 4 ? `${methods.length} methods` : methods.join(", ");
  const input: RunsPage = {
    title: request.title ?? `${named} on ${source}`,
    data: reads[0] ? reportData(reads[0].data) : null,
    runs: runs.map(({ record }) => record),
    repeating: { commands: commandsOf(runs, folders), words },
    ...(reads.length > 0 && (await answersOf(reads, request))),
  };
  return { input, runs: finished.map(({ run }) => run.store.name), unfinished };
}

async function writeFigures(
  input: RunsPage,
  { folder, formats }: NonNullable<ReportRequest["figures"]>,
): Promise<string[]> {
  await makeFolder(folder);
  const paths: string[] = [];
  for (const { name, bytes } of await figureFiles(reportFigures(input), formats)) {
    const path = join(folder, name);
    await writeFileAtomic(path, bytes);
    paths.push(path);
  }
  return paths;
}

/**
 * Writes one self-contained page about finished runs; nothing of the runs is changed.
 *
 * @throws {UserError} where there is no finished run, the runs' scores cannot stand in one table, or the page has no
 *   place.
 * @throws {SystemError} where the page cannot be written.
 * @throws {Interrupted} after the signal.
 */
export function reportRuns(request: ReportRequest): Promise<ReportResult> {
  const { out, figures, signal } = request;
  return stoppable(signal, null, async () => {
    await assertFilePlace(out);
    const { input, ...rest } = await inputOf(request);
    const page = renderRuns(input);
    await writeFileAtomic(out, page);
    const files = figures ? await writeFigures(input, figures) : [];
    return { page: out, bytes: Buffer.byteLength(page), ...rest, figures: files };
  });
}
