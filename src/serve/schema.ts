/** @module Requests and answers of the prediction service: one schema validates, types and documents them. */

import { createRoute, z } from "@hono/zod-openapi";

import type { Limits } from "./limits.js";
import { PROBLEM_TYPE } from "../http/problem.js";
import type { Ask } from "./worker.js";

/** Classes of an answer where the request does not say. */
const TOP = 5;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const picture = z
  .string()
  .transform((text, context) => {
    if (text.length % 4 === 0 && BASE64.test(text)) {
      // In memory of its own: it goes to another thread.
      return new Uint8Array(Buffer.from(text, "base64"));
    }
    context.addIssue({
      code: "custom",
      message: "Expected the bytes of a picture's file in base64. URLs are not fetched.",
    });
    return z.NEVER;
  })
  .openapi({
    type: "string",
    format: "byte",
    description: "The bytes of a picture's file (PNG, JPEG, WebP, ...) in base64.",
  });

const features = z
  .array(z.number())
  .openapi({ description: "A feature vector, for models that were trained on features." });

const topOf = (number: z.ZodType<number>) =>
  number
    .default(TOP)
    .openapi({ type: "integer", minimum: 1, description: "How many classes an answer names." });

const NOTHING = "Give an image, a text or both.";

/** Lists that belong together are equally long; one that is not there has no say. */
const sameLength = (images: readonly unknown[], texts: readonly unknown[]): boolean =>
  images.length === texts.length || images.length === 0 || texts.length === 0;

const longer = <A, B>(a: readonly A[], b: readonly B[]): readonly (A | B)[] =>
  a.length > b.length ? a : b;

const listOf = <T extends z.ZodType>(part: T) =>
  z
    .union([z.array(part), part])
    .transform((given) => (Array.isArray(given) ? given : [given]) as z.output<T>[])
    .default([]);

const partsOf = (text: z.ZodString, { maxInputs }: Limits) => {
  const file = z
    .custom<File>((part) => part instanceof File, "Expected a file.")
    .openapi({ type: "string", format: "binary" });
  return z
    .strictObject({
      image: listOf(file).openapi({
        anyOf: [
          { type: "string", format: "binary" },
          { type: "array", items: { type: "string", format: "binary" } },
        ],
        description:
          "A picture's file. Several make a batch; an empty one stands for a missing picture.",
      }),
      text: listOf(text).openapi({
        anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
        description:
          "A text. Several make a batch, one for each picture; an empty one stands for a missing text.",
      }),
      top: topOf(z.coerce.number().int().min(1)),
    })
    .refine(({ image, text }) => sameLength(image, text), {
      path: ["text"],
      message:
        "Expected as many texts as images, or only one of the two. Leave a missing one empty.",
    })
    .refine(({ image, text }) => image.length + text.length > 0, NOTHING)
    .refine(
      ({ image, text }) => longer(image, text).every((_, at) => image[at]?.size || text[at]),
      "An image and its text are both empty.",
    )
    .refine(({ image, text }) => longer(image, text).length <= maxInputs, {
      message: `Expected at most ${maxInputs} inputs.`,
    })
    .openapi("PredictForm");
};

const inputOf = (text: z.ZodString) =>
  z.strictObject({
    image: picture.optional(),
    text: text.optional(),
    imageFeatures: features.optional(),
    textFeatures: features.optional(),
  });

const hasInput = (input: object): boolean =>
  Object.entries(input).some(([name, value]) => name in INPUT_FIELDS && value !== undefined);

const INPUT_FIELDS = { image: true, text: true, imageFeatures: true, textFeatures: true };

const requestOf = (text: z.ZodString, { maxInputs }: Limits) => {
  const input = inputOf(text);
  return input
    .extend({
      inputs: z
        .array(input.refine(hasInput, NOTHING).openapi("Input"))
        .min(1)
        .max(maxInputs)
        .optional()
        .openapi({ description: "Several inputs, instead of one." }),
      top: topOf(z.int().min(1)),
    })
    .refine((body) => hasInput(body) !== (body.inputs !== undefined), {
      message: `${NOTHING} For several, give inputs alone.`,
    })
    .openapi("PredictRequest");
};

