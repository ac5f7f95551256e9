import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";

import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { openQueue } from "../../src/queue/open.js";
import { VERSION } from "../../src/version.js";
import { freePort, hasRedis, TestRedis } from "../support/redis.js";
import { DONE, job, open, ownAddress, sleep, take, until, untilCount } from "./scene.js";

const PASSWORD = "s3cret-Word";

/** Milliseconds. */
const HOUR = 3_600_000;

/** Starts a server that ends with the test. */
async function server(...args: readonly string[]): Promise<TestRedis> {
  const redis = await TestRedis.start(...args);
  onTestFinished(() => redis.close());
  return redis;
}

/** What an error shows, whoever prints it. */
const shown = (error: unknown): string =>
  JSON.stringify([String(error), error, (error as Error).stack, (error as Error).cause]);

describe.skipIf(!hasRedis("test/queue/servers"))("servers", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.close());

  test("with a password let in who has it, and nobody else", async () => {
    const { url } = await server("--requirepass", PASSWORD);
    const wrong = await openQueue(url, {
      environment: { BALGRAD_QUEUE_PASSWORD: `${PASSWORD}x` },
    }).catch((error: unknown) => error);
    expect(String(wrong)).toMatch(/does not let us in \(WRONGPASS/);
    expect(shown(wrong)).not.toContain(PASSWORD);
    await expect(openQueue(url, { environment: {} })).rejects.toThrow(/NOAUTH/);
    const file = join(redis.folder, "password");
    await writeFile(file, `${PASSWORD}\n`);
    const queue = await open(url, { environment: { BALGRAD_QUEUE_PASSWORD_FILE: file } });
    await queue.add([job("a")]);
    take(queue, () => Promise.resolve(DONE));
    await until(queue, "a", "done");
    const unneeded = await open(redis.url, { environment: { BALGRAD_QUEUE_PASSWORD: PASSWORD } });
    expect((await unneeded.counts()).done).toBe(0);
  });

  test("that change their password are an outage that does not show it", async () => {
    const own = await server("--requirepass", PASSWORD);
    const troubles: string[] = [];
    const queue = await open(own.url, {
      environment: { BALGRAD_QUEUE_PASSWORD: PASSWORD },
      onTrouble: (message) => troubles.push(message),
    });
    const admin = new Redis({ port: own.port, password: PASSWORD });
    onTestFinished(() => {
      admin.disconnect();
    });
    await admin.config("SET", "requirepass", "other");
    await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    const counting = queue.counts();
    while (troubles.length === 0) await sleep(20);
    await admin.config("SET", "requirepass", PASSWORD);
    expect((await counting).done).toBe(0);
    expect(troubles.join()).not.toContain(PASSWORD);
  });

  test("speak TLS with a certificate that is trusted", async () => {
    const port = await freePort();
    const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(redis.folder, name)) as [
      string,
      string,
    ];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const how = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    execFileSync("openssl", ["req", ...how, "-keyout", key, "-out", cert, ...subject], {
      stdio: "ignore",
    });
    const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no"];
    await server("--tls-port", String(port), ...files);
    const address = `rediss://localhost:${port}/0`;
    const queue = await open(address, { environment: { BALGRAD_QUEUE_CA: cert } });
    await queue.add([job("a")]);
    take(queue, () => Promise.resolve(DONE));
    await until(queue, "a", "done");
    await expect(openQueue(address, { environment: {} })).rejects.toThrow(
      /certificate is not trusted/,
    );
  });

  test("that drop data or answer nothing are refused; one without a log is told of", async () => {
    const evicting = await server("--maxmemory-policy", "allkeys-lru");
    await expect(openQueue(evicting.url, { environment: {} })).rejects.toThrow(
      /drops data .*allkeys-lru/,
    );
    const port = await freePort();
    await expect(
      openQueue(`redis://127.0.0.1:${port}`, { environment: {}, patience: 300 }),
    ).rejects.toThrow(`redis://127.0.0.1:${port}/0: no connection (ECONNREFUSED).`);
    const forgetful = await server("--appendonly", "no");
    const queue = await open(forgetful.url);
    expect(await queue.notices()).toEqual([expect.stringContaining("appendonly no")]);
    expect(await (await open(redis.url)).notices()).toEqual([]);
  });

  test("keep jobs of another version for its workers", async () => {
    const address = ownAddress(redis);
    const old = await open(address, { version: "0.9.0" });
    const current = await open(address, { version: "1.0.0" });
    await old.add([job("a")]);
    const taken: string[] = [];
    take(current, ({ id }) => {
      taken.push(id);
      return Promise.resolve(DONE);
    });
    await current.add([job("b")]);
    await until(current, "b", "done");
    expect(await current.notices()).toEqual([
      expect.stringMatching(/1 of its jobs are for version 0\.9\.0, and this is version 1\.0\.0/),
    ]);
    take(old, () => Promise.resolve(DONE));
    await until(old, "a", "done");
    expect(taken).toEqual(["b"]);
    expect(await current.notices()).toEqual([]);
  });

  test("whose network is cut without a word are found again", async () => {
    const { port, cut } = await cable(redis.port);
    const queue = await open(`redis://127.0.0.1:${port}/0?prefix=cut`, { silence: 600 });
    let begun = 0;
    take(queue, () => {
      begun++;
      return Promise.resolve(DONE);
    });
    await queue.add([job("a")]);
    await until(queue, "a", "done");
    cut();
    await queue.add([job("b")]);
    await until(queue, "b", "done");
    expect(begun).toBe(2);
  });

  test.each([
    ["ahead when a job fails", HOUR, 0],
    ["behind when it is due", 0, -HOUR],
  ])("get jobs to run although a clock is an hour %s", async (_, before, after) => {
    const address = ownAddress(redis);
    const queue = await open(address, { pause: 600 });
    const client = new Redis({ port: redis.port });
    onTestFinished(() => {
      client.disconnect();
      vi.restoreAllMocks();
    });
    take(queue, ({ attempt }) =>
      Promise.resolve(attempt === 1 ? { kind: "failed", message: "no", isFinal: false } : DONE),
    );
    const now = Date.now.bind(Date);
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + before);
    await queue.add([job("a"), job("b", { after: ["a"] })]);
    const prefix = new URL(address).searchParams.get("prefix")!;
    while ((await client.zcard(`${prefix}:jobs-${VERSION}:delayed`)) < 2) await sleep(5);
    clock.mockImplementation(() => now() + after);
    await untilCount(queue, "done", 2);
  });

  test("keep the job of a worker whose clock is set back", async () => {
    const queue = await open(ownAddress(redis));
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    take(queue, async (_, { signal }) => {
      await sleep(2500);
      return signal.aborted ? { kind: "stopped" } : DONE;
    });
    await queue.add([job("a")]);
    await until(queue, "a", "running");
    const now = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => now() - HOUR);
    expect(await until(queue, "a", "done")).toMatchObject({ attempts: 1 });
  });
});

/** A cable to a server: connections that were made before it is cut stay open, and carry nothing more. */
async function cable(to: number): Promise<{ readonly port: number; readonly cut: () => void }> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const listener = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const end of [near, far]) end.on("error", () => undefined);
    pairs.add([near, far]);
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  onTestFinished(() => {
    for (const pair of pairs) for (const end of pair) end.destroy();
    listener.close();
  });
  return {
    port: (listener.address() as { readonly port: number }).port,
    cut: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        near.resume();
        far.resume();
      }
    },
  };
}
