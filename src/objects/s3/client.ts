/** @module The client of an S3-compatible store, which is loaded when one is used. */

import type { S3Client } from "@aws-sdk/client-s3";

import { ConfigError } from "../../errors.js";

/** Where the server is, from the environment. */
export interface S3Server {
  /** Its URL; `undefined` for Amazon's own. */
  readonly endpoint: string | undefined;
  readonly region: string;
}

/** Milliseconds to connect. */
const CONNECT = 5000;

const ignore = (): void => undefined;

/** The library would write warnings to the terminal. */
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Reads where the server is: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, and `AWS_REGION` or `AWS_DEFAULT_REGION`.
 *
 * @throws {ConfigError} for an endpoint that is no URL, or has a name and a password in it.
 */
export function serverFrom(env: NodeJS.ProcessEnv): S3Server {
  const variable = env["AWS_ENDPOINT_URL_S3"] ? "AWS_ENDPOINT_URL_S3" : "AWS_ENDPOINT_URL";
  const endpoint = env[variable] || undefined;
  const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || "us-east-1";
  if (endpoint !== undefined) checkEndpoint(variable, endpoint);
  return { endpoint, region };
}

function checkEndpoint(variable: string, endpoint: string): void {
  const hint = `Set ${variable} to an address such as https://s3.example.org:9000.`;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(`${variable} is no address of a server (http:// or https://).`, hint);
  }
  if (url.username || url.password) {
    throw new ConfigError(`${variable} has credentials in it.`, hint);
  }
}

/**
 * Makes a client that tries once: who waits for how long is decided above it.
 *
 * @param silence - Milliseconds without a byte after which a connection counts as lost.
 */
export async function makeClient(
  { endpoint, region }: S3Server,
  silence: number,
): Promise<S3Client> {
  // Without credentials it would ask a server that only Amazon's machines have, and keep us waiting. Where those are wanted,
  // the variable is set to false.
  process.env["AWS_EC2_METADATA_DISABLED"] ??= "true";
  // It warns of versions of itself that are not installed.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const { S3Client } = await import("@aws-sdk/client-s3");
  return new S3Client({
    ...(endpoint !== undefined && { endpoint }),
    region,
    forcePathStyle: true,
    // Other vendors' stores refuse the newer ones.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    expectContinueHeader: false,
    maxAttempts: 1,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: Math.min(CONNECT, silence),
      socketTimeout: silence,
      logger: SILENT,
    },
  });
}
