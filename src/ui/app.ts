/** @module Routes of the pages about runs. */

import { Hono } from "hono";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";

import { Problem, problemOf, tryLater } from "../http/problem.js";
import type { TokenCheck } from "../http/token.js";
import { escapeHtml } from "../report/page.js";
import { Access, ownHostOnly, wantsPage } from "./access.js";
import { listQuery, ownUrl } from "./address.js";
import { documentOf, pageHeaders, plainDocument, script, styleSheet } from "./document.js";
import type { Hub } from "./hub.js";
import { listForm, listParts, type ViewContext } from "./listView.js";
import { runParts } from "./runView.js";
import { tellChanges } from "./stream.js";
import type { View } from "./view.js";
import { notice } from "./words.js";

/** What the routes work with. */
export interface UiService extends ViewContext {
  readonly hub: Hub;
  /** `null`: no token is asked for. */
  readonly mayAsk: TokenCheck | null;
  /** Whether only this machine reaches the server. */
  readonly isLocal: boolean;
  /** Told of defects. */
  readonly onFailure: (error: Error) => void;
}

/** Clients that may listen at a time. */
const MOST_CLIENTS = 256;

/** A page: its title, what is above its parts, and its parts as they are now. */
interface Page {
  readonly title: string;
  readonly head: string;
  readonly view: () => Promise<View>;
}

/** The page at an address; `null` where there is none. */
function pageAt(service: UiService, address: string): Page | null {
  const { hub, list } = service;
  const url = ownUrl(address);
  if (url?.pathname === "/") {
    const query = listQuery(url.searchParams);
    const key = JSON.stringify(query);
    return {
      title: `Runs in ${list.folder}`,
      head: listForm(query),
      view: () => hub.view(key, () => listParts(service, query)),
    };
  }
  const path = url?.searchParams.get("path");
  if (url?.pathname !== "/run" || !path) return null;
  return {
    title: path,
    head: `<nav><a href="/">All runs in ${escapeHtml(list.folder)}</a></nav>`,
    view: () => hub.view(`run ${path}`, () => runParts(service, path)),
  };
}

const nothingThere = (): Problem => new Problem(404, "There is nothing at this address.");

/** Path and query that were asked for. */
const addressOf = (c: Context): string => {
  const { pathname, search } = new URL(c.req.url);
  return `${pathname}${search}`;
};

async function answerPage(service: UiService, c: Context): Promise<Response> {
  const page = pageAt(service, addressOf(c));
  if (!page) throw nothingThere();
  await service.hub.look();
  return c.html(documentOf({ ...page, view: await page.view() }));
}

/** The stream of changes; as many as are allowed at a time. */
function changes(service: UiService): (c: Context) => Promise<Response> {
  let clients = 0;
  return async (c) => {
    const page = pageAt(service, c.req.query("page") ?? "");
    if (!page) throw nothingThere();
    if (clients >= MOST_CLIENTS) throw tryLater("Too many pages are open.", 5);
    await service.hub.look();
    const since = c.req.header("last-event-id") ?? c.req.query("since") ?? "";
    clients++;
    return streamSSE(
      c,
      async (stream) => {
        try {
          await tellChanges(stream, service.hub, { view: page.view, since });
        } finally {
          clients--;
        }
      },
      (error) => {
        service.onFailure(error);
        return Promise.resolve();
      },
    );
  };
}

function refuse(service: UiService, c: Context, error: Error): Response {
  const problem = problemOf(error);
  if (problem.status === 500) service.onFailure(error);
  if (!wantsPage(c)) return problem.response();
  const html = plainDocument("Runs", `${notice(problem.message)}<p><a href="/">All runs</a></p>`);
  const headers = { ...problem.headers, "content-type": "text/html; charset=utf-8" };
  return new Response(html, { status: problem.status, headers });
}

/** The routes. */
export function uiApp(service: UiService): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(pageHeaders())) c.header(name, value);
    c.header("x-content-type-options", "nosniff");
    if (service.hub.isStopping) c.header("connection", "close");
  });
  app.onError((error, c) => refuse(service, c, error));
  app.notFound((c) => refuse(service, c, nothingThere()));
  if (service.isLocal) app.use(ownHostOnly);
  app.get("/ui.css", (c) => c.body(styleSheet, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get("/ui.js", (c) =>
    c.body(script, 200, { "content-type": "text/javascript; charset=utf-8" }),
  );
  if (service.mayAsk) {
    const access = new Access(service.mayAsk);
    app.post("/token", ...access.handlers);
    app.use(access.guard);
  }
  app.get("/events", changes(service));
  for (const path of ["/", "/run"]) app.get(path, (c) => answerPage(service, c));
  for (const path of ["/", "/run", "/events", "/ui.css", "/ui.js"]) {
    app.all(path, () => {
      throw new Problem(405, "This address takes GET requests.", { headers: { allow: "GET" } });
    });
  }
  return app;
}
