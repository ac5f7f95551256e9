import { execFileSync } from "node:child_process";
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { regularFile, regularFileSync } from "./regularFile.js";

const folder = mkdtempSync(join(tmpdir(), "balgrad-regular-"));

async function refusal(path: string): Promise<string> {
  const error = await regularFile(path).catch((thrown: unknown) => thrown);
  const { message } = error as Error;
  expect(() => regularFileSync(path)).toThrow(message);
  return message.replace(path, "X");
}

test.skipIf(process.platform === "win32")(
  "pipes, sockets, devices and folders are told apart and never opened",
  async () => {
    const pipe = join(folder, "pipe.csv");
    execFileSync("mkfifo", [pipe]);
    expect(await refusal(pipe)).toBe("X: a named pipe, not a file.");
    const socket = join(folder, "socket.csv");
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once("listening", resolve));
    expect(await refusal(socket)).toBe("X: a socket, not a file.");
    server.close();
    expect(await refusal("/dev/zero")).toBe("X: a device, not a file.");
    expect(await refusal(folder)).toBe("X: a folder, not a file.");
  },
);

test("what cannot be reached has its cause", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "abc");
  expect((await regularFile(file)).size).toBe(3);
  expect(await refusal(join(folder, "none"))).toBe("X: no such file.");
  expect(await refusal(join(file, "inner"))).toContain("a part of the path is not a folder");
  const loop = join(folder, "loop");
  symlinkSync(loop, loop);
  expect(await refusal(loop)).toContain("leads to itself");
  expect(await refusal("a\0b")).toContain("NUL");
});
