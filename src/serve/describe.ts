/** @module The OpenAPI document of the prediction service. */

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Env } from "hono";

const DESCRIPTION =
  "Classifies images, texts or pairs of both with a trained model. Requests are answered in batches; nothing that " +
  "clients send is stored or logged, and addresses in requests are never fetched.";

/** Adds `/openapi.json`. */
export function describeService<E extends Env>(app: OpenAPIHono<E>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "Where the service was started with a token.",
  });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "BalGrad prediction service", version: "1", description: DESCRIPTION },
  });
  app.get("/openapi.json", (c) => c.json(document));
}
