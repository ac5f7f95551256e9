/** @module The pages of runs over HTTP: what they say, how they keep up, and what they refuse. */

import { once } from "node:events";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { balgrad, temporaryFolder } from "../support/cli.js";
import {
  copyStopped,
  firstLines,
  folderWithRun,
  type RunningPages,
  startPages,
} from "../support/runs.js";

const HOSTILE = "<img src=x onerror=alert(1)>";

let runs: string;
let pages: RunningPages;

beforeAll(async () => {
  ({ runs } = await folderWithRun());
  const done = join(runs, "done");
  copyStopped(done, join(runs, "some folder", "stopped"));
  cpSync(done, join(runs, "changed"), { recursive: true });
  const metrics = join(runs, "changed", "metrics.jsonl");
  writeFileSync(metrics, readFileSync(metrics, "utf8").replace(/"loss.task":\d/, '"loss.task":9'));
  mkdirSync(join(runs, HOSTILE));
  writeFileSync(join(runs, HOSTILE, "run.json"), "{ no json");
  pages = await startPages(runs);
});

afterAll(async () => {
  pages.signal("SIGINT");
  const { code, stderr } = await pages.ended;
  expect(stderr).toBe("\nStopping.\n");
  expect(code).toBe(130);
});

const get = async (path: string, init: RequestInit = {}): Promise<[number, string]> => {
  const response = await fetch(`${pages.url}${path}`, { redirect: "manual", ...init });
  return [response.status, await response.text()];
};

/** Names of the listed runs, in order. */
const listed = (html: string): string[] =>
  [...html.matchAll(/name="run" value="([^"]*)" aria-label/g)].map(([, name]) => name!);

/** What an event says. */
interface Update {
  readonly order: readonly string[];
  readonly parts: Readonly<Record<string, string>>;
}

/** What a stream of changes says, event by event; comments are events without a name. */
async function* events(page: string, options: { since?: string; lastEventId?: string } = {}) {
  const params = new URLSearchParams({ page, since: options.since ?? "" });
  const leave = new AbortController();
  const headers = options.lastEventId ? { "last-event-id": options.lastEventId } : {};
  const response = await fetch(`${pages.url}/events?${params}`, { signal: leave.signal, headers });
  expect(response.headers.get("content-type")).toMatch("text/event-stream");
  let text = "";
  try {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const lines = text.slice(0, end).split("\n");
        text = text.slice(end + 2);
        const field = (name: string): string | undefined =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const data = field("data");
        yield {
          event: field("event"),
          id: field("id"),
          update: data ? (JSON.parse(data) as Update) : null,
        };
      }
    }
  } finally {
    leave.abort();
  }
}

test("all runs below the folder are listed; one that cannot be read says why and hides none", async () => {
  const [status, html] = await get("/");
  expect(status).toBe(200);
  expect(listed(html)).toEqual([
    "&lt;img src=x onerror=alert(1)&gt;",
    "changed",
    "done",
    "some folder/stopped",
  ]);
  expect(html).toContain("4 runs: 2 cannot be read, 1 finished, 1 stopped.");
  expect(html).toContain(
    "metrics.jsonl, line 1: the line, or one before it, was changed or is missing.",
  );
  expect(html).toContain("run.json: not valid JSON");
  expect(html).toContain("stopped after 2 of 3 epochs");
  expect(html).not.toContain("<img");
});

test("the same as a list, with the scores of its results", async () => {
  const [{ stdout }, table] = await Promise.all([
    balgrad(["runs", runs, "--json", "--filter", "state=finished"]),
    balgrad(["runs", runs, "--list", "--sort", "-run"]),
  ]);
  const { runs: found } = JSON.parse(stdout) as { runs: Record<string, unknown>[] };
  const { result } = JSON.parse(readFileSync(join(runs, "done", "results.json"), "utf8")) as {
    result: { aware: { scores: Record<string, number> } };
  };
  const { scores } = result.aware;
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    path: "done",
    method: "robust",
    seed: 1,
    state: { kind: "finished" },
    score: "accuracy",
    test: {
      full: scores["full"],
      imageMissing: scores["image-missing"],
      textMissing: scores["text-missing"],
    },
    error: null,
  });
  expect(table.stdout.indexOf("some folder/stopped")).toBeLessThan(table.stdout.indexOf("done"));
  expect(table.stderr).toContain("changed: ");
  expect(table.code).toBe(0);
});

