/** @module The prediction service over real HTTP: what it answers, and what it refuses. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

import { Validator } from "@seriousme/openapi-schema-validator";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Classifier } from "../../src/predict/predict.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { bitmapOf } from "../support/bitmap.js";
import { balgrad, temporaryFolder } from "../support/cli.js";
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
const LIMITS = ["--max-body", "4", "--max-pixels", "10", "--max-text", "200", "--max-inputs", "4"];

let service: RunningService;
let model: Classifier;
let blue: Uint8Array<ArrayBuffer>;
let blue64: string;

interface AnswersBody {
  readonly answers: readonly { readonly predictions: readonly { readonly label: string }[] }[];
}

beforeAll(async () => {
  const table = await writeSquares(folder, 8);
  const done = await balgrad(["train", table, "--out", run, ...QUICK]);
  expect(done.code, done.stderr).toBe(0);
  blue = new Uint8Array(readFileSync(join(folder, "pictures/blue-0.png")));
  blue64 = Buffer.from(blue).toString("base64");
  service = await startService(run, [...LIMITS, "--timeout", "20"]);
  model = await Classifier.load(run, nodeRuntime());
});

afterAll(async () => {
  await model.release();
  await stopService(service);
});

const formOf = (...parts: readonly (readonly [string, string | Uint8Array<ArrayBuffer>])[]) => {
  const form = new FormData();
  for (const [name, part] of parts) {
    if (typeof part === "string") form.append(name, part);
    else form.append(name, new Blob([part]), "picture.png");
  }
  return form;
};

/** What the library answers, as JSON has it. */
const expected = async (...questions: Parameters<Classifier["answer"]>[0][]): Promise<object> => ({
  answers: JSON.parse(JSON.stringify(await model.answerMany(questions))) as object,
});

describe("answers are those of the library", () => {
  const text = "a red thing";

  test("by JSON: an image, a text, both", async () => {
    const image = await predict(service, { image: blue64 });
    expect(image.status, JSON.stringify(image.body)).toBe(200);
    expect(image.body).toEqual(await expected({ image: blue }));
    const words = await predict(service, { text });
    expect(words.body).toEqual(await expected({ text }));
    const both = await predict(service, { image: blue64, text });
    expect(both.body).toEqual(await expected({ image: blue, text }));
  });

  test("by multipart: an image, a text, both", async () => {
    const image = await predict(service, formOf(["image", blue]));
    expect(image.status, JSON.stringify(image.body)).toBe(200);
    expect(image.body).toEqual(await expected({ image: blue }));
    expect((await predict(service, formOf(["text", text]))).body).toEqual(await expected({ text }));
    const both = await predict(service, formOf(["image", blue], ["text", text]));
    expect(both.body).toEqual(await expected({ image: blue, text }));
  });

  test("a batch has an answer for each input, in their order", async () => {
    const inputs = [{ text }, { image: blue64 }, { image: blue64, text }];
    const wanted = await expected({ text }, { image: blue }, { image: blue, text });
    expect((await predict(service, { inputs })).body).toEqual(wanted);
    const none = new Uint8Array();
    const form = formOf(
      ["image", none],
      ["image", blue],
      ["image", blue],
      ["text", text],
      ["text", ""],
      ["text", text],
    );
    expect((await predict(service, form)).body).toEqual(wanted);
  });

  test("top says how many classes", async () => {
    const { body } = await predict(service, { text, top: 1 });
    const [answer] = (body as AnswersBody).answers;
    const [question] = await model.answerMany([{ text }]);
    expect(answer!.predictions).toEqual(question!.predictions.slice(0, 1));
    const form = await predict(service, formOf(["text", text], ["top", "2"]));
    expect((form.body as AnswersBody).answers[0]!.predictions).toHaveLength(2);
  });

  test("requests at the same time do not mix", async () => {
    const texts = ["a red thing", "a green thing", "a blue thing"];
    const asked = Array.from({ length: 30 }, (_, at) => texts[at % 3]!);
    const said = await Promise.all(asked.map((one) => predict(service, { text: one })));
    const wanted = await Promise.all(texts.map((one) => model.answer({ text: one })));
    said.forEach(({ body }, at) => {
      expect((body as AnswersBody).answers[0]!.predictions[0]!.label).toBe(
        wanted[at % 3]!.predictions[0]!.label,
      );
    });
  });
});

