/** @module An HTTP server: listens, refuses what is no HTTP, and stops gracefully. */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { isIPv6, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

import { getRequestListener } from "@hono/node-server";

import { systemError } from "../system.js";
import { UserError } from "../errors.js";
import { say, setting } from "../message.js";
import { Problem, PROBLEM_TYPE, problemOf } from "./problem.js";

/** How often the server looks for requests that take too long to arrive. */
const CHECK_MS = 1000;

/** Time beyond a request's own that its connection has: an answer may still be under way. */
const GRACE_MS = 5000;

/** Why a connection does not speak HTTP as it should. */
function connectionProblem(error: NodeJS.ErrnoException): Problem {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new Problem(408, "The request did not arrive in time.");
  }
  if (error.code === "HPE_HEADER_OVERFLOW") return new Problem(431, "The headers are too large.");
  return new Problem(400, "This is no HTTP request.");
}

/** Answers by hand: for such a connection there is no response object. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = connectionProblem(error);
  const { status, body } = problem;
  socket.end(
    `HTTP/1.1 ${status} ${(JSON.parse(body) as { title: string }).title}\r\nconnection: close\r\n` +
      `content-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Where to listen. */
export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** So many ports more are tried, one after the other, where they are in use; default: none. */
  readonly further?: number;
  /** Name of the setting with the port, for errors; default: `port`. */
  readonly portName?: string;
}

/** What answers requests: the routes of a service. */
export interface App {
  readonly fetch: Parameters<typeof getRequestListener>[0];
}

/**
 * Makes a server listen.
 *
 * @throws {UserError} when the address cannot be used.
 */
async function bind(server: Server, address: Address): Promise<void> {
  const { host, port, further = 0, portName = "port" } = address;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    if (!isTaken || further === 0) {
      throw unusable(error as NodeJS.ErrnoException, `${host}:${port}`, portName);
    }
    await bind(server, { ...address, port: port + 1, further: further - 1 });
  }
}

/**
 * Looks whether one can listen at an address.
 *
 * @throws {UserError} when the address cannot be used.
 */
export async function assertFree(address: Address): Promise<void> {
  const server = createServer();
  await bind(server, address);
  await new Promise((resolve) => server.close(resolve));
}

/** A server that listens. */
export class HttpServer {
  private constructor(
    readonly server: Server,
    readonly url: string,
    readonly patience: number,
  ) {}

  /**
   * Starts to listen.
   *
   * @param timeout - Milliseconds that a request may take.
   * @param patience - Milliseconds that requests have to end when the server closes; default: some more.
   * @throws {UserError} when the address cannot be used.
   */
  static async listen(
    app: App,
    address: Address,
    timeout: number,
    patience: number = timeout + GRACE_MS,
  ): Promise<HttpServer> {
    const listener = getRequestListener(app.fetch, {
      hostname: "localhost",
      errorHandler: (error) =>
        (error as Error).name === "RequestError"
          ? new Problem(400, "The address of the request is malformed.").response()
          : problemOf(error).response(),
    });
    const server = createServer(
      {
        requestTimeout: timeout + GRACE_MS,
        headersTimeout: timeout,
        connectionsCheckingInterval: CHECK_MS,
      },
      (incoming, outgoing) => void listener(incoming, outgoing),
    );
    server.on("clientError", refuse);
    await bind(server, address);
    const { host } = address;
    const name = isIPv6(host) ? `[${host}]` : host;
    const url = `http://${name}:${(server.address() as AddressInfo).port}`;
    return new HttpServer(server, url, patience);
  }

  /** Accepts no connection any more, and waits until the requests that were accepted are answered. */
  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeIdleConnections();
    // Each request has its own limit of time; a client that does not read its answer has none.
    const timer = setTimeout(() => {
      this.server.closeAllConnections();
    }, this.patience);
    await closed;
    clearTimeout(timer);
  }
}

/** Why nobody can listen there. */
function unusable(error: NodeJS.ErrnoException, where: string, portName: string): Error {
  switch (error.code) {
    case "EADDRINUSE":
      return new UserError(
        `${where}: the port is in use by another program.`,
        say`Give another one, or 0 for any that is free: ${setting(portName, "0")}.`,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new UserError(
        `${where}: this machine has no such address.`,
        say`Give an address of this machine, or leave ${setting("host")} out.`,
      );
    case "EACCES":
      return new UserError(
        `${where}: the port may not be used (permission denied).`,
        say`Give one from 1024: ${setting(portName, "8080")}.`,
      );
    default:
      return systemError(error, where) ?? error;
  }
}
