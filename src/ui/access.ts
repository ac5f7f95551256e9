/** @module Who may look: requests for this machine, and those with the token where one is asked for. */

import { randomBytes, timingSafeEqual } from "node:crypto";

import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";

import { isLoopback } from "../http/loopback.js";
import { Problem } from "../http/problem.js";
import type { TokenCheck } from "../http/token.js";
import { escapeHtml } from "../report/page.js";
import { ownUrl } from "./address.js";
import { plainDocument } from "./document.js";
import { notice } from "./words.js";

/** Bytes of the form with the token. */
const FORM_BYTES = 4096;

/**
 * Refuses requests that name another host than this machine: a page of somebody else's could have its own name lead here, and
 * would read what we answer.
 */
export const ownHostOnly: MiddlewareHandler = async (c, next) => {
  const { hostname } = new URL(c.req.url);
  if (!isLoopback(hostname)) {
    throw new Problem(421, "This server answers at localhost and 127.0.0.1 only.");
  }
  await next();
};

/** Whether a browser asks, for a page. */
export const wantsPage = (c: Context): boolean =>
  c.req.header("accept")?.includes("text/html") === true;

/** The page that asks for the token. */
const tokenPage = (to: string, message: string): string =>
  plainDocument(
    "Runs",
    `${message}<form id="choose" action="/token" method="post"><input type="hidden" name="to" value="${escapeHtml(to)}">
<label for="token">Token</label><input id="token" name="token" type="password" autocomplete="off" required autofocus><button>Open</button></form>`,
  );

/** An address of ours; that of the list where it is another's. */
function ownAddress(to: unknown): string {
  const url = typeof to === "string" ? ownUrl(to) : null;
  return url ? `${url.pathname}${url.search}` : "/";
}

/** Lets those in who have the token: as a header, or in a cookie that its form has set. */
export class Access {
  // Others on the same host have cookies, too: names and values are of this process alone.
  readonly #cookie = `balgrad-${randomBytes(4).toString("hex")}`;
  readonly #session = randomBytes(24).toString("base64url");

  constructor(readonly mayAsk: TokenCheck) {}

  #knows(c: Context): boolean {
    const given = Buffer.from(getCookie(c, this.#cookie) ?? "");
    const session = Buffer.from(this.#session);
    return given.length === session.length && timingSafeEqual(given, session);
  }

  /** Refuses those without; a browser is shown a form. */
  readonly guard: MiddlewareHandler = async (c, next) => {
    if (this.mayAsk(c.req.header("authorization")) || this.#knows(c)) {
      await next();
      return;
    }
    if (wantsPage(c)) {
      const { pathname, search } = new URL(c.req.url);
      return c.html(tokenPage(`${pathname}${search}`, ""), 401);
    }
    throw new Problem(401, "Send the token as: Authorization: Bearer <token>.", {
      headers: { "www-authenticate": "Bearer" },
    });
  };

  /** Reads the form of the token. */
  readonly handlers: readonly [MiddlewareHandler, MiddlewareHandler] = [
    bodyLimit({
      maxSize: FORM_BYTES,
      onError: () => {
        throw new Problem(413, "The form is too large.");
      },
    }),
    async (c) => {
      const { token, to } = await c.req.parseBody().catch(() => {
        throw new Problem(400, "This is no form.");
      });
      if (typeof token !== "string" || !this.mayAsk(`Bearer ${token}`)) {
        return c.html(tokenPage(ownAddress(to), notice("This is not the token.")), 401);
      }
      setCookie(c, this.#cookie, this.#session, { httpOnly: true, sameSite: "Strict", path: "/" });
      return c.redirect(ownAddress(to), 303);
    },
  ];
}