describe("what cannot be used is refused, and says where and why", () => {
  test.each<readonly [string, object, string, string]>([
    ["nothing", {}, "#", "Give an image, a text or both. For several, give inputs alone."],
    ["an unknown field", { txt: "a" }, "#", 'Unrecognized key: "txt"'],
    [
      "an address",
      { image: "https://example.com/cat.png" },
      "#/image",
      "Expected the bytes of a picture's file in base64. URLs are not fetched.",
    ],
    ["a long text", { text: "a".repeat(201) }, "#/text", "Expected at most 200 characters."],
    [
      "an empty input",
      { inputs: [{ text: "a" }, {}] },
      "#/inputs/1",
      "Give an image, a text or both.",
    ],
    ["top 0", { text: "a", top: 0 }, "#/top", "Too small: expected number to be >=1"],
    ["no picture", { image: "aGVsbG8=" }, "#", "the image cell holds plain text, not a picture"],
    [
      "features for a model of pictures",
      { imageFeatures: [1, 2] },
      "#",
      "This model encodes images itself; it takes no imageFeatures.",
    ],
  ])("%s", async (_, sent, pointer, detail) => {
    const { status, headers, body } = await predict(service, sent);
    expect(status).toBe(422);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body).toMatchObject({ title: "Unprocessable Entity", status: 422, detail });
    expect((body as { errors: object[] }).errors).toContainEqual({ pointer, detail });
  });

  test("too many inputs", async () => {
    const inputs = Array.from({ length: 5 }, () => ({ text: "a" }));
    expect((await predict(service, { inputs })).status).toBe(422);
    const form = formOf(...inputs.map(({ text }) => ["text", text] as const));
    const { status, body } = await predict(service, form);
    expect(status).toBe(422);
    expect(body).toMatchObject({ detail: "Expected at most 4 inputs." });
  });

  test("a truncated picture; the other inputs are named as well", async () => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, at) => (at * 7919) % 256));
    const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .png()
      .toBuffer();
    const cut = whole.subarray(0, whole.length / 2).toString("base64");
    const single = await predict(service, { image: cut });
    expect(single.status).toBe(422);
    const detail = "the image is cut off: the file ends before the picture does";
    expect(single.body).toMatchObject({ detail });
    const { body } = await predict(service, {
      inputs: [{ text: "a" }, { image: cut }, { image: "aGVsbG8=" }],
    });
    expect(body).toMatchObject({
      detail: "2 of 3 inputs cannot be used.",
      errors: [
        { pointer: "#/inputs/1", detail },
        { pointer: "#/inputs/2", detail: "the image cell holds plain text, not a picture" },
      ],
    });
  });

  test("a picture that is small as a file and huge in memory", async () => {
    // The header promises more pixels than the data hold, which is not looked at.
    const bomb = Buffer.from(blue);
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    const { status, body } = await predict(service, formOf(["image", new Uint8Array(bomb)]));
    expect(status).toBe(422);
    expect(body).toMatchObject({
      detail: "the image has 60000 x 60000 pixels, more than 10 million",
      errors: [{ pointer: "#/image/0" }],
    });
  });

  test("a form with other numbers of images and texts", async () => {
    const form = formOf(["image", blue], ["text", "a"], ["text", "b"]);
    const { status, body } = await predict(service, form);
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ pointer: "#/text" }] });
    const empty = await predict(service, formOf(["image", new Uint8Array()], ["text", ""]));
    expect(empty.body).toMatchObject({ detail: "An image and its text are both empty." });
  });

  test("malformed JSON, malformed multipart, other media types", async () => {
    const post = (type: string, body: string) =>
      send(`${service.url}/v1/predict`, {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
    expect((await post("application/json", '{"text":')).status).toBe(400);
    expect((await post("multipart/form-data; boundary=x", "no parts")).status).toBe(400);
    expect((await post("multipart/form-data", "--x--")).status).toBe(400);
    expect((await post("text/plain", "a red thing")).status).toBe(415);
    expect((await post("application/x-www-form-urlencoded", "text=a")).status).toBe(415);
  });

  test("an oversized body, announced or not", async () => {
    const { status, body } = await predict(service, { text: "a".repeat(5 * 2 ** 20) });
    expect(status).toBe(413);
    expect(body).toMatchObject({ detail: "The body has more than 4 MiB." });
    const chunks = new ReadableStream({
      pull: (controller) => {
        controller.enqueue(new Uint8Array(2 ** 20));
      },
    });
    const init = { method: "POST", headers: { "content-type": "application/json" } };
    const streamed = send(`${service.url}/v1/predict`, {
      ...init,
      body: chunks,
      duplex: "half",
    } as RequestInit);
    // A client that goes on sending may see the connection closed before it reads the answer.
    const answer = await streamed.then(
      ({ status: code }) => code,
      () => 413,
    );
    expect(answer).toBe(413);
    expect(
      await metric(
        service,
        'balgrad_requests_total{route="/v1/predict",method="POST",status="413"}',
      ),
    ).toBe(2);
  });
});

