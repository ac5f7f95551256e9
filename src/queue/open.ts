/** @module Opens a queue by its address. */

import { VERSION } from "../version.js";
import { parseQueueAddress, type QueueOptions, queueSecrets } from "./address.js";
import type { JobQueue } from "./jobQueue.js";

/**
 * Opens a queue.
 *
 * @param address - See {@link parseQueueAddress}.
 * @throws {ConfigError} where the address is wrong, the server does not answer or let us in, or might lose jobs.
 */
export async function openQueue(address: string, options: QueueOptions = {}): Promise<JobQueue> {
  const parsed = parseQueueAddress(address);
  const secrets = await queueSecrets(options.environment ?? process.env);
  // Not before it is needed: it takes a while to load.
  const { openRedisQueue } = await import("./bullmq.js");
  return openRedisQueue(parsed, secrets, {
    onTrouble: options.onTrouble ?? (() => undefined),
    version: options.version ?? VERSION,
    store: options.store ?? "",
    lock: options.lock ?? 30_000,
    pause: options.pause ?? 5000,
    silence: options.silence ?? 30_000,
    patience: options.patience ?? 10_000,
  });
}
