/** @module Uploads of files, in parts where they are large, so that a lost connection costs one part. */

import { createReadStream } from "node:fs";

import type { S3Client } from "@aws-sdk/client-s3";

/** The client's library, which is loaded when a store is used. */
export type Library = typeof import("@aws-sdk/client-s3");

/** Tries a request until it works, see `patiently`. */
export type Caller = <T>(request: (client: S3Client, library: Library) => Promise<T>) => Promise<T>;

/** An object, in the library's words. */
export interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

/** Bytes of a part, where so many parts are enough. */
const PART = 16 * 2 ** 20;

/** A store takes no more parts of one object. */
const MOST_PARTS = 10_000;

/** Uploads a file of `size` bytes; the object appears when all of it is there. */
export async function upload(
  call: Caller,
  place: Place,
  path: string,
  size: number,
): Promise<void> {
  if (size > PART) {
    await uploadParts(call, place, path, size);
    return;
  }
  await call((client, { PutObjectCommand }) =>
    sending(path, 0, size, (Body) =>
      client.send(new PutObjectCommand({ ...place, Body, ContentLength: size })),
    ),
  );
}

async function uploadParts(call: Caller, place: Place, path: string, size: number): Promise<void> {
  const { UploadId } = await call((client, { CreateMultipartUploadCommand }) =>
    client.send(new CreateMultipartUploadCommand(place)),
  );
  const part = Math.max(PART, Math.ceil(size / MOST_PARTS));
  const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
  try {
    for (let start = 0; start < size; start += part) {
      const length = Math.min(part, size - start);
      const PartNumber = Parts.length + 1;
      const { ETag } = await call((client, { UploadPartCommand }) =>
        sending(path, start, length, (Body) =>
          client.send(
            new UploadPartCommand({ ...place, UploadId, PartNumber, Body, ContentLength: length }),
          ),
        ),
      );
      Parts.push({ ETag, PartNumber });
    }
    await call((client, { CompleteMultipartUploadCommand: Complete, HeadObjectCommand }) =>
      client
        .send(new Complete({ ...place, UploadId, MultipartUpload: { Parts } }))
        .catch(async (error: unknown) => {
          // The answer to an earlier attempt was lost.
          if ((error as Error).name !== "NoSuchUpload") throw error;
          const { ContentLength } = await client.send(new HeadObjectCommand(place));
          if (ContentLength !== size) throw error;
        }),
    );
  } catch (error) {
    await call(async (client, { AbortMultipartUploadCommand }) => {
      const abort = new AbortMultipartUploadCommand({ ...place, UploadId });
      await client.send(abort).catch(() => undefined);
    });
    throw error;
  }
}

/** Sends a piece of a file; what goes wrong with the file ends it. */
async function sending<T>(
  path: string,
  start: number,
  length: number,
  send: (body: ReturnType<typeof createReadStream> | Uint8Array) => Promise<T>,
): Promise<T> {
  if (length === 0) return send(new Uint8Array());
  const body = createReadStream(path, { start, end: start + length - 1 });
  const failed = new Promise<never>((_, reject) => body.once("error", reject));
  try {
    return await Promise.race([send(body), failed]);
  } finally {
    body.destroy();
  }
}
