import { expect, test } from "vitest";

import { parseQueueAddress, queueSecrets } from "../../src/queue/address.js";
import { unwrap, wrap } from "../../src/queue/payload.js";
import { job } from "./scene.js";

test("addresses have a host, a port, a database and a prefix", () => {
  expect(parseQueueAddress("redis://host")).toEqual({
    host: "host",
    port: 6379,
    db: 0,
    tls: false,
    prefix: "balgrad",
    name: "redis://host:6379/0",
  });
  expect(parseQueueAddress("rediss://[::1]:7000/3?prefix=two")).toEqual({
    host: "::1",
    port: 7000,
    db: 3,
    tls: true,
    prefix: "two",
    name: "rediss://[::1]:7000/3?prefix=two",
  });
});

test.each([
  ["amqp://host", /there is no amqp:\/\/ queue/],
  ["redis://host/name", /cannot be read/],
  ["redis://host/?size=3", /there is no size, only prefix/],
  ["redis://host/?prefix=a:b", /its prefix has to be/],
  ["host", /cannot be read/],
  ["redis://", /cannot be read/],
])("%s is refused", (address, message) => {
  expect(() => parseQueueAddress(address)).toThrow(message);
});

test.each(["redis://:pa55@host", "redis://me:pa55@host/0", "redis://host:pa55@", "x:pa55@y"])(
  "the password of an address is refused and not shown: %s",
  (address) => {
    let error: unknown;
    try {
      parseQueueAddress(address);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain("pa55");
  },
);

test("secrets come from the environment, once", async () => {
  const both = { BALGRAD_QUEUE_PASSWORD: "a", BALGRAD_QUEUE_PASSWORD_FILE: import.meta.filename };
  await expect(queueSecrets(both)).rejects.toThrow(/Both .* are set/);
  await expect(queueSecrets({ BALGRAD_QUEUE_USER: "a" })).rejects.toThrow(/no password/);
  await expect(queueSecrets({ BALGRAD_QUEUE_CA: "/none/ca" })).rejects.toThrow(
    "BALGRAD_QUEUE_CA: there is no file /none/ca.",
  );
  const given = await queueSecrets({ BALGRAD_QUEUE_USER: "a", BALGRAD_QUEUE_PASSWORD: "b" });
  expect(given).toEqual({ user: "a", password: "b", ca: undefined });
});

test("payloads are checked on both sides, with the version", () => {
  const given = wrap(job("a", { payload: { keys: ["k"] } }), "1.0.0");
  expect(unwrap(JSON.parse(JSON.stringify(given)), "1.0.0")).toEqual(given);
  expect(() => unwrap(given, "1.1.0")).toThrow(
    "The job is for version 1.0.0, and this worker is version 1.1.0.",
  );
  expect(() => unwrap({ ...given, more: 1 }, "1.0.0")).toThrow(/cannot be read/);
  expect(() => unwrap(null, "1.0.0")).toThrow(/cannot be read/);
  expect(() => wrap(job("a", { payload: undefined }), "1.0.0")).toThrow(/not JSON/);
  expect(() => wrap(job("a", { kind: "" }), "1.0.0")).toThrow(/cannot be read/);
});