test("filter, order and chosen runs are in the address", async () => {
  const [, filtered] = await get(
    `/?${new URLSearchParams({ filter: "state!=damaged", sort: "-run" })}`,
  );
  expect(listed(filtered)).toEqual(["some folder/stopped", "done"]);
  expect(filtered).toContain('aria-sort="descending"');
  const [, wrong] = await get(`/?${new URLSearchParams({ filter: "train.epoch=3" })}`);
  expect(wrong).toContain("Did you mean &quot;train.epochs&quot;?");
  expect(listed(wrong)).toHaveLength(4);
  const [, overlay] = await get("/?run=done&run=some+folder%2Fstopped&run=gone&run=changed");
  expect(overlay).toContain('aria-label="Validation, both: done, some folder/stopped"');
  expect(overlay).toContain("gone: there is no such run in the folder, or not any more.");
  expect(overlay).toContain("changed/metrics.jsonl, line 1: ");
});

test("the page of a run has its curves, and its results where it is finished", async () => {
  const [, finished] = await get("/run?path=done");
  expect(finished).toMatch(/<h2>Results<\/h2>[\s\S]*<h2>Learning curves per modality<\/h2>/);
  const [, stopped] = await get("/run?path=some+folder%2Fstopped");
  expect(stopped).toContain("stopped after 2 of 3 epochs");
  expect(stopped).toContain("<h2>Learning curves per modality</h2>");
  expect(stopped).not.toContain("<h2>Results</h2>");
  const [status, gone] = await get("/run?path=never");
  expect(status).toBe(200);
  expect(gone).toContain("never: there is no such run in");
});

test("changes are told: a run that goes on, ends, and is removed", async () => {
  const run = join(runs, "going");
  const [source, metrics] = [join(runs, "done"), join(run, "metrics.jsonl")];
  copyStopped(source, run);
  const whole = readFileSync(join(source, "metrics.jsonl"), "utf8");
  writeFileSync(metrics, firstLines(join(source, "metrics.jsonl"), 1));
  const changes = events("/run?path=going");
  /** The next change that says so; what was there a moment ago may be told first. */
  const until = async (said: (update: Update) => boolean): Promise<Update> => {
    for (;;) {
      const { update } = (await changes.next()).value!;
      if (update && said(update)) return update;
    }
  };
  const about = (text: string) => (update: Update) =>
    update.parts["about"]?.includes(text) === true;
  const first = await until(about("stopped after 1 of 3 epochs"));
  // As a training does: the lines that are there stay, and others follow.
  writeFileSync(metrics, whole.slice(readFileSync(metrics).length), { flag: "a" });
  const second = await until(({ parts }) => Object.hasOwn(parts, "validation"));
  expect(Object.keys(second.parts)).not.toContain("settings");
  expect(second.order).toEqual(first.order);
  copyFileSync(join(source, "results.json"), join(run, "results.json"));
  const third = await until(about("finished"));
  expect(third.order).toContain("results");
  rmSync(run, { recursive: true });
  const last = await until(about("It was removed, or has not begun"));
  expect(last.order).toEqual(["about"]);
  await changes.return(undefined);
});

test("a connection continues where the page stands, or says all", async () => {
  const [, html] = await get("/?run=done");
  const [, version] = /data-version="([^"]+)"/.exec(html)!;
  const firstOf = async (options: { since?: string; lastEventId?: string }) => {
    const changes = events("/?run=done", options);
    const { value } = await changes.next();
    await changes.return(undefined);
    return value!;
  };
  expect((await firstOf({ since: version! })).update).toBeNull();
  expect((await firstOf({ since: "another", lastEventId: version! })).update).toBeNull();
  const all = await firstOf({ since: version!, lastEventId: "another" });
  expect(Object.keys(all.update!.parts)).toEqual(all.update!.order);
  expect(all.id).toBe(version);
});

test("a hundred pages are told the same, and those that read nothing disturb nobody", async () => {
  const silent = Array.from({ length: 20 }, () =>
    request(`${pages.url}/events?page=/?run=done`, (response) => response.pause()).end(),
  );
  const streams = Array.from({ length: 100 }, () => events("/?run=done"));
  const firsts = await Promise.all(streams.map((stream) => stream.next()));
  expect(new Set(firsts.map(({ value }) => value!.id)).size).toBe(1);
  const run = join(runs, "hundred");
  copyStopped(join(runs, "done"), run);
  const seconds = await Promise.all(streams.map((stream) => stream.next()));
  for (const { value } of seconds) {
    expect(Object.keys(value!.update!.parts)).toEqual(["about", "runs"]);
  }
  for (const stream of streams) await stream.return(undefined);
  for (const one of silent) one.on("error", () => undefined).destroy();
  rmSync(run, { recursive: true });
  expect((await get("/"))[0]).toBe(200);
});

/** Sends a request with a host of its own. */
const fromHost = (host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    request(pages.url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on("error", reject)
      .end();
  });

