/** @module The cache of what was made of data: how large it is, and how it is emptied. */

import { cacheFolder, cacheSize, clearCache, type FilesSize } from "../prepare/cache.js";

/** What to do with the cache. */
export interface CacheRequest {
  /** Whether to delete what it holds; what was downloaded stays. Default: no. */
  readonly clear?: boolean | undefined;
}

/** What the cache holds, or held before it was emptied; plain JSON. */
export interface CacheReport {
  readonly folder: string;
  readonly pictures: FilesSize;
  readonly features: FilesSize;
  readonly cleared: boolean;
}

/**
 * Measures the cache, and empties it where that is asked for: runs that need what it held make it again.
 *
 * @throws {SystemError} where the system refuses.
 */
export async function cache({ clear = false }: CacheRequest = {}): Promise<CacheReport> {
  const held = await cacheSize();
  if (clear) await clearCache();
  return { folder: cacheFolder(), ...held, cleared: clear };
}
