/** @module Routes of the prediction service. */

import type { HttpBindings } from "@hono/node-server";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";

import type { Answer } from "../predict/answer.js";
import { BodyReader } from "./body.js";
import type { Batcher } from "./batcher.js";
import { Deadline } from "./deadline.js";
import { describeService } from "./describe.js";
import type { ServeEvent } from "./events.js";
import type { Limits } from "./limits.js";
import { type Metrics, METRICS_TYPE } from "./metrics.js";
import { page, PAGE_HEADERS } from "./page.js";
import { type PartProblem, Problem, problemOf, tryLater } from "../http/problem.js";
import { asksOfBody, asksOfForm, predictRoute } from "./schema.js";
import type { Ask, Asked } from "./worker.js";

/** What the routes work with. */
export interface Service {
  readonly batcher: Batcher;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly events: (event: ServeEvent) => void;
  /** Whether an `Authorization` header has the token; `null` where none is needed. */
  readonly mayAsk: ((header: string | undefined) => boolean) | null;
  /** Whether no request is accepted any more. */
  readonly isStopping: () => boolean;
}

/** What a request carries along. */
interface Env {
  readonly Bindings: HttpBindings;
  readonly Variables: {
    /** Over when the request's time is, or when the client left. */
    deadline: Deadline;
    inputs: number;
  };
}

const ROUTES: Readonly<Record<string, string>> = {
  "/v1/predict": "POST",
  "/healthz": "GET",
  "/readyz": "GET",
  "/metrics": "GET",
  "/openapi.json": "GET",
  "/": "GET",
};

const TYPES = /^(application\/json|multipart\/form-data) *(;|$)/i;

const isJson = (type: string): boolean => /^application/i.test(type);

const routeOf = (path: string): string => (Object.hasOwn(ROUTES, path) ? path : "other");

/** Counts and tells of every request. */
const watched =
  ({ metrics, events, isStopping }: Service): MiddlewareHandler<Env> =>
  async (c, next) => {
    const start = performance.now();
    await next();
    c.header("x-content-type-options", "nosniff");
    if (isStopping()) c.header("connection", "close");
    const milliseconds = performance.now() - start;
    const { method, path } = c.req;
    const [route, status] = [routeOf(path), c.res.status];
    metrics.requests.add({ route, method, status });
    if (route === "/v1/predict") metrics.seconds.observe(milliseconds / 1000);
    const rounded = Math.round(10 * milliseconds) / 10;
    events({
      event: "request",
      method,
      route,
      status,
      milliseconds: rounded,
      inputs: c.get("inputs"),
    });
  };

const guarded =
  ({ mayAsk }: Service): MiddlewareHandler<Env> =>
  async (c, next) => {
    if (mayAsk && !mayAsk(c.req.header("authorization"))) {
      throw new Problem(401, "Send the token as: Authorization: Bearer <token>.", {
        headers: { "www-authenticate": "Bearer" },
      });
    }
    await next();
  };

/** Limits the requests that are worked on, and the time of each. */
function admitted({ batcher, limits, isStopping }: Service): MiddlewareHandler<Env> {
  let working = 0;
  return async (c, next) => {
    if (isStopping()) throw new Problem(503, "The service is stopping.");
    if (working >= limits.maxQueue) throw tryLater("The queue is full.", batcher.retryAfter);
    const deadline = new Deadline();
    const onClose = (): void => {
      deadline.end(() => new Problem(499, "The client left."));
    };
    const timer = setTimeout(() => {
      deadline.end(
        () => new Problem(504, `There was no answer within ${limits.timeout / 1000} s.`),
      );
    }, limits.timeout);
    c.env.outgoing.once("close", onClose);
    c.set("deadline", deadline);
    working++;
    try {
      await next();
    } finally {
      working--;
      clearTimeout(timer);
      c.env.outgoing.off("close", onClose);
    }
  };
}

