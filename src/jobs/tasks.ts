/** @module What the jobs of one extraction have in common, as an object: each of them names it by its digest. */

import type { z } from "zod";

import { digestOf } from "../files/sealed.js";
import type { ObjectStore } from "../objects/objectStore.js";
import { writeOnce } from "../objects/once.js";
import { taskSettings } from "./bodies.js";
import type { Downloads } from "./downloads.js";

/** Settings, data and encoders. */
export type Task = z.infer<typeof taskSettings>;

const keyOf = (digest: string): string => `tasks/${digest}.json`;

/** Publishes a task; gives its digest. */
export async function publishTask(objects: ObjectStore, task: Task): Promise<string> {
  const bytes = Buffer.from(JSON.stringify(task));
  const digest = digestOf(bytes);
  await writeOnce(objects, keyOf(digest), bytes);
  return digest;
}

/**
 * Reads a published task.
 *
 * @throws {StoreError} where it is missing or damaged.
 */
export async function readTask(downloads: Downloads, digest: string): Promise<Task> {
  const bytes = await downloads.checked(keyOf(digest), digest);
  return taskSettings.parse(JSON.parse(new TextDecoder().decode(bytes)));
}
