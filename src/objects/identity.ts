/** @module The id of a store: an empty folder where another one should be mounted has not the same. */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { z } from "zod";

import { ConfigError } from "../errors.js";
import type { ObjectStore } from "./objectStore.js";

const KEY = "store.json";

const identity = z.strictObject({ format: z.literal(1), id: z.uuid() });

/** Milliseconds after which several machines that give a new store its id at once see which one it has. */
const SETTLED = 300;

async function read(store: ObjectStore): Promise<string | null> {
  const bytes = await store.read(KEY);
  if (!bytes) return null;
  try {
    return identity.parse(JSON.parse(new TextDecoder().decode(bytes))).id;
  } catch {
    throw new ConfigError(
      `${store.name}/${KEY}: the id of the store is damaged.`,
      "Remove the file. The store gets a new id, and work that waits for the old one has to be handed in again.",
    );
  }
}

/**
 * The id of a store, whatever its address is on this machine; a new store is given one.
 *
 * @throws {ConfigError} where it is damaged.
 */
export async function storeId(store: ObjectStore): Promise<string> {
  const known = await read(store);
  if (known !== null) return known;
  await store.write(KEY, JSON.stringify({ format: 1, id: randomUUID() }));
  await sleep(SETTLED);
  return (await read(store)) ?? storeId(store);
}
