/** @module Objects that are named by what they hold: written once. */

import type { ObjectStore } from "./objectStore.js";

/** Writes an object unless it is there already, with as many bytes: one that was cut off is written again. */
export async function writeOnce(
  store: ObjectStore,
  key: string,
  contents: Uint8Array,
): Promise<void> {
  if ((await store.size(key)) !== contents.length) await store.write(key, contents);
}
