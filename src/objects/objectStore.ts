/** @module Where many machines keep what they share: a folder that all of them see, or an S3-compatible bucket. */

/** An object's key and size. */
export interface ObjectEntry {
  /** Names joined by `/`, for example `features/3f2a.safetensors`. */
  readonly key: string;
  readonly bytes: number;
}

/**
 * Objects by key. An object appears whole or not at all, and writing one again replaces it. Keys are names joined by `/`, of letters,
 * digits, `-`, `_` and `.`.
 */
export interface ObjectStore {
  /** What messages call it: the folder's path or `s3://bucket/prefix`, never with credentials. */
  readonly name: string;

  /** The bytes of an object; `null` where there is none. */
  read(key: string): Promise<Uint8Array | null>;

  /** Writes an object. */
  write(key: string, contents: Uint8Array | string): Promise<void>;

  /** Writes an object from a file, of which no more than a part is in memory. */
  writeFile(key: string, path: string): Promise<void>;

  /** Copies an object into a file, which appears whole or not at all; `false` where there is none. */
  readInto(key: string, path: string): Promise<boolean>;

  /** Size of an object in bytes; `null` where there is none. */
  size(key: string): Promise<number | null>;

  /** Objects whose keys begin with a folder's name, in no particular order. */
  list(folder: string): AsyncIterable<ObjectEntry>;

  /** Removes an object, where there is one. */
  remove(key: string): Promise<void>;

  /** Lets connections go. */
  close(): Promise<void>;
}
