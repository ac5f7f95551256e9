/** @module The runs below a folder: as a list, and as pages over HTTP. */

import { ConfigError, UserError } from "../errors.js";
import { aborted } from "../http/aborted.js";
import { isLoopback } from "../http/loopback.js";
import { HttpServer } from "../http/server.js";
import { type GivenToken, tokenOf } from "../http/token.js";
import { say, setting, type Words } from "../message.js";
import { nearest } from "../text.js";
import { uiApp } from "../ui/app.js";
import { COLUMNS, sorted, sortingOf } from "../ui/columns.js";
import { filterOf } from "../ui/filter.js";
import { Hub } from "../ui/hub.js";
import { RunList } from "../ui/list.js";
import { Memo } from "../ui/memo.js";
import type { RunSummary } from "../ui/summary.js";

/** @throws {UserError} where there is no such folder. */
function assertThere({ isThere, folder }: RunList): void {
  if (isThere) return;
  throw new UserError(
    `${folder}: there is no such folder.`,
    "Give a folder with runs in it; a training keeps its run in the folder runs, unless told otherwise.",
  );
}

/** What is listed. */
export interface ListRequest {
  /** That the runs are below. */
  readonly folder: string;
  /** See `filterOf`; default: all. */
  readonly filter?: string;
  /** Name of a column, with `-` before it for the other way round; default: by path. */
  readonly sort?: string;
}

/** What was found. */
export interface ListResult {
  readonly runs: readonly RunSummary[];
  /** Folders that could not be read. */
  readonly refused: readonly UserError[];
  /** Whether there are so many folders that some were not looked into. */
  readonly isCut: boolean;
}

/**
 * Lists the runs below a folder.
 *
 * @throws {UserError} where there is no such folder.
 * @throws {ConfigError} for a filter that cannot be read, and for a column that there is not.
 */
export async function listRuns({
  folder,
  filter = "",
  sort = "run",
}: ListRequest): Promise<ListResult> {
  const isListed = filterOf(filter);
  const sorting = sortingOf(sort);
  if (!sorting) {
    const names = COLUMNS.map(({ name }) => name);
    const guess = nearest(sort, names);
    throw new ConfigError(
      say`${setting("sort", sort)}: there is no such column.`,
      guess === undefined ? `There are: ${names.join(", ")}.` : `Did you mean "${guess}"?`,
    );
  }
  const list = new RunList(folder);
  await list.look();
  assertThere(list);
  return { runs: sorted(list.runs.filter(isListed), sorting), ...list.found };
}

/** What the pages tell about themselves. */
export type RunsEvent =
  | { readonly event: "listening"; readonly url: string }
  /** A page could not be made, by a defect. */
  | { readonly event: "failed"; readonly error: Error };

/** What to show, and how. */
export interface ServeRunsRequest extends GivenToken {
  /** That the runs are below. */
  readonly folder: string;
  /** Whether the folder may come to be later; default: no. */
  readonly mayBeMissing?: boolean;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Whether the next ports are tried where it is in use. */
  readonly orNext: boolean;
  /** Of messages on the pages. */
  readonly words: Words;
  readonly events: (event: RunsEvent) => void;
  /** Aborts: pages are told the last changes, then the server ends. */
  readonly signal: AbortSignal;
}

/** Ports that are tried after one that is in use. */
const FURTHER_PORTS = 20;

const TIMEOUT_MS = 10_000;
const PATIENCE_MS = 2000;

/**
 * Shows the runs below a folder as pages that keep up with them, until the signal aborts.
 *
 * @throws {UserError} where there is no such folder, or nobody can listen at the address.
 * @throws {ConfigError} where the token cannot be used.
 */
export async function serveRuns(request: ServeRunsRequest): Promise<void> {
  const { folder, host, port, orNext, words, events, signal } = request;
  const mayAsk = await tokenOf(request);
  const list = new RunList(folder);
  const hub = new Hub(list);
  await hub.look();
  if (!request.mayBeMissing) assertThere(list);
  const onFailure = (error: Error): void => {
    events({ event: "failed", error });
  };
  const isLocal = isLoopback(host);
  const app = uiApp({ hub, list, words, memo: new Memo(64), mayAsk, isLocal, onFailure });
  const further = orNext ? FURTHER_PORTS : 0;
  const server = await HttpServer.listen(app, { host, port, further }, TIMEOUT_MS, PATIENCE_MS);
  events({ event: "listening", url: server.url });
  await aborted(signal);
  await hub.stop();
  await server.close();
}