test("what is no page is refused, and nothing beside the runs can be read", async () => {
  expect(await fromHost("evil.example")).toBe(421);
  expect(await fromHost("127.0.0.1.evil.example")).toBe(421);
  expect(await fromHost("localhost:1")).toBe(200);
  for (const path of ["../done", "/etc/passwd", "done/../done", "done\0", "."]) {
    const [, html] = await get(`/run?${new URLSearchParams({ path })}`);
    expect(html, path).toContain("there is no such run in");
  }
  expect((await get("/../../etc/passwd"))[0]).toBe(404);
  expect((await get("/ui/../run.json"))[0]).toBe(404);
  expect((await get("/run"))[0]).toBe(404);
  expect((await get("/events?page=//evil.example/"))[0]).toBe(404);
  expect((await get("/events?page=/nothing"))[0]).toBe(404);
  expect((await get("/", { method: "POST", body: "a".repeat(100_000) }))[0]).toBe(405);
  expect((await get("/token", { method: "POST", body: "token=a" }))[0]).toBe(404);
  expect((await get(`/?filter=${"a".repeat(20_000)}`))[0]).toBe(431);
  const [status, page] = await get("/nothing", { headers: { accept: "text/html" } });
  expect([status, page.includes("There is nothing at this address.")]).toEqual([404, true]);
});

test("a token is asked for: as a header, or by a form that sets a cookie", async () => {
  const guarded = await startPages(runs, ["--port", "0"], { BALGRAD_TOKEN: "secret" });
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${guarded.url}${path}`, { redirect: "manual", ...init });
  const form = (body: BodyInit): RequestInit => ({ method: "POST", body });
  try {
    expect((await ask("/")).status).toBe(401);
    expect((await ask("/events?page=/")).status).toBe(401);
    const asked = await ask("/?run=done", { headers: { accept: "text/html" } });
    expect([asked.status, await asked.text()]).toEqual([
      401,
      expect.stringContaining('value="/?run=done"'),
    ]);
    expect((await ask("/", { headers: { authorization: "Bearer secret" } })).status).toBe(200);
    expect((await ask("/token", form(new URLSearchParams({ token: "secre" })))).status).toBe(401);
    expect((await ask("/token", form("a".repeat(5000)))).status).toBe(413);
    const malformed = {
      ...form("--x\r\nno"),
      headers: { "content-type": "multipart/form-data; boundary=x" },
    };
    expect((await ask("/token", malformed)).status).toBe(400);
    const elsewhere = await ask(
      "/token",
      form(new URLSearchParams({ token: "secret", to: "//evil.example" })),
    );
    expect([elsewhere.status, elsewhere.headers.get("location")]).toEqual([303, "/"]);
    const let_in = await ask(
      "/token",
      form(new URLSearchParams({ token: "secret", to: "/run?path=done" })),
    );
    expect(let_in.headers.get("location")).toBe("/run?path=done");
    const cookie = let_in.headers.get("set-cookie")!;
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/);
    expect((await ask("/", { headers: { cookie: cookie.split(";")[0]! } })).status).toBe(200);
  } finally {
    guarded.signal("SIGTERM");
  }
  expect((await guarded.ended).code).toBe(143);
});

test("a folder without runs, one that is not there, and ports that are in use", async () => {
  const empty = temporaryFolder();
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const { port } = blocker.address() as { port: number };
  const [missing, list, taken, shown] = await Promise.all([
    balgrad(["runs", join(empty, "none")]),
    balgrad(["runs", empty, "--list"]),
    balgrad(["runs", empty, "--port", String(port)]),
    startPages(empty, []),
  ]);
  blocker.close();
  expect([missing.code, missing.stderr]).toEqual([
    2,
    expect.stringContaining("there is no such folder"),
  ]);
  expect([list.code, list.stdout]).toEqual([0, `No run in ${empty} is to be listed.\n`]);
  expect(taken.code).toBe(2);
  expect(taken.stderr).toContain(`127.0.0.1:${port}: the port is in use by another program.`);
  expect(taken.stderr).toContain("--port 0");
  const other = await startPages(empty, []);
  expect(Number(new URL(other.url).port)).toBeGreaterThan(Number(new URL(shown.url).port));
  expect(await (await fetch(shown.url)).text()).toContain("There is no run in this folder yet.");
  rmSync(empty, { recursive: true });
  await expect
    .poll(async () => (await fetch(shown.url)).text(), { timeout: 10_000 })
    .toContain("there is no such folder");
  for (const one of [shown, other]) {
    one.signal("SIGINT");
    expect((await one.ended).code).toBe(130);
  }
});
