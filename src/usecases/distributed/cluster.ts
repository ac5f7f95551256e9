/** @module A queue, and the store that its workers share. */

import { Downloads } from "../../jobs/downloads.js";
import { openObjects } from "../../objects/address.js";
import { storeId } from "../../objects/identity.js";
import type { QueueOptions } from "../../queue/address.js";
import { openQueue } from "../../queue/open.js";
import type { JobQueue } from "../../queue/jobQueue.js";

/** A queue, and the store that its workers share. */
export interface Cluster {
  readonly queue: JobQueue;
  readonly downloads: Downloads;
  /** Lets connections go. */
  close(): Promise<void>;
}

/**
 * Opens a queue and a store by their addresses.
 *
 * @param folder - For what is brought from the store.
 * @throws {UserError} where one of them cannot be reached or used.
 */
export async function openCluster(
  queueAddress: string,
  storeAddress: string,
  folder: string,
  options: Pick<QueueOptions, "lock"> = {},
): Promise<Cluster> {
  const store = await openObjects(storeAddress);
  const queue = await openQueue(queueAddress, { ...options, store: await storeId(store) });
  return {
    queue,
    downloads: new Downloads(store, folder),
    close: async () => {
      await queue.close();
      await store.close();
    },
  };
}
