/** @module The best model of a run as files for other programs. */

import { type ExportResult, exportModel } from "../run/export.js";
import { Run } from "../run/run.js";
import type { RunStore } from "../run/store.js";
import { nodeRuntime } from "../runtime/node.js";
import { type GivenData, loadData } from "./data.js";
import type { DataEvent, Watch } from "./events.js";
import { stoppable } from "./interrupted.js";

/** What to export. */
export interface ExportRequest extends Watch<DataEvent> {
  /** Of a finished run. */
  readonly store: RunStore;
  /** Where to; default: `export` in the run's store. */
  readonly out?: RunStore | undefined;
  /** Default: those that the settings name. */
  readonly data?: GivenData;
}

/**
 * Writes a run's best model as ONNX with tokenizer and preprocessing, and tries it on validation samples.
 *
 * @throws {UserError} when the store holds no finished run, or there is a model at `out` already.
 * @throws {Interrupted} after the signal.
 */
export async function exportRun(request: ExportRequest): Promise<ExportResult> {
  const { store, out = store.inside("export"), events, signal } = request;
  const run = await Run.open(store);
  const data = await loadData(run.config, { ...request.data, events, signal });
  const { threads } = run.config.train;
  const runtime = nodeRuntime({ threads, ...(signal && { signal }) });
  return stoppable(signal, null, () => exportModel(run, data, out, runtime));
}