/** Reads the body within its limits, for whoever parses it. */
function bounded({ limits }: Service): MiddlewareHandler<Env> {
  const reader = new BodyReader(limits);
  return async (c, next) => {
    const type = c.req.header("content-type") ?? "";
    if (!TYPES.test(type)) {
      throw new Problem(
        415,
        "Send application/json or multipart/form-data, and say so by Content-Type.",
      );
    }
    const body = await reader.read(c.env.incoming, c.get("deadline"));
    // Where the validators look first; a request of its own for the body costs more than all the rest.
    const cache = c.req.bodyCache as Record<string, Promise<unknown>>;
    if (isJson(type)) cache["text"] = Promise.resolve(body.toString());
    else cache["arrayBuffer"] = Promise.resolve(new Uint8Array(body).buffer);
    try {
      await next();
    } finally {
      reader.release(body.length);
    }
  };
}

/** The answers, where every input could be used. */
function answersOf(outcomes: readonly Asked[], places: readonly string[]): Answer[] {
  const errors: PartProblem[] = [];
  const answers: Answer[] = [];
  outcomes.forEach((outcome, at) => {
    if ("answer" in outcome) answers.push(outcome.answer);
    else errors.push({ pointer: places[at]!, detail: outcome.refused });
  });
  if (errors.length === 0) return answers;
  const [first] = errors;
  const detail =
    outcomes.length === 1
      ? first!.detail
      : `${errors.length} of ${outcomes.length} inputs cannot be used.`;
  throw new Problem(422, detail, { errors });
}

const asksOf = (
  c: Context<Env>,
  valid: { json: unknown; form: unknown },
): Promise<[Ask[], string[]]> =>
  Promise.resolve(
    isJson(c.req.header("content-type")!)
      ? asksOfBody(valid.json as Parameters<typeof asksOfBody>[0])
      : asksOfForm(valid.form as Parameters<typeof asksOfForm>[0]),
  );

/** JSON pointer of a path, as a fragment. */
const pointerOf = (path: readonly PropertyKey[]): string =>
  ["#", ...path.map((key) => String(key).replaceAll("~", "~0").replaceAll("/", "~1"))].join("/");

function addPredict(app: OpenAPIHono<Env>, service: Service): void {
  const route = predictRoute(service.limits);
  app.on("POST", route.path, guarded(service), admitted(service), bounded(service));
  app.openapi(route, async (c) => {
    const [asks, places] = await asksOf(c, {
      json: c.req.valid("json"),
      form: c.req.valid("form"),
    });
    c.set("inputs", asks.length);
    const outcomes = await service.batcher.submit(asks, c.get("deadline"));
    return c.json({ answers: answersOf(outcomes, places) }, 200);
  });
}

function addAbout(app: OpenAPIHono<Env>, service: Service): void {
  const { batcher, metrics, isStopping } = service;
  app.get("/healthz", (c) => c.json({ status: "alive" }));
  app.get("/readyz", (c) => {
    if (isStopping()) throw new Problem(503, "The service is stopping.");
    if (!batcher.isReady) throw tryLater("The model is being loaded.", 1);
    return c.json({ status: "ready" });
  });
  app.get("/metrics", guarded(service), (c) =>
    c.body(metrics.text(batcher.waiting, batcher.isReady && !isStopping()), 200, {
      "content-type": METRICS_TYPE,
    }),
  );
  app.get("/", (c) => c.html(page, 200, PAGE_HEADERS));
}

/** The routes. */
export function serviceApp(service: Service): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (result.success) return;
      const errors = result.error.issues.map(({ path, message }) => ({
        pointer: pointerOf(path),
        detail: message,
      }));
      throw new Problem(422, errors[0]!.detail, { errors });
    },
  });
  app.use(watched(service));
  app.onError((error) => {
    const problem = problemOf(error);
    if (problem.status === 500 && problem !== error) {
      service.events({ event: "failed", message: error.stack ?? error.message });
    }
    return problem.response();
  });
  addPredict(app, service);
  addAbout(app, service);
  describeService(app);
  for (const [path, method] of Object.entries(ROUTES)) {
    app.all(path, () => {
      throw new Problem(405, `This address takes ${method} requests.`, {
        headers: { allow: method },
      });
    });
  }
  app.notFound(() => new Problem(404, "There is nothing at this address.").response());
  return app;
}
