/** @module What a job carries to another machine, and the check that this code understands it. */

import { z } from "zod";

import type { NewJob } from "./jobQueue.js";

const ENVELOPE = z.strictObject({
  version: z.string().min(1),
  kind: z.string().min(1),
  label: z.string(),
  group: z.string(),
  body: z.unknown(),
});

/** A job's payload with the version of the code that it is for. */
export type Envelope = z.infer<typeof ENVELOPE>;

/** Why a payload is refused. */
export class PayloadError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PayloadError";
  }
}

/**
 * Wraps a job for the way.
 *
 * @param version - Of the code that hands it in.
 * @throws {PayloadError} where the job's kind is empty, or its payload is no JSON.
 */
export function wrap(job: NewJob, version: string): Envelope {
  const { kind, label, group, payload } = job;
  const text = JSON.stringify(payload) as string | undefined;
  if (text === undefined) throw new PayloadError(`Job ${job.id}: its payload is not JSON.`);
  return check({ version, kind, label, group, body: JSON.parse(text) as unknown }, version);
}

/**
 * Unwraps a job on arrival.
 *
 * @param version - Of the code that takes it.
 * @throws {PayloadError} where it is of another version, or no envelope.
 */
export const unwrap = (data: unknown, version: string): Envelope => check(data, version);

function check(data: unknown, version: string): Envelope {
  const other = (data as { readonly version?: unknown } | null)?.version;
  if (typeof other === "string" && other !== version) {
    throw new PayloadError(
      `The job is for version ${other}, and this worker is version ${version}. Start a worker of version ${other}, or hand the job in again with version ${version}.`,
    );
  }
  const parsed = ENVELOPE.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new PayloadError(`The job cannot be read: ${z.prettifyError(parsed.error)}`);
}
