/** @module Encoders opened from folders, and from a hub that is a real server. */

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { openEncoder } from "../../src/encode/pretrained/open.js";
import { EXPORTS } from "./golden.js";

const at = (name: string): string => join(EXPORTS, name);
const temporary = (): string => mkdtempSync(join(tmpdir(), "balgrad-open-"));

describe("a folder of an encoder of images", () => {
  test.each([
    ["vit", "last_hidden_state", "cls", 16],
    ["clip", "image_embeds", "none", 12],
    ["resnet", "pooler_output", "none", 16],
  ])("%s: features are %s, %s", async (name, output, kind, size) => {
    const encoder = await openEncoder(at(name), "image");
    expect(encoder.pooling.output).toBe(output);
    if (name === "vit") expect(encoder.pooling.kind).toBe(kind);
    expect(encoder.size).toBe(size);
    expect(encoder.preparation.shape).toEqual([3, 32, 32]);
    expect(encoder.weights).toBe("float32");
  });

  test("prepares pictures by the processor's settings and leaves normalisation to batches", async () => {
    const { preparation, normalisation } = await openEncoder(at("vit"), "image");
    const pixels = Uint8Array.from(
      { length: 3 * 48 * 40 },
      (_, index) => [200, 100, 50][index % 3]!,
    );
    const { planes } = await preparation.decode({ kind: "pixels", pixels, width: 48, height: 40 });
    const middle = 16 * 32 + 16;
    expect([planes[middle], planes[1024 + middle], planes[2048 + middle]]).toEqual([200, 100, 50]);
    expect(normalisation.mean[0]).toBeCloseTo(0.5);
    expect(normalisation.deviation[0]).toBeCloseTo(0.5);
  });
});

describe("a folder of an encoder of texts", () => {
  test.each([
    ["bert", "pooler_output", 16],
    ["distilbert", "last_hidden_state", 16],
    ["clip", "text_embeds", 12],
  ])("%s: features are %s", async (name, output, size) => {
    const encoder = await openEncoder(at(name), "text");
    expect([encoder.pooling.output, encoder.size]).toEqual([output, size]);
    if (name === "distilbert") expect(encoder.pooling.kind).toBe("mean");
  });

  test("gives ids plus 1 with special tokens; a blank text has none, a long one is cut", async () => {
    const { preparation, empty, special, maxTokens } = await openEncoder(at("bert"), "text", {
      maxTokens: 8,
    });
    expect(maxTokens).toBe(8);
    const { tokens, truncated } = preparation.tokenize("cat");
    expect(truncated).toBe(false);
    expect([tokens[0], tokens.at(-1)]).toEqual([empty[0]! + 1, empty.at(-1)! + 1]);
    expect(special.has(empty[0]!)).toBe(true);
    expect(preparation.tokenize("  \n").tokens).toHaveLength(0);
    expect(preparation.doubt("  \n")).toContain("it counts as missing");
    expect(preparation.doubt("ሰላም 𝔵")).toBe("The tokenizer knows no word of the text.");
    expect(preparation.doubt("ሰላም cat")).toBeNull();
    const long = preparation.tokenize("cat ".repeat(40));
    expect([long.tokens.length, long.truncated]).toEqual([8, true]);
    expect(long.tokens.at(-1)).toBe(empty.at(-1)! + 1);
  });

  test("can state where its features are", async () => {
    const folder = join(temporary(), "bert");
    cpSync(at("bert"), folder, { recursive: true });
    const path = join(folder, "config.json");
    const config = JSON.parse(readFileSync(path, "utf8")) as object;
    const pooling = { output: "last_hidden_state", kind: "mean" };
    writeFileSync(path, JSON.stringify({ ...config, balgrad: { text: { pooling } } }));
    expect((await openEncoder(folder, "text")).pooling).toEqual(pooling);
    writeFileSync(path, JSON.stringify({ ...config, balgrad: { text: { poling: pooling } } }));
    await expect(openEncoder(folder, "text")).rejects.toThrow(/config\.json.*poling/);
  });
});

describe("what is wrong with a folder is said", () => {
  test.each([
    ["/no/such/folder", "image", /no such folder/],
    [at("bert"), "image", /preprocessor_config\.json: no such file/],
    [at("vit"), "text", /tokenizer\.json: no such file/],
    ["vit-bret", "image", /no such encoder/],
  ] as const)("%s as an encoder of %ss", async (name, modality, message) => {
    await expect(openEncoder(name, modality as "image")).rejects.toThrow(message);
  });
});

describe("a hub", () => {
  let server: Server;
  const asked: string[] = [];
  const cache = process.env["BALGRAD_CACHE"];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const [, , name, , , ...file] = request.url!.split("/");
      const path = join(EXPORTS, name!, ...file);
      asked.push(file.join("/"));
      if (request.headers.authorization !== "Bearer secret") response.writeHead(401).end();
      else if (existsSync(path)) response.end(readFileSync(path));
      else response.writeHead(404).end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    process.env["HF_ENDPOINT"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    process.env["BALGRAD_CACHE"] = temporary();
    process.env["HF_TOKEN"] = "secret";
    asked.length = 0;
  });

  afterAll(() => {
    server.close();
    rmSync(process.env["BALGRAD_CACHE"]!, { recursive: true, force: true });
    process.env["BALGRAD_CACHE"] = cache;
    delete process.env["HF_ENDPOINT"];
    delete process.env["HF_TOKEN"];
  });

  test("is asked once for each file; then the cache answers, also without the hub", async () => {
    const encoder = await openEncoder("tiny/bert", "text");
    expect(encoder.hash).toBe((await openEncoder(at("bert"), "text")).hash);
    expect(asked).toContain("onnx/model.onnx");
    const before = asked.length;
    const endpoint = process.env["HF_ENDPOINT"];
    process.env["HF_ENDPOINT"] = "http://127.0.0.1:9";
    try {
      expect((await openEncoder("tiny/bert", "text")).size).toBe(16);
    } finally {
      process.env["HF_ENDPOINT"] = endpoint;
    }
    expect(asked).toHaveLength(before);
  });

  test("that refuses, lacks the repository or cannot be reached is named with a way around", async () => {
    process.env["HF_TOKEN"] = "wrong";
    await expect(openEncoder("tiny/bert", "text")).rejects.toMatchObject({
      message: expect.stringMatching(/the hub refuses the file \(401\)/) as string,
      hint: expect.stringContaining("HF_TOKEN") as string,
    });
    process.env["HF_TOKEN"] = "secret";
    await expect(openEncoder("tiny/nothing", "text")).rejects.toThrow(/no such file/);
    const endpoint = process.env["HF_ENDPOINT"];
    process.env["HF_ENDPOINT"] = "http://127.0.0.1:9";
    try {
      await expect(openEncoder("tiny/vit", "image")).rejects.toMatchObject({
        message: expect.stringMatching(
          /^http:\/\/127\.0\.0\.1:9\/tiny\/vit\/.*cannot be downloaded/,
        ) as string,
        hint: expect.stringContaining("give its path instead of the name") as string,
      });
    } finally {
      process.env["HF_ENDPOINT"] = endpoint;
    }
  });
});
