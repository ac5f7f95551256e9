/** @module Flags of commands that listen for HTTP requests: where, and with which token. */

import { type Command, InvalidArgumentError } from "commander";

import { isLoopback } from "../http/loopback.js";
import { TOKEN_VARIABLE } from "../http/token.js";
import { parseWhole } from "./arguments.js";
import { complain } from "./print.js";

/** Values of the flags. */
export interface AddressOptions {
  readonly host: string;
  readonly port: number;
  readonly tokenFile?: string;
}

/** The number of a port. */
export function parsePort(text: string): number {
  const port = parseWhole(text);
  if (port > 65535) throw new InvalidArgumentError("There are ports up to 65535.");
  return port;
}

/**
 * Adds the flags.
 *
 * @param port - Default.
 */
export const addAddressFlags = (command: Command, port: number): Command =>
  command
    .option(
      "--host <address>",
      "address to listen at; 0.0.0.0 for all of this machine",
      "127.0.0.1",
    )
    .option("--port <number>", "port to listen at; 0 for any that is free", parsePort, port)
    .option(
      "--token-file <file>",
      `file with a token that clients must send (or set ${TOKEN_VARIABLE})`,
    );

/**
 * The token of the environment. Warns where others reach the address and no token is asked for.
 *
 * @param can - What those can do: `ask the model`.
 */
export function givenToken({ host, tokenFile }: AddressOptions, can: string): string | undefined {
  const token = process.env[TOKEN_VARIABLE];
  if (token === undefined && tokenFile === undefined && !isLoopback(host)) {
    complain(`warning: whoever reaches ${host} can ${can}; --token-file asks for a token.`);
  }
  return token;
}
