/** @module Where the files of a run are kept. */

import type { LockEvents } from "./lock.js";

/**
 * Where the files of a run, or of several, are kept: a folder, or the memory of this process. Files have relative names with
 * `/` between the parts, for example `checkpoints/best.safetensors`.
 */
export interface RunStore {
  /** What messages call it: the path of a folder, or `memory`. */
  readonly name: string;

  /** The store of the folder with that name in it, such as the run of one seed of several. */
  inside(folder: string): RunStore;

  /** Names of the folders in it. */
  folders(): Promise<readonly string[]>;

  /** What messages call a file of it, for example its path. */
  locate(file: string): string;

  /** The bytes of a file; `null` where there is no such file. */
  read(file: string): Promise<Uint8Array | null>;

  /** Whether there is such a file. */
  has(file: string): Promise<boolean>;

  /** Writes a file; until it is whole the older one of this name stays. */
  write(file: string, contents: string | Uint8Array): Promise<void>;

  /**
   * Adds text to the end of a file, which is made where there is none.
   *
   * @param durable - Whether the text has to survive a crash of the machine once this returns.
   */
  append(file: string, text: string, durable: boolean): Promise<void>;

  /** Removes a file, where there is one. */
  remove(file: string): Promise<void>;

  /** Works on the run while nobody else does; whoever else works on it is waited for. */
  exclusive<T>(work: () => Promise<T>, events?: LockEvents): Promise<T>;
}
