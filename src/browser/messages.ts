/** @module What a page and its training worker say to each other. Both sides check what they get. */

import { z } from "zod";

import { PRESENCES } from "../evaluate/presence.js";
import { questionSchema, samplesSchema } from "./samples.js";

/** Where a browser can compute. */
export const WEB_DEVICES = ["wasm", "webgpu"] as const;

const id = z.int().min(0);

/** Schema of {@link Request}. */
export const requestSchema = z.discriminatedUnion("do", [
  z.strictObject({
    ...{ do: z.literal("open"), id },
    device: z.enum([...WEB_DEVICES, "auto"]),
    threads: z.int().min(1).exactOptional(),
  }),
  z.strictObject({
    ...{ do: z.literal("train"), id, samples: samplesSchema },
    settings: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ do: z.literal("stop"), id }),
  z.strictObject({ do: z.literal("answer"), id, questions: z.array(questionSchema).readonly() }),
  z.strictObject({ do: z.literal("export"), id }),
]);

/** What a page asks for; `stop` is obeyed at once, the others one after the other, also within a training. */
export type Request = z.infer<typeof requestSchema>;

/** One kind of request. */
export type RequestTo<Do extends Request["do"]> = Extract<Request, { readonly do: Do }>;

const numbers = z.record(z.string(), z.number());
const probabilities = z.array(z.number()).readonly();

const stepSchema = z
  .object({ step: z.number(), epoch: z.number(), learningRate: z.number() })
  .catchall(z.number());

const epochSchema = z.strictObject({
  ...{ epoch: z.number(), seconds: z.number(), best: z.boolean(), validation: numbers },
  cpuSeconds: z.number().exactOptional(),
});

/** What is told of a training while it runs. */
const eventSchema = z.discriminatedUnion("event", [
  z.strictObject({
    ...{ event: z.literal("steps"), records: z.array(stepSchema).readonly() },
    totalSteps: z.number(),
  }),
  z.strictObject({ event: z.literal("epoch"), record: epochSchema }),
]);

/** Schemas of what a request comes to. */
export const RESULTS = {
  open: z.strictObject({
    ...{ device: z.enum(WEB_DEVICES), threads: z.int().min(1), why: z.string() },
  }),
  train: z.strictObject({
    ...{ isComplete: z.boolean(), bestEpoch: z.number().nullable(), isSelfValidated: z.boolean() },
  }),
  stop: z.null(),
  answer: z
    .array(
      z.strictObject({
        ...{ presence: z.enum(PRESENCES), probabilities, joint: probabilities },
        ...{ image: probabilities, text: probabilities },
      }),
    )
    .readonly(),
  export: z.instanceof(Uint8Array<ArrayBuffer>),
} as const;

/** What each request comes to. */
export type Results = { readonly [Do in keyof typeof RESULTS]: z.infer<(typeof RESULTS)[Do]> };

/** Schema of {@link Reply}. */
export const replySchema = z.union([
  z.strictObject({ id, told: eventSchema }),
  z.strictObject({ id, result: z.unknown() }),
  z.strictObject({
    ...{
      id,
      error: z.strictObject({ name: z.string(), message: z.string() }).extend({
        hint: z.string().exactOptional(),
      }),
    },
  }),
]);

/** What the worker says: events of a training, then what a request came to, by the request's number. */
export type Reply = z.infer<typeof replySchema>;
