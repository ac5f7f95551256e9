import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { UserError } from "../../src/errors.js";
import { openObjects, type Opening } from "../../src/objects/address.js";
import type { ObjectEntry, ObjectStore } from "../../src/objects/objectStore.js";
import { freePort } from "../support/redis.js";
import { TestS3 } from "../support/s3.js";

const MB = 2 ** 20;
const text = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString();

async function all(entries: AsyncIterable<ObjectEntry>): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { key, bytes } of entries) {
    expect(found.has(key)).toBe(false);
    found.set(key, bytes);
  }
  return found;
}

/** Does things to many items, a few at a time. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}

let server: TestS3;
let folder: string;
const before = { ...process.env };

function use(env: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
}

beforeAll(async () => {
  server = await TestS3.start();
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "balgrad-objects-"));
  for (const name of Object.keys(process.env))
    if (name.startsWith("AWS_")) use({ [name]: undefined });
  use({ ...server.env, HOME: folder });
});
afterEach(async () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) use({ [name]: undefined });
  use(before);
  await rm(folder, { recursive: true, force: true });
});

const KINDS = {
  "a folder": () => openObjects(join(folder, "store")),
  "a bucket": () => openObjects(`s3://${server.bucket}/${randomBytes(6).toString("hex")}/deep`),
};

describe.each(Object.entries(KINDS))("objects in %s", (_, open) => {
  let store: ObjectStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  it("are written, read, measured, listed and removed", async () => {
    await store.write("a/one.json", "één");
    await store.write("a/b/two", new Uint8Array([0, 255, 13, 10]));
    await store.write("ab/three", "");
    expect(text(await store.read("a/one.json"))).toBe("één");
    expect([...(await store.read("a/b/two"))!]).toEqual([0, 255, 13, 10]);
    expect((await store.read("ab/three"))!.length).toBe(0);
    expect(await store.size("a/one.json")).toBe(5);
    expect(await store.size("ab/three")).toBe(0);
    expect(await all(store.list("a"))).toEqual(
      new Map([
        ["a/one.json", 5],
        ["a/b/two", 4],
      ]),
    );
    for (const key of ["a/one.json", "a/b/two", "ab/three"]) await store.remove(key);
    expect(await all(store.list("a"))).toEqual(new Map());
    expect(await store.read("a/one.json")).toBeNull();
  });

  it("that are not there are nothing, and no error", async () => {
    const path = join(folder, "copy");
    expect(await store.read("none/x")).toBeNull();
    expect(await store.size("none/x")).toBeNull();
    expect(await store.readInto("none/x", path)).toBe(false);
    await store.remove("none/x");
    expect(await all(store.list("none"))).toEqual(new Map());
    await expect(stat(path)).rejects.toThrow("ENOENT");
  });

  it.each([
    "",
    "/a",
    "a/",
    "a//b",
    "..",
    "../a",
    "a/../b",
    "a/./b",
    "a\\b",
    "a b",
    "a\nb",
    "é",
    "a?b",
  ])("refuse the key %j", async (key) => {
    const path = join(folder, "file");
    await writeFile(path, "x");
    await expect(async () => store.read(key)).rejects.toThrow("is no key");
    await expect(async () => store.write(key, "x")).rejects.toThrow("is no key");
    await expect(async () => store.writeFile(key, path)).rejects.toThrow("is no key");
    await expect(async () => store.readInto(key, path)).rejects.toThrow("is no key");
    await expect(async () => store.size(key)).rejects.toThrow("is no key");
    await expect(async () => store.remove(key)).rejects.toThrow("is no key");
    await expect(all(store.list(key))).rejects.toThrow("is no key");
  });

  it("are replaced by what is written later", async () => {
    await store.write("r/x", "a longer first one");
    await store.write("r/x", "second");
    expect(text(await store.read("r/x"))).toBe("second");
    expect(await store.size("r/x")).toBe(6);
    await store.remove("r/x");
  });

  it("are listed, all 2,500 of them", async () => {
    const keys = Array.from({ length: 2500 }, (_, i) =>
      i % 5 === 0 ? `many/${i}.json` : `many/${i - (i % 5)}/${i}`,
    );
    await forEach(keys, (key) => store.write(key, key));
    const found = await all(store.list("many"));
    expect([...found.keys()].sort()).toEqual(keys.sort());
    expect([...found].every(([key, bytes]) => key.length === bytes)).toBe(true);
  });

  it("are copied from and into files of 40 MB", async () => {
    const [from, to] = [join(folder, "from"), join(folder, "to", "copy")];
    const bytes = randomBytes(40 * MB);
    await writeFile(from, bytes);
    await store.writeFile("large/x", from);
    expect(await store.size("large/x")).toBe(bytes.length);
    expect(await store.readInto("large/x", to)).toBe(true);
    expect((await readFile(to)).equals(bytes)).toBe(true);
    expect(await readdir(join(folder, "to"))).toEqual(["copy"]);
    await store.remove("large/x");
  });

  it("of an empty file are empty", async () => {
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    await writeFile(from, "");
    await store.writeFile("large/empty", from);
    expect(await store.size("large/empty")).toBe(0);
    expect(await store.readInto("large/empty", to)).toBe(true);
    expect((await stat(to)).size).toBe(0);
    await store.remove("large/empty");
  });

  it("cannot come from a file that is not there", async () => {
    const missing = join(folder, "missing");
    await expect(store.writeFile("large/y", missing)).rejects.toThrow("ENOENT");
    expect(await store.size("large/y")).toBeNull();
  });

  it("cannot come from a folder", async () => {
    await expect(store.writeFile("large/z", folder)).rejects.toBeInstanceOf(UserError);
    expect(await store.size("large/z")).toBeNull();
  });

  it("are one writer's whenever several write at once", async () => {
    const contents = Array.from({ length: 8 }, (_, i) => Buffer.alloc(MB + i, i));
    const written = Promise.all(contents.map((bytes) => store.write("shared/x", bytes)));
    const state = { isDone: false };
    void written.finally(() => (state.isDone = true));
    do {
      const bytes = await store.read("shared/x");
      if (bytes) expect(Buffer.from(bytes).equals(contents[bytes[0]!]!)).toBe(true);
    } while (!state.isDone);
    await written;
    expect(MB <= (await store.size("shared/x"))!).toBe(true);
    await store.remove("shared/x");
  });
});

/** An open bucket; closed after the test. */
async function bucket(opening?: Opening): Promise<ObjectStore> {
  return openObjects(`s3://${server.bucket}/s3only`, opening);
}

