/** @module Errors of services as RFC 9457 describes them. */

import { STATUS_CODES } from "node:http";

import { HTTPException } from "hono/http-exception";

/** What is wrong with one part of a request. */
export interface PartProblem {
  /** JSON pointer into the body, as a fragment: `#/inputs/3/image`. */
  readonly pointer: string;
  readonly detail: string;
}

/** What a problem says beside its status. */
export interface ProblemOptions {
  readonly errors?: readonly PartProblem[];
  /** Further headers of the response. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Media type of problems. */
export const PROBLEM_TYPE = "application/problem+json";

/** A request that is not answered, and why; goes to the client. */
export class Problem extends Error {
  readonly errors: readonly PartProblem[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status - HTTP status.
   * @param detail - A sentence for people.
   */
  constructor(
    readonly status: number,
    detail: string,
    { errors, headers = {} }: ProblemOptions = {},
  ) {
    super(detail);
    this.name = "Problem";
    this.errors = errors;
    this.headers = headers;
  }

  /** The body, as JSON. */
  get body(): string {
    const { status, message, errors } = this;
    // Without a type of its own a problem's title is that of its status.
    return JSON.stringify({ title: STATUS_CODES[status], status, detail: message, errors });
  }

  /** The problem as a response. */
  response(): Response {
    const { status, headers, body } = this;
    return new Response(body, { status, headers: { ...headers, "content-type": PROBLEM_TYPE } });
  }
}

/** A request that may be sent again later. */
export const tryLater = (detail: string, seconds: number): Problem =>
  new Problem(503, detail, { headers: { "retry-after": String(seconds) } });

/** A problem as the client sees it: of what is no refusal only that it is a defect. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) return new Problem(error.status, error.message);
  return new Problem(500, "The service failed. Its log says more.");
}
