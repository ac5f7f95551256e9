/** @module What an S3-compatible store refuses, in words, and what passes by itself. */

import { ConfigError, type UserError } from "../../errors.js";
import { CONNECTION_CODES, SystemError } from "../../system.js";

/** A call, as messages name it. */
export interface Call {
  /** What the store is called. */
  readonly store: string;
  readonly bucket: string;
  /** Where the server is; `undefined` for Amazon's own. */
  readonly endpoint: string | undefined;
  /** For example `read features/a.bin`. */
  readonly what: string;
}

/** What the library's errors have. */
interface ServiceError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const statusOf = (error: unknown): number | undefined =>
  (error as ServiceError).$metadata?.httpStatusCode;

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

const CONNECTION: ReadonlySet<string> = new Set([
  ...CONNECTION_CODES,
  "ERR_STREAM_PREMATURE_CLOSE",
]);

const PASSING: ReadonlySet<string> = new Set([
  "TimeoutError",
  "SlowDown",
  "RequestTimeout",
  "InternalError",
  "ServiceUnavailable",
  "ThrottlingException",
  "TooManyRequests",
]);

/** Whether the error of a call says that there is no such object. */
export const isAbsent = (error: unknown): boolean =>
  nameOf(error) === "NoSuchKey" || nameOf(error) === "NotFound";

/** Whether the clock of this machine and the store's are too far apart. */
export const isSkewed = (error: unknown): boolean =>
  nameOf(error) === "RequestTimeTooSkewed" || nameOf(error) === "RequestExpired";

/** "Not Implemented" is an answer for good. */
const NOT_IMPLEMENTED = 501;

/** Whether an error passes by itself when the store is well again. */
export function passes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as ServiceError;
  if (typeof code === "string" && CONNECTION.has(code)) return true;
  const status = statusOf(error) ?? 0;
  if (status === NOT_IMPLEMENTED) return false;
  return PASSING.has(error.name) || status >= 500 || status === 429 || status === 408;
}

/** Why there is no answer, in a word or two. */
function reason(error: unknown): string {
  const { code, name } = error as ServiceError;
  const status = statusOf(error);
  if (typeof code === "string") return code;
  return status === undefined || status < 400 ? name : `${name}, HTTP ${status}`;
}

const serverOf = ({ endpoint }: Call): string => endpoint ?? "Amazon S3";

/** The store did not answer for as long as anyone would wait. */
export function away(call: Call, error: unknown): SystemError {
  return new SystemError(
    `${call.store}: no answer from ${serverOf(call)} (${reason(error)}), to ${call.what}.`,
    call.endpoint === undefined
      ? "Check that this machine reaches it, or set AWS_ENDPOINT_URL_S3 to the address of another store."
      : "Check AWS_ENDPOINT_URL_S3, and that the server runs and can be reached from this machine.",
    "ETIMEDOUT",
  );
}

const KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/**
 * An error of a call in words; what is none of the store's stays as it is. The library's own error has the request and may have
 * credentials, so it is no cause.
 */
export function refused(call: Call, error: unknown): unknown {
  const { store, what, bucket } = call;
  switch (nameOf(error)) {
    case "CredentialsProviderError":
      return noCredentials(store);
    case "NoSuchBucket":
      return noBucket(call);
    case "InvalidAccessKeyId":
    case "SignatureDoesNotMatch":
    case "InvalidToken":
    case "ExpiredToken":
    case "TokenRefreshRequired":
      return new ConfigError(
        `${store}: the store does not accept the credentials (${nameOf(error)}), to ${what}.`,
        `Check ${KEYS}, or AWS_PROFILE, and AWS_SESSION_TOKEN if there is one.`,
      );
    case "RequestTimeTooSkewed":
    case "RequestExpired":
      return new ConfigError(
        `${store}: the clock of this machine and the store's are too far apart (${nameOf(error)}).`,
        "Set the clock, for example by NTP.",
      );
    case "PermanentRedirect":
    case "AuthorizationHeaderMalformed":
    case "IllegalLocationConstraintException":
      return new ConfigError(
        `${store}: the bucket ${bucket} is in another region (${nameOf(error)}).`,
        "Set AWS_REGION to its region.",
      );
    default:
      return byStatus(call, error) ?? error;
  }
}

function byStatus(call: Call, error: unknown): UserError | null {
  const status = statusOf(error);
  if (status === undefined) return tlsError(call, error);
  const { store, what } = call;
  if (status === 403) {
    return new ConfigError(
      `${store}: access denied, to ${what}.`,
      "The bucket's policy must allow to read, write, list and remove objects.",
    );
  }
  if (status === 404) return noBucket(call);
  return new ConfigError(
    `${store}: the store refuses to ${what} (${reason(error)}).`,
    "Check AWS_ENDPOINT_URL_S3, and that it is a store that speaks S3.",
  );
}

/** Of a server with which no secure connection can be made. */
function tlsError(call: Call, error: unknown): UserError | null {
  const { code } = error as ServiceError;
  if (typeof code !== "string" || !/CERT|TLS|SSL|VERIFY|EPROTO|HPE_/.test(code)) return null;
  return new ConfigError(
    `${call.store}: ${serverOf(call)} does not speak as expected, or its certificate is not trusted (${code}).`,
    "Check http:// or https:// in AWS_ENDPOINT_URL_S3; NODE_EXTRA_CA_CERTS names a file with further authorities.",
  );
}

const noCredentials = (store: string): ConfigError =>
  new ConfigError(`No credentials for the store ${store}: set ${KEYS}, or AWS_PROFILE.`);

const noBucket = ({ store, bucket, endpoint }: Call): ConfigError =>
  new ConfigError(
    `${store}: there is no bucket ${bucket}${endpoint === undefined ? "" : ` on ${endpoint}`}.`,
    "Check its name, or make it.",
  );
