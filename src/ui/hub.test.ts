import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { expect, test } from "vitest";

import { Hub } from "./hub.js";
import { RunList } from "./list.js";

/** Counts how often the folder is looked at. */
class CountingList extends RunList {
  looks = 0;

  override look(): Promise<boolean> {
    this.looks++;
    return super.look();
  }
}

function newHub() {
  const folder = mkdtempSync(join(tmpdir(), "balgrad-hub-"));
  const list = new CountingList(folder);
  const addRun = (name: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "run.json"), "{}");
  };
  return { list, addRun, hub: new Hub(list) };
}

const FOREVER = 2 ** 30;
const never = new AbortController().signal;

test("the folder is looked at while somebody waits, and not when nobody does", async () => {
  const { list, addRun, hub } = newHub();
  await hub.look();
  expect(list.looks).toBe(1);
  const gone = new AbortController();
  const first = hub.changed(hub.version, FOREVER, never);
  const second = hub.changed(hub.version, FOREVER, gone.signal);
  addRun("a");
  await Promise.all([first, second]);
  expect(list.runs.map(({ path, state }) => [path, state.kind])).toEqual([["a", "damaged"]]);
  const { looks } = list;
  await pause(1500);
  expect(list.looks).toBe(looks);
  // One that waits and goes leaves nobody who looks.
  const third = hub.changed(hub.version, FOREVER, gone.signal);
  gone.abort();
  await third;
  await pause(1500);
  expect(list.looks).toBeLessThanOrEqual(looks + 1);
});

test("a view is made once for all who look at the same, and again after a change", async () => {
  const { addRun, hub } = newHub();
  await hub.look();
  let made = 0;
  const make = () => Promise.resolve([{ id: "part", html: String(++made) }]);
  const views = await Promise.all([hub.view("a", make), hub.view("a", make)]);
  expect(views.map(({ parts }) => parts[0]!.html)).toEqual(["1", "1"]);
  await hub.view("b", make);
  expect(made).toBe(2);
  const changed = hub.changed(hub.version, FOREVER, never);
  addRun("a");
  await changed;
  expect((await hub.view("a", make)).parts[0]!.html).toBe("3");
});

test("waiting ends when the server stops, after a last look", async () => {
  const { list, addRun, hub } = newHub();
  await hub.look();
  const waiting = hub.changed(hub.version, FOREVER, never);
  addRun("last");
  await hub.stop();
  await waiting;
  expect(list.runs.map(({ path }) => path)).toEqual(["last"]);
  expect(hub.isStopping).toBe(true);
});