/** What is said of an error, all of it. */
async function failure(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message, hint = "", stack = "", cause } = error as UserError;
  const whole = [message, hint, stack, JSON.stringify(error), String(cause)].join("\n");
  expect(whole).not.toContain(server.secretKey);
  return `${message}\n${hint}`;
}

describe("a bucket without a prefix", () => {
  it("has objects by their keys alone", async () => {
    const store = await openObjects(`s3://${server.bucket}/`, { patience: 10_000 });
    expect(store.name).toBe(`s3://${server.bucket}`);
    await store.write("plain/x", "x");
    expect(await all(store.list("plain"))).toEqual(new Map([["plain/x", 1]]));
    await store.remove("plain/x");
    await store.close();
  });
});

describe("a bucket whose server fails", () => {
  it("loses and mixes nothing when the server is killed again and again", async () => {
    const store = await bucket({ patience: 60_000 });
    const large = join(folder, "large");
    const bytes = randomBytes(24 * MB);
    await writeFile(large, bytes);
    const state = { isDone: false };
    const work = (async () => {
      await Promise.all([
        forEach([...Array(300).keys()], (i) =>
          store.write(`k/${i}`, Buffer.alloc(10_000, i % 256)),
        ),
        forEach([...Array(8).keys()], (i) => store.writeFile(`l/${i}`, large)),
      ]);
      state.isDone = true;
    })();
    let kills = 0;
    while (!state.isDone) {
      await sleep(60 + 40 * (kills % 5));
      await server.kill();
      await server.start();
      kills++;
      if (kills > 6) break;
    }
    await work;
    expect(kills).toBeGreaterThan(1);
    for (let i = 0; i < 300; i++) {
      expect(Buffer.alloc(10_000, i % 256).equals((await store.read(`k/${i}`))!)).toBe(true);
    }
    const copy = join(folder, "copy");
    for (let i = 0; i < 8; i++) {
      expect(await store.readInto(`l/${i}`, copy)).toBe(true);
      expect((await readFile(copy)).equals(bytes)).toBe(true);
      await store.remove(`l/${i}`);
    }
    await store.close();
  });

  it("gives whole files when it is killed while they are read", async () => {
    const store = await bucket({ patience: 60_000 });
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    const bytes = randomBytes(40 * MB);
    await writeFile(from, bytes);
    await store.writeFile("read/x", from);
    for (const pause of [5, 15, 30, 45]) {
      const reading = store.readInto("read/x", to);
      await sleep(pause);
      await server.kill();
      await server.start();
      expect(await reading).toBe(true);
      expect((await readFile(to)).equals(bytes)).toBe(true);
      await rm(to);
    }
    await store.remove("read/x");
    await store.close();
  });

  it("is waited for when it holds a connection and says nothing", async () => {
    const store = await bucket({ patience: 60_000, silence: 300 });
    await store.write("silent/x", "x");
    server.pause();
    const calls = Promise.all([
      store.read("silent/x"),
      store.size("silent/x"),
      store.write("silent/y", Buffer.alloc(8 * MB)),
      all(store.list("silent")),
    ]);
    await sleep(1500);
    server.resume();
    const [bytes, size] = await calls;
    expect([text(bytes), size]).toEqual(["x", 1]);
    expect(await store.size("silent/y")).toBe(8 * MB);
    await store.close();
  });

  it("is given up when it says nothing for longer than anyone waits", async () => {
    const store = await bucket({ patience: 500, silence: 200 });
    server.pause();
    try {
      const said = await failure(store.read("silent/x"));
      expect(said).toContain(`no answer from http://127.0.0.1:${server.port}`);
      expect(said).toContain("to read silent/x");
    } finally {
      server.resume();
      await store.close();
    }
  });

  it("shows nothing of a write that was cut off", async () => {
    const large = join(folder, "large");
    await writeFile(large, randomBytes(40 * MB));
    const short = await bucket({ patience: 0 });
    const writing = failure(short.writeFile("cut/x", large));
    await sleep(15);
    await server.kill();
    const said = await writing;
    await server.start();
    expect(said).toContain("to write cut/x");
    expect(await short.size("cut/x")).toBeNull();
    expect(await all(short.list("cut"))).toEqual(new Map());
    await short.close();
  });
});

