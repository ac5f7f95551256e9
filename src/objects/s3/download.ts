/** @module Downloads into files, which go on where a connection was lost. */

import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { S3Client } from "@aws-sdk/client-s3";

import type { Library, Place } from "./upload.js";

/** An object on its way into a file. */
export class Download {
  #have = 0;
  #most = 0;
  #version: string | undefined;

  /**
   * Describes a download.
   *
   * @param path - A new file, which is written over.
   */
  constructor(
    readonly place: Place,
    readonly path: string,
  ) {}

  /** Loads what is missing. @param gotOn - Is called where more of it came than before. */
  async attempt(client: S3Client, library: Library, gotOn: () => void): Promise<void> {
    const answer = await this.#request(client, library);
    const isRest = answer.ContentRange?.startsWith(`bytes ${this.#have}-`) ?? false;
    const start = isRest ? this.#have : 0;
    this.#version = answer.ETag;
    const file = createWriteStream(this.path, {
      flush: true,
      ...(start > 0 && { flags: "r+", start }),
    });
    try {
      await pipeline(answer.Body as Readable, file);
    } finally {
      this.#have = start + file.bytesWritten;
      if (this.#have > this.#most) gotOn();
      this.#most = Math.max(this.#most, this.#have);
    }
  }

  async #request(client: S3Client, { GetObjectCommand }: Library) {
    const { place } = this;
    if (this.#have === 0 || this.#version === undefined) {
      return client.send(new GetObjectCommand(place));
    }
    try {
      const rest = { Range: `bytes=${this.#have}-`, IfMatch: this.#version };
      return await client.send(new GetObjectCommand({ ...place, ...rest }));
    } catch (error) {
      // Another object has taken its place, or all of it had come.
      if (!["PreconditionFailed", "InvalidRange"].includes((error as Error).name)) throw error;
      return client.send(new GetObjectCommand(place));
    }
  }
}
