/** @module A prediction service of a trained model, over HTTP. */

import { aborted } from "../http/aborted.js";
import { HttpServer } from "../http/server.js";
import { type GivenToken, tokenOf } from "../http/token.js";
import { serviceApp } from "../serve/app.js";
import { Batcher } from "../serve/batcher.js";
import type { ServeEvent } from "../serve/events.js";
import { checkLimits, DEFAULT_LIMITS, type Limits } from "../serve/limits.js";
import { Metrics } from "../serve/metrics.js";

/** What to serve, and how. */
export interface ServeRequest extends GivenToken {
  /** Of a finished run, or of an exported model. */
  readonly folder: string;
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined;
  /** 0: any free one. Default: 8080. */
  readonly port?: number | undefined;
  /** Threads of one operator; default: all cores. */
  readonly threads?: number | undefined;
  /** Those that are not given have their defaults. */
  readonly limits?: Partial<Limits>;
  readonly events: (event: ServeEvent) => void;
  /** Aborts: accepted requests are answered, then the service ends. */
  readonly signal: AbortSignal;
}

/**
 * Serves predictions until the signal aborts, then answers what was accepted.
 *
 * @throws {UserError} when there is no model in the folder, or nobody can listen at the address.
 * @throws {ConfigError} when limits do not go together, or the token cannot be used.
 */
export async function serve(request: ServeRequest): Promise<void> {
  const { folder, host = "127.0.0.1", port = 8080, threads, events, signal } = request;
  const limits = { ...DEFAULT_LIMITS, ...request.limits };
  checkLimits(limits);
  const mayAsk = await tokenOf(request);
  const metrics = new Metrics();
  const data = { folder, threads, maxPixels: limits.maxPixels };
  const batcher = await Batcher.start(data, limits, { metrics, events });
  try {
    const isStopping = (): boolean => signal.aborted;
    const app = serviceApp({ batcher, metrics, limits, events, mayAsk, isStopping });
    const server = await HttpServer.listen(app, { host, port }, limits.timeout);
    events({ event: "listening", url: server.url, folder, token: mayAsk !== null });
    await aborted(signal);
    events({ event: "stopping", waiting: batcher.waiting });
    await server.close();
    events({ event: "stopped" });
  } finally {
    await batcher.stop();
  }
}