const modality = z.enum(["image", "text"]);

const answer = z
  .object({
    predictions: z
      .array(
        z.object({
          label: z.string(),
          probability: z.number().min(0).max(1),
          decided: z.boolean().openapi({ description: "Whether the model decides for the class." }),
        }),
      )
      .readonly()
      .openapi({ description: "The likeliest classes, the likeliest first." }),
    decidedBy: z
      .enum(["both", "image", "text", "none"])
      .openapi({ description: "The modality that decided." }),
    sure: z
      .number()
      .min(0)
      .max(1)
      .openapi({ description: "Calibrated probability that the answer is right." }),
    unusual: z
      .array(modality)
      .readonly()
      .openapi({ description: "Inputs that are unlike the training data." }),
    warnings: z.array(z.string()).readonly().openapi({ description: "Sentences for people." }),
  })
  .openapi("Answer");

const answers = z
  .object({
    answers: z.array(answer).openapi({ description: "One for each input, in their order." }),
  })
  .openapi("Answers");

/** A problem as RFC 9457 describes it. */
const problem = z
  .object({
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .openapi({ description: "What is wrong, by JSON pointers into the request." }),
  })
  .openapi("Problem");

const failures = (statuses: Readonly<Record<number, string>>) =>
  Object.fromEntries(
    Object.entries(statuses).map(([status, description]) => [
      status,
      { description, content: { [PROBLEM_TYPE]: { schema: problem } } },
    ]),
  );

/** `POST /v1/predict` within limits. */
export function predictRoute(limits: Limits) {
  const { maxText } = limits;
  const text = z.string().max(maxText, `Expected at most ${maxText} characters.`);
  return createRoute({
    method: "post",
    path: "/v1/predict",
    summary: "Classify images, texts or pairs of both.",
    security: [{ token: [] }, {}],
    request: {
      body: {
        content: {
          "application/json": { schema: requestOf(text, limits) },
          "multipart/form-data": { schema: partsOf(text, limits) },
        },
      },
    },
    responses: {
      200: {
        description: "An answer for each input.",
        content: { "application/json": { schema: answers } },
      },
      ...failures({
        400: "The body is malformed.",
        401: "The token is missing or wrong.",
        408: "The body did not arrive in time.",
        413: "The body is too large.",
        415: "The body is neither JSON nor multipart.",
        422: "The request, or an input of it, cannot be used; `errors` says where and why.",
        500: "The model failed.",
        503: "The queue is full, or the service is stopping; `Retry-After` says when to try again.",
        504: "The answer was not there in time.",
      }),
    },
  });
}

type Route = ReturnType<typeof predictRoute>;
type Content = Route["request"]["body"]["content"];
/** A valid body in JSON. */
export type PredictBody = z.output<Content["application/json"]["schema"]>;
/** A valid form. */
export type PredictForm = z.output<Content["multipart/form-data"]["schema"]>;

/** The inputs of a request in JSON, and where each is in it. */
export function asksOfBody({ inputs, top, ...single }: PredictBody): [Ask[], string[]] {
  const questions = inputs ?? [single];
  const asks = questions.map((question) => ({ question: given(question), top }));
  return [asks, questions.map((_, at) => (inputs ? `#/inputs/${at}` : "#"))];
}

/** The inputs of a form, and where each is in it. */
export async function asksOfForm({ image, text, top }: PredictForm): Promise<[Ask[], string[]]> {
  const size = longer(image, text).length;
  const asks = await Promise.all(
    Array.from({ length: size }, async (_, at) => {
      const file = image[at];
      const bytes = file && file.size > 0 ? new Uint8Array(await file.arrayBuffer()) : undefined;
      return {
        question: given({ image: bytes, text: text[at] === "" ? undefined : text[at] }),
        top,
      };
    }),
  );
  return [asks, asks.map(({ question }, at) => `#/${question.image ? "image" : "text"}/${at}`)];
}

type Given = { readonly [name in keyof Ask["question"]]: Ask["question"][name] | undefined };

/** Without fields that are there and empty. */
const given = (question: Given): Ask["question"] =>
  Object.fromEntries(Object.entries(question).filter(([, value]) => value !== undefined));
