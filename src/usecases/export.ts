/** @module The best model of a run as files for other programs. */

import { join } from "node:path";

import { RunFolder } from "../run/folder.js";
import { type ExportResult, exportModel } from "../run/export.js";
import { Run } from "../run/run.js";
import { nodeRuntime } from "../runtime/node.js";
import { loadData } from "./data.js";
import type { DataEvent, Watch } from "./events.js";
import { stoppable } from "./interrupted.js";

/** What to export. */
export interface ExportRequest extends Watch<DataEvent> {
  /** Of a finished run. */
  readonly folder: string;
  /** Where to; default: `export` in the run's folder. */
  readonly out?: string | undefined;
}

/**
 * Writes a run's best model as ONNX with tokenizer and preprocessing, and tries it on validation samples.
 *
 * @throws {UserError} when the folder holds no finished run, or there is a model at `out` already.
 * @throws {Interrupted} after the signal.
 */
export async function exportRun(request: ExportRequest): Promise<ExportResult> {
  const { folder, out = join(folder, "export"), events, signal } = request;
  const run = await Run.open(new RunFolder(folder));
  const data = await loadData(run.config, { events, signal });
  const { threads } = run.config.train;
  const runtime = nodeRuntime({ threads, ...(signal && { signal }) });
  return stoppable(signal, null, () => exportModel(run, data, out, runtime));
}
