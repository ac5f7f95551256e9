/** @module The prediction service under load, with slow clients, with a token, and when it is stopped. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { beforeAll, describe, expect, test } from "vitest";

import { balgrad, temporaryFolder } from "../support/cli.js";
import { bitmapOf } from "../support/bitmap.js";
import {
  metric,
  predict,
  type RunningService,
  send,
  sendRaw,
  startService,
  stopService,
} from "../support/serve.js";
import { QUICK, writeSquares } from "../support/table.js";

const folder = temporaryFolder();
const run = join(folder, "run");
/** Every batch waits so long for more inputs, as it is never full. */
const SLOW = ["--max-delay", "1500", "--max-batch", "64", "--max-queue", "4", "--max-inputs", "4"];
const ASK = { text: "a red thing" };

beforeAll(async () => {
  const table = await writeSquares(folder, 6);
  const done = await balgrad(["train", table, "--out", run, ...QUICK]);
  expect(done.code, done.stderr).toBe(0);
});

/** Waits until so many inputs are in the queue. */
async function untilWaiting(service: RunningService, inputs: number): Promise<void> {
  while ((await metric(service, "balgrad_queue_inputs")) !== inputs) await pause(10);
}

describe.concurrent("each in a service of its own", () => {
  test("what finds no room in the queue is refused at once, and the service recovers", async () => {
    const service = await startService(run, SLOW);
    const leaving = new AbortController();
    const left = predict(service, ASK, { signal: leaving.signal }).catch(() => "left");
    await untilWaiting(service, 1);
    // All inputs of a request find room, or none.
    expect((await predict(service, { inputs: [ASK, ASK, ASK, ASK] })).status).toBe(503);
    expect(await metric(service, "balgrad_queue_inputs")).toBe(1);
    // Those of a client that leaves are not computed.
    leaving.abort();
    expect(await left).toBe("left");
    await untilWaiting(service, 0);

    const accepted = [1, 2, 3, 4].map(() => predict(service, ASK));
    await untilWaiting(service, 4);
    const refused = await predict(service, ASK);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(refused.body).toMatchObject({ title: "Service Unavailable", status: 503 });
    expect((await send(`${service.url}/readyz`)).status).toBe(200);
    expect((await Promise.all(accepted)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    // What waited together was answered together.
    expect(await metric(service, "balgrad_batch_inputs_count")).toBe(1);
    expect(await metric(service, 'balgrad_inputs_total{outcome="answered"}')).toBe(4);
    expect((await predict(service, ASK)).status).toBe(200);
    await stopService(service);
  });

  test("SIGTERM: what was accepted is answered; the token of the environment", async () => {
    const service = await startService(run, SLOW, { BALGRAD_TOKEN: "abc" });
    const headers = { authorization: "Bearer abc" };
    expect((await predict(service, ASK)).status).toBe(401);
    const accepted = [1, 2].map(() => predict(service, ASK, { headers }));
    while ((await metric(service, "balgrad_queue_inputs", headers)) < 2) await pause(10);
    service.signal("SIGTERM");
    const answers = await Promise.all(accepted);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]!.headers.get("connection")).toBe("close");
    const ended = await service.ended;
    expect(ended.code, ended.stderr).toBe(143);
    await expect(predict(service, ASK)).rejects.toThrow();
    const told = service.log().slice(-4);
    expect(told.map(({ event }) => event)).toEqual(["stopping", "request", "request", "stopped"]);
    expect(told[0]).toMatchObject({ waiting: 2 });
  });

  test("what takes too long is cut off: a body, headers, a picture", async () => {
    const service = await startService(run, ["--timeout", "1", "--max-pixels", "90"]);
    const head = "POST /v1/predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    const body = await sendRaw(service, `${head}content-length: 100\r\n\r\n{`);
    expect(body).toMatch(/^HTTP\/1\.1 408 [^]*The body did not arrive within 1 s\./);
    const headers = await sendRaw(service, head);
    expect(headers).toMatch(/^HTTP\/1\.1 408 [^]*problem\+json/);

    // So is a picture that takes too long: its thread is ended, and started again.
    const { status } = await predict(service, { image: bitmapOf(6400).toString("base64") });
    expect(status).toBe(504);
    while ((await metric(service, "balgrad_thread_restarts_total")) < 1) await pause(20);
    while ((await metric(service, "balgrad_ready")) < 1) await pause(20);
    const answers: number[] = [];
    while (answers.at(-1) !== 200 && answers.length < 20) {
      answers.push((await predict(service, ASK)).status);
    }
    expect(answers.at(-1)).toBe(200);
    expect(service.log()).toContainEqual(expect.objectContaining({ event: "restarting" }));
    await stopService(service);
  });

  test("a token is asked for, and is never said", async () => {
    const file = join(folder, "token.txt");
    writeFileSync(file, "s3cret-token\n");
    const service = await startService(run, ["--token-file", file]);
    const as = (authorization: string) => predict(service, ASK, { headers: { authorization } });
    const none = await predict(service, ASK);
    expect(none.status).toBe(401);
    expect(none.headers.get("www-authenticate")).toBe("Bearer");
    expect((await as("Bearer s3cret-toke")).status).toBe(401);
    expect((await as("Basic s3cret-token")).status).toBe(401);
    expect((await as("Bearer s3cret-token")).status).toBe(200);
    expect((await fetch(`${service.url}/metrics`)).status).toBe(401);
    expect((await send(`${service.url}/healthz`)).status).toBe(200);
    const { stdout, stderr } = await stopService(service);
    expect(stdout + stderr).not.toContain("s3cret");
  });
});

test("what cannot be served is said, with exit code 2", async () => {
  const file = join(folder, "empty-token.txt");
  writeFileSync(file, "");
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await balgrad(["serve", ...args]);
    expect(code, stderr).toBe(2);
    return stderr;
  };
  const [model, limits, token, host] = await Promise.all([
    refused(folder, "--port", "0"),
    refused(run, "--max-inputs", "10", "--max-queue", "5"),
    refused(run, "--token-file", file),
    refused(run, "--port", "0", "--host", "192.0.2.1"),
  ]);
  expect(model).toContain("model.json: no such file");
  expect(limits).toContain("--max-inputs 10: a request of so many inputs never finds room");
  expect(token).toContain("expected a token of letters, digits");
  expect(host).toContain("this machine has no such address");
});
