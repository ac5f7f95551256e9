/** @module Signs that jobs ended, which wake those who wait for them. */

import { setTimeout as sleep } from "node:timers/promises";

import type { Redis } from "ioredis";

import type { JobWatch } from "./jobQueue.js";

/** Wakes the watches of a job at signs that come by a channel of Redis, each of which is the job's id. */
export class Signs {
  readonly #watches = new Map<string, Set<Watch>>();
  #subscriber: Redis | undefined;

  /**
   * @param connect - Opens a connection for the channel alone.
   * @param channel - Where the ids come.
   */
  constructor(
    readonly connect: () => Redis,
    readonly channel: string,
  ) {}

  /** Watches a job. */
  watch(id: string): JobWatch {
    this.#subscriber ??= this.#subscribe();
    const watches = this.#watches.get(id) ?? new Set();
    this.#watches.set(id, watches);
    const watch = new Watch(() => {
      watches.delete(watch);
      if (watches.size === 0) this.#watches.delete(id);
    });
    watches.add(watch);
    return watch;
  }

  /** Lets the connection go. */
  close(): void {
    this.#subscriber?.disconnect();
  }

  #subscribe(): Redis {
    const subscriber = this.connect();
    subscriber.on("message", (_: string, id: string) => {
      for (const watch of this.#watches.get(id) ?? []) watch.wake();
    });
    // Where this fails, those who wait look when their time is over.
    subscriber.subscribe(this.channel).catch(() => undefined);
    return subscriber;
  }
}

class Watch implements JobWatch {
  /** Aborted by the next sign. */
  #sign = new AbortController();

  constructor(readonly close: () => void) {}

  wake(): void {
    this.#sign.abort();
  }

  async next(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const end = this.#sign;
    const wake = (): void => {
      end.abort();
    };
    signal?.addEventListener("abort", wake);
    if (signal?.aborted) wake();
    await sleep(milliseconds, undefined, { signal: end.signal }).catch(() => undefined);
    signal?.removeEventListener("abort", wake);
    if (end.signal.aborted) this.#sign = new AbortController();
  }
}
