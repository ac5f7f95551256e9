/** @module Objects in an S3-compatible bucket. */

import { stat } from "node:fs/promises";
import { dirname } from "node:path";

import type { S3Client } from "@aws-sdk/client-s3";

import { writeAside } from "../files/atomic.js";
import { makeFolder, workingOn } from "../system.js";
import { checkedKey } from "./keys.js";
import type { ObjectEntry, ObjectStore } from "./objectStore.js";
import { makeClient, type S3Server, serverFrom } from "./s3/client.js";
import { Download } from "./s3/download.js";
import { patiently } from "./s3/patience.js";
import { isAbsent } from "./s3/refusals.js";
import { type Library, upload } from "./s3/upload.js";

/** There is no such object. */
class Absent extends Error {}

/** How long a store is waited for. */
export interface Waiting {
  /** Milliseconds that it may be away (no connection, no answer, errors of its own) before a call fails; default 300,000. */
  readonly patience?: number;
  /** Milliseconds without a byte after which a connection counts as lost; default 30,000. */
  readonly silence?: number;
}

/** Objects of a bucket, or of those under a prefix. */
export class S3Objects implements ObjectStore {
  readonly name: string;
  readonly #prefix: string;
  readonly #patience: number;
  readonly #silence: number;
  readonly #server: S3Server;
  #opened: Promise<readonly [S3Client, Library]> | undefined;

  /**
   * Describes a bucket; nothing is asked yet.
   *
   * @param prefix - Names joined by `/` that keys begin with, or nothing.
   * @param env - Environment with the server's address; credentials are the process's own.
   * @throws {ConfigError} for an address of the server that is none.
   */
  constructor(
    readonly bucket: string,
    prefix: string,
    { patience = 300_000, silence = 30_000 }: Waiting = {},
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.name = prefix ? `s3://${bucket}/${prefix}` : `s3://${bucket}`;
    this.#prefix = prefix ? `${prefix}/` : "";
    this.#patience = patience;
    this.#silence = silence;
    this.#server = serverFrom(env);
  }

  /** @inheritdoc */
  async read(key: string): Promise<Uint8Array | null> {
    const object = this.#object(key);
    return this.#call(`read ${key}`, (client, { GetObjectCommand }) =>
      orNull(async () => {
        const { Body } = await client.send(new GetObjectCommand(object));
        return Body!.transformToByteArray();
      }),
    );
  }

  /** @inheritdoc */
  async write(key: string, contents: Uint8Array | string): Promise<void> {
    const object = this.#object(key);
    const Body = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
    await this.#call(`write ${key}`, (client, { PutObjectCommand }) =>
      client.send(new PutObjectCommand({ ...object, Body })),
    );
  }

  /** @inheritdoc */
  async writeFile(key: string, path: string): Promise<void> {
    const object = this.#object(key);
    await workingOn(path, async () => {
      const { size } = await stat(path);
      await upload((request) => this.#call(`write ${key}`, request), object, path, size);
    });
  }

  /** @inheritdoc */
  async readInto(key: string, path: string): Promise<boolean> {
    const object = this.#object(key);
    await makeFolder(dirname(path));
    try {
      await writeAside(path, async (aside) => {
        const download = new Download(object, aside);
        await this.#call(`read ${key}`, (...client) =>
          download.attempt(...client).catch((error: unknown) => {
            throw isAbsent(error) ? new Absent() : error;
          }),
        );
      });
      return true;
    } catch (error) {
      if (error instanceof Absent) return false;
      throw error;
    }
  }

  /** @inheritdoc */
  async size(key: string): Promise<number | null> {
    const object = this.#object(key);
    return this.#call(`look at ${key}`, (client, { HeadObjectCommand }) =>
      orNull(async () => (await client.send(new HeadObjectCommand(object))).ContentLength ?? 0),
    );
  }

  /** @inheritdoc */
  async *list(folder: string): AsyncIterable<ObjectEntry> {
    const Prefix = `${this.#prefix}${checkedKey(folder)}/`;
    let from: string | undefined;
    do {
      const page = await this.#call(`list ${folder}`, (client, { ListObjectsV2Command }) =>
        client.send(
          new ListObjectsV2Command({ Bucket: this.bucket, Prefix, ContinuationToken: from }),
        ),
      );
      for (const { Key, Size } of page.Contents ?? []) {
        yield { key: Key!.slice(this.#prefix.length), bytes: Size ?? 0 };
      }
      from = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (from !== undefined);
  }

  /** @inheritdoc */
  async remove(key: string): Promise<void> {
    const object = this.#object(key);
    await this.#call(`remove ${key}`, (client, { DeleteObjectCommand }) =>
      client.send(new DeleteObjectCommand(object)),
    );
  }

  /** @inheritdoc */
  async close(): Promise<void> {
    const opened = await this.#opened;
    opened?.[0].destroy();
  }

  #object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.bucket, Key: this.#prefix + checkedKey(key) };
  }

  async #call<T>(
    what: string,
    attempt: (client: S3Client, library: Library, gotOn: () => void) => Promise<T>,
  ): Promise<T> {
    this.#opened ??= open(this.#server, this.#silence);
    const [client, library] = await this.#opened;
    const { endpoint } = this.#server;
    const call = { store: this.name, bucket: this.bucket, endpoint, what };
    return patiently(call, this.#patience, (gotOn) => attempt(client, library, gotOn));
  }
}

async function open(server: S3Server, silence: number): Promise<readonly [S3Client, Library]> {
  const client = await makeClient(server, silence);
  return [client, await import("@aws-sdk/client-s3")];
}

/** What a call gives; `null` where there is no such object. */
async function orNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}
