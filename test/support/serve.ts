/** @module Starts `balgrad serve` as a real process. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";

import { type Finished, MAIN } from "./cli.js";

/** A running service. */
export interface RunningService {
  readonly url: string;
  readonly port: number;
  /** Lines of the log so far. */
  readonly log: () => readonly Record<string, unknown>[];
  /** Sends a signal. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** What the process left behind, once it has ended. */
  readonly ended: Promise<Finished>;
}

/** Starts the service of a model on a free port and waits until it listens. */
export async function startService(
  folder: string,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningService> {
  const args = [MAIN, "serve", folder, "--port", "0", ...flags];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const log = (): Record<string, unknown>[] =>
    stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const ended = once(child, "close").then(([code]) => ({ code: code as number, stdout, stderr }));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      const listening = log().find(({ event }) => event === "listening");
      if (listening) resolve(String(listening["url"]));
    });
    void ended.then(() => {
      reject(new Error(`the service ended: ${stderr}`));
    });
  });
  const signal = (name: NodeJS.Signals): void => {
    child.kill(name);
  };
  return { url, port: Number(new URL(url).port), log, signal, ended };
}

/** Stops a service and gives what it left behind. */
export function stopService({ signal, ended }: RunningService): Promise<Finished> {
  signal("SIGTERM");
  return ended;
}

/** A response, its body read. */
export interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Sends a request, and reads the answer as JSON. */
export async function send(url: string, init: RequestInit = {}): Promise<Said> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** How to ask for predictions. */
interface PredictOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for predictions with a body in JSON, or a form. */
export function predict(
  { url }: RunningService,
  body: object,
  { signal, headers: further }: PredictOptions = {},
): Promise<Said> {
  const isForm = body instanceof FormData;
  const headers = { ...(!isForm && { "content-type": "application/json" }), ...further };
  const sent = isForm ? body : JSON.stringify(body);
  return send(`${url}/v1/predict`, {
    method: "POST",
    headers,
    body: sent,
    ...(signal && { signal }),
  });
}

/** Sends bytes as they are, and gives all that comes back until the service closes the connection. */
export async function sendRaw({ port }: RunningService, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  socket.on("data", (chunk) => (received += chunk.toString()));
  socket.write(text);
  await once(socket, "close");
  return received;
}

/** The value of a metric; 0 where it has none yet. */
export async function metric(
  { url }: RunningService,
  name: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { headers })).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
}
