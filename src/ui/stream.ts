/** @module Changes of a view, told over server-sent events. */

import { setTimeout as pause } from "node:timers/promises";

import type { SSEStreamingApi } from "hono/streaming";

import type { Hub } from "./hub.js";
import { updateOf, type View } from "./view.js";

/** Milliseconds of silence after which a comment says that the connection lives. */
const HEARTBEAT_MS = 15_000;

/** A client that takes nothing for so long has gone. */
const PATIENCE_MS = 60_000;

/** Milliseconds after which a browser connects again. */
const RETRY_MS = 2000;

/** What a client is shown. */
export interface Watched {
  /** Makes the view as it is now. */
  readonly view: () => Promise<View>;
  /** Version of the view that the client has; empty where it has none. */
  readonly since: string;
}

/** Writes, and waits until the client has taken it; gives whether it has. */
async function isTaken(write: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = pause(PATIENCE_MS, false, { signal: timer.signal }).catch(() => false);
  const taken = await Promise.race([write.then(() => true), late]);
  timer.abort();
  return taken;
}

/**
 * Tells a client what changes, until it goes or the server stops. While it has not taken one update, none is kept for it: the next
 * one says all that has changed since.
 */
export async function tellChanges(
  stream: SSEStreamingApi,
  hub: Hub,
  { view, since }: Watched,
): Promise<void> {
  const gone = new AbortController();
  stream.onAbort(() => {
    gone.abort();
  });
  let shown: View | null = null;
  let isFirst = true;
  while (!stream.aborted) {
    const { version, isStopping } = hub;
    const current = await view();
    if (isFirst && current.version === since) shown = current;
    let written: Promise<unknown>;
    if (shown?.version !== current.version) {
      const data = JSON.stringify(updateOf(shown, current));
      written = stream.writeSSE({ event: "update", id: current.version, data, retry: RETRY_MS });
    } else {
      written = stream.write(": alive\n\n");
    }
    if (!(await isTaken(written))) break;
    shown = current;
    isFirst = false;
    if (isStopping) {
      await isTaken(stream.writeSSE({ event: "end", data: "" }));
      break;
    }
    await hub.changed(version, HEARTBEAT_MS, gone.signal);
  }
  // Where it was given up, what waits to be taken is let go.
  if (!stream.closed) stream.abort();
}