describe("addresses", () => {
  test("unknown ones and other methods are problems", async () => {
    const unknown = await send(`${service.url}/v1/nothing`);
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get("content-type")).toBe("application/problem+json");
    const other = await send(`${service.url}/v1/predict`);
    expect(other.status).toBe(405);
    expect(other.headers.get("allow")).toBe("POST");
  });

  test.each([
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/v1/..%2f..%2fetc/passwd",
    "//etc/passwd",
    "/page/page.html",
    "/..\\..\\etc\\passwd",
    "/%00",
    "http://example.com/etc/passwd",
  ])("no path leads to a file: %s", async (path) => {
    const said = await sendRaw(
      service,
      `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    );
    expect(said).toMatch(/^HTTP\/1\.1 (404|400) /);
    expect(said).toContain("application/problem+json");
    expect(said).not.toContain("root:");
  });

  test("what is no HTTP, and headers without end", async () => {
    expect(await sendRaw(service, "hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 [^]*problem\+json/);
    const long = `GET / HTTP/1.1\r\nhost: a\r\nx: ${"a".repeat(20_000)}\r\n\r\n`;
    expect(await sendRaw(service, long)).toMatch(/^HTTP\/1\.1 431 [^]*problem\+json/);
  });
});

test("health, readiness, metrics and the log, which has nothing of what was sent", async () => {
  expect((await send(`${service.url}/healthz`)).body).toEqual({ status: "alive" });
  expect((await send(`${service.url}/readyz`)).body).toEqual({ status: "ready" });
  const before = await metric(service, 'balgrad_inputs_total{outcome="answered"}');
  await predict(service, { inputs: [{ text: "a secret thing" }, { text: "another" }] });
  expect(await metric(service, 'balgrad_inputs_total{outcome="answered"}')).toBe(before + 2);
  expect(await metric(service, "balgrad_queue_inputs")).toBe(0);
  const lines = service.log();
  expect(lines).toContainEqual(
    expect.objectContaining({ event: "request", route: "/v1/predict", status: 200, inputs: 2 }),
  );
  expect(JSON.stringify(lines)).not.toMatch(/secret|passwd/);
});

test("the health endpoint answers while the thread of the model is busy", async () => {
  // A bitmap is decoded in JavaScript: nothing else can run on that thread.
  const order: string[] = [];
  const busy = predict(service, formOf(["image", new Uint8Array(bitmapOf(3000))])).then(
    ({ status, body }) => {
      expect(status, JSON.stringify(body)).toBe(200);
      order.push("predicted");
    },
  );
  for (let at = 0; at < 3; at++) {
    await send(`${service.url}/healthz`);
    order.push("alive");
  }
  await busy;
  expect(order).toEqual(["alive", "alive", "alive", "predicted"]);
});

test("the OpenAPI document describes what is sent and answered", async () => {
  const { body } = await send(`${service.url}/openapi.json`);
  const { valid, errors } = await new Validator().validate(body as Record<string, unknown>);
  expect(valid, JSON.stringify(errors)).toBe(true);
  expect(body).toMatchObject({
    openapi: "3.1.0",
    paths: { "/v1/predict": { post: { responses: { 200: {}, 413: {}, 503: {} } } } },
    components: {
      schemas: {
        PredictRequest: { properties: { text: { maxLength: 200 }, inputs: { maxItems: 4 } } },
        Answer: { required: ["predictions", "decidedBy", "sure", "unusual", "warnings"] },
      },
    },
  });
});