/** Passes connections on to the server, and cuts each off after so many bytes. */
async function cuttingProxy(most: number) {
  const passed = { bytes: 0 };
  const proxy = createServer((client) => {
    const upstream = connect(server.port, "127.0.0.1");
    let bytes = 0;
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    // No more is under way than the sockets hold, or a cut would lose all that waits here.
    const pass = (from: Socket, to: Socket) => (piece: Buffer) => {
      bytes += piece.length;
      passed.bytes += piece.length;
      if (bytes > most) cut();
      else if (!to.write(piece)) {
        from.pause();
        to.once("drain", () => from.resume());
      }
    };
    client.on("data", pass(client, upstream)).on("error", cut).on("close", cut);
    upstream.on("data", pass(upstream, client)).on("error", cut).on("close", cut);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  return { passed, port, close: () => proxy.close() };
}

describe("large files over connections that are cut", () => {
  it("get there by parts, and what has come is not sent again", async () => {
    const proxy = await cuttingProxy(18 * MB);
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    const bytes = randomBytes(50 * MB);
    await writeFile(from, bytes);
    use({ AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${proxy.port}` });
    const store = await bucket({ patience: 20_000 });
    await store.writeFile("parts/x", from);
    expect(await store.size("parts/x")).toBe(bytes.length);
    proxy.passed.bytes = 0;
    expect(await store.readInto("parts/x", to)).toBe(true);
    expect((await readFile(to)).equals(bytes)).toBe(true);
    expect(proxy.passed.bytes).toBeLessThan(1.5 * bytes.length);
    await store.remove("parts/x");
    await store.close();
    proxy.close();
  });
});

describe("a clock that is wrong by an hour", () => {
  afterEach(() => vi.useRealTimers());

  it.each([-1, 1])("is corrected by the store's (%i h)", async (hours) => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + hours * 3600 * 1000 });
    const store = await bucket({ patience: 1000 });
    await store.write("clock/x", "x");
    expect(text(await store.read("clock/x"))).toBe("x");
    await store.remove("clock/x");
    await store.close();
  });
});

describe("a bucket that cannot be used says why", () => {
  const quick: Opening = { patience: 1000, silence: 1000 };

  it("with a right that is missing", async () => {
    const store = await bucket(quick);
    await server.kill();
    await server.start("remove");
    try {
      expect(await failure(store.remove("x/y"))).toContain("access denied, to remove x/y");
      expect(await failure(bucket(quick))).toContain("access denied, to remove probe/");
    } finally {
      await server.kill();
      await server.start();
      await store.close();
    }
  });

  it("without credentials", async () => {
    use({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined });
    expect(await failure(bucket(quick))).toContain(
      `No credentials for the store s3://${server.bucket}/s3only: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.`,
    );
  });

  it("with a wrong secret", async () => {
    use({ AWS_SECRET_ACCESS_KEY: "another-secret" });
    const said = await failure(bucket(quick));
    expect(said).toContain("does not accept the credentials (SignatureDoesNotMatch)");
    expect(said).not.toContain("another-secret");
  });

  it("with a key that the store does not know", async () => {
    use({ AWS_ACCESS_KEY_ID: "NOBODY" });
    expect(await failure(bucket(quick))).toContain("(InvalidAccessKeyId)");
  });

  it("where there is no such bucket", async () => {
    expect(await failure(openObjects("s3://other-bucket", quick))).toContain(
      `s3://other-bucket: there is no bucket other-bucket on http://127.0.0.1:${server.port}.`,
    );
  });

  it("sooner when it is opened than when it is in use", async () => {
    const port = await freePort();
    use({ AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    expect(await failure(bucket({ patience: 3_600_000, first: 300 }))).toContain("ECONNREFUSED");
  });

  it("where something else answers", async () => {
    const other = createHttpServer((request, response) => {
      request.resume();
      response.writeHead(501).end("<p>no</p>");
    }).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    use({ AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    const said = await failure(bucket());
    expect(said).toContain("the store refuses to write probe/");
    expect(said).toContain("HTTP 501");
    use({ AWS_ENDPOINT_URL_S3: `https://127.0.0.1:${port}` });
    expect(await failure(bucket())).toContain("does not speak as expected");
    other.close();
  });

  it("where nobody listens", async () => {
    const port = await freePort();
    use({ AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    expect(await failure(bucket(quick))).toContain(
      `no answer from http://127.0.0.1:${port} (ECONNREFUSED)`,
    );
  });

  it("with a profile that is not there", async () => {
    use({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_PROFILE: "none" });
    expect(await failure(bucket(quick))).toContain("No credentials for the store");
  });

  it("takes credentials from a file of profiles", async () => {
    use({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_PROFILE: "lab" });
    await mkdir(join(folder, ".aws"));
    await writeFile(
      join(folder, ".aws", "credentials"),
      `[lab]\naws_access_key_id = ${server.accessKey}\naws_secret_access_key = ${server.secretKey}\n`,
    );
    const store = await bucket(quick);
    await store.write("profile/x", "x");
    await store.close();
  });
});

describe("the address of a store", () => {
  it.each([
    ["", "The store has no address."],
    ["  ", "The store has no address."],
    ["gs://bucket", "begins with gs://"],
    ["http://127.0.0.1/bucket", "begins with http://"],
    ["s3://", "is no address of a store"],
    ["s3:///folder", "is no address of a store"],
    ["s3://bucket/../other", "is no address of a store"],
    ["s3://bucket/a b", "is no address of a store"],
    ["s3://bucket?x=1", "is no address of a store"],
  ])("%j is refused", async (address, message) => {
    expect(await failure(openObjects(address))).toContain(message);
  });

  it("with credentials is refused, and they are not repeated", async () => {
    const said = await failure(openObjects(`s3://KEYNAME:${server.secretKey}@bucket`));
    expect(said).toContain("has credentials in it");
    expect(said).not.toContain("KEYNAME");
  });

  it("of a server with credentials is refused", async () => {
    use({ AWS_ENDPOINT_URL_S3: `http://me:${encodeURIComponent(server.secretKey)}@127.0.0.1` });
    expect(await failure(bucket())).toContain("AWS_ENDPOINT_URL_S3 has credentials in it");
  });

  it("that is a file is refused", async () => {
    const path = join(folder, "file");
    await writeFile(path, "x");
    expect(await failure(openObjects(path))).toContain(`${path}: a store is a folder`);
  });

  it("where no folder can be made is refused", async () => {
    const path = join(folder, "circle");
    await symlink(path, path);
    expect(await failure(openObjects(path))).toContain(`${path}: links lead in a circle`);
  });

  it.skipIf(process.getuid?.() === 0)("where nothing may be written is refused", async () => {
    const path = join(folder, "closed");
    await mkdir(path, { mode: 0o500 });
    expect(await failure(openObjects(path))).toContain("permission denied");
  });

  it("in a folder under a file is refused", async () => {
    const path = join(folder, "file");
    await writeFile(path, "x");
    expect(await failure(openObjects(join(path, "store")))).toContain("ENOTDIR");
  });
});
