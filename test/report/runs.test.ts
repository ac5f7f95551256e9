/** @module `balgrad report` on real runs, and its page in headless Chromium. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { barriersInBoth } from "../support/axe.js";
import { hasChromium, startChromium, watchPage } from "../support/chromium.js";
import { balgrad, runProcess, temporaryFolder } from "../support/cli.js";
import { writeFeatures } from "../support/features.js";
import { QUICK, writeSquares } from "../support/table.js";

/** A label and a text that would be elements if the page took them for HTML. */
const HOSTILE = `<img src=x onerror="document.title='owned'">`;

const folder = temporaryFolder();
const runs = join(folder, "runs");
const out = join(folder, "report.html");

const report = (...args: readonly string[]) => balgrad(["report", ...args]);

beforeAll(async () => {
  const table = await writeSquares(folder, 24);
  const quoted = `"${HOSTILE.replaceAll('"', '""')}"`;
  writeFileSync(table, readFileSync(table, "utf8").replaceAll(/,red$/gm, `,${quoted}`));
  for (const [name, ...more] of [
    ["joint", "--method", "joint"],
    ["balgrad", "--method", "balgrad", "--seeds", "2", "--set", "method.options.lambda=2"],
  ] as const) {
    const done = await balgrad(["train", table, ...QUICK, "--out", join(runs, name), ...more]);
    expect(done.code, done.stderr).toBe(0);
  }
}, 120_000);

test("a folder of runs becomes one page and its figures", async () => {
  const figures = join(folder, "figures");
  const done = await report(runs, "--out", out, "--figures", figures, "--json");
  expect(done.code, done.stderr).toBe(0);
  const result = JSON.parse(done.stdout) as Record<"runs" | "figures" | "unfinished", string[]>;
  expect(result.runs).toEqual(
    ["balgrad/seed-1", "balgrad/seed-2", "joint"].map((name) => join(runs, name)),
  );
  expect(result.unfinished).toEqual([]);
  const names = result.figures.map((path) => path.slice(figures.length + 1));
  expect(names).toContain("losses.svg");
  expect(names).toContain("embeddings-joint.png");
  expect(result.figures.every(existsSync)).toBe(true);
  const page = readFileSync(out, "utf8");
  expect(page.length).toBeLessThan(1e6);
  expect(page).not.toContain("<script");
  expect(page).not.toContain(HOSTILE);
  expect(page).toMatch(/balgrad \d+\.\d+\.\d+, Node \d+/);
});

test("the commands on the page make the same run again", async () => {
  const [, command] = /balgrad (train .*--method balgrad.*)$/m.exec(readFileSync(out, "utf8"))!;
  const words = command!.replaceAll("&quot;", '"').replaceAll("&#39;", "'");
  const again = join(folder, "again");
  const line = `node ${join(process.cwd(), "dist/cli/main.js")} ${words} --out ${again}`;
  const done = await runProcess("sh", ["-c", line]);
  expect(done.code, done.stderr).toBe(0);
  const resultOf = (run: string): unknown => {
    const { result } = JSON.parse(readFileSync(join(run, "results.json"), "utf8")) as {
      result: unknown;
    };
    return result;
  };
  expect(resultOf(again)).toEqual(resultOf(join(runs, "balgrad", "seed-1")));
});

test("without answers the data are not read, and are not missed", async () => {
  const page = join(folder, "plain.html");
  const moved = await report(join(runs, "joint"), "--out", page, "--no-answers");
  expect(moved.code, moved.stderr).toBe(0);
  const html = readFileSync(page, "utf8");
  expect(html).toContain("Losses per modality");
  expect(html).not.toContain('class="gallery"');
});

test("features have answers without pictures", async () => {
  const features = join(folder, "features");
  mkdirSync(features);
  const run = join(folder, "features-run");
  const trained = await balgrad([
    "train",
    ...writeFeatures(features),
    "--epochs",
    "2",
    "--out",
    run,
  ]);
  expect(trained.code, trained.stderr).toBe(0);
  const page = join(folder, "features.html");
  const done = await report(run, "--out", page, "--samples", "4");
  expect(done.code, done.stderr).toBe(0);
  const html = readFileSync(page, "utf8");
  expect(html.match(/<article/g)).toHaveLength(4);
  expect(html).not.toContain("<img");
});

describe("what is refused", () => {
  test("folders without runs, runs that are not finished, runs on other data", async () => {
    const none = await report(folder + "/pictures");
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("there is no run in")]);
    const unfinished = join(folder, "unfinished");
    mkdirSync(unfinished);
    writeFileSync(
      join(unfinished, "run.json"),
      readFileSync(join(runs, "joint", "run.json"), "utf8"),
    );
    const alone = await report(unfinished);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("is not finished")]);
    const beside = await report(runs, unfinished, "--out", out, "--samples", "20");
    expect([beside.code, beside.stderr]).toEqual([0, expect.stringContaining("left out")]);
    rmSync(unfinished, { recursive: true });
    const mixed = await report(join(runs, "joint"), join(folder, "features-run"));
    expect([mixed.code, mixed.stderr]).toEqual([2, expect.stringContaining("different data")]);
    const place = await report(runs, "--out", join(folder, "no", "report.html"));
    expect([place.code, place.stderr]).toEqual([2, expect.stringContaining("no such folder")]);
    const format = await report(runs, "--figures", folder, "--format", "gif");
    expect([format.code, format.stderr]).toEqual([2, expect.stringContaining("svg, png")]);
  });
});

describe.skipIf(!hasChromium("The report's page"))("the page in a browser", () => {
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await startChromium();
    page = await browser.newPage();
    complaints = watchPage(page, "file:");
    await page.goto(pathToFileURL(out).href);
  });

  afterAll(async () => {
    await browser.close();
  });

  const shownTitles = async (): Promise<string[]> => {
    const titles = await page.locator(".sample:visible h3").allInnerTexts();
    return titles.map((title) => title.replace(/ \S+$/, ""));
  };

  test("filters samples by class and by error, by keyboard, without a script", async () => {
    expect(await page.title()).not.toBe("owned");
    const all = await shownTitles();
    expect(new Set(all)).toEqual(new Set([HOSTILE, "blue", "green"]));
    await page.locator(".filter select").selectOption({ label: "blue" });
    const blue = await shownTitles();
    expect(blue).toEqual(all.filter((title) => title === "blue"));
    await page.locator(".filter select").selectOption({ label: "all" });
    const outcomes = page.locator(".sample tbody tr:nth-child(3) td:last-child");
    const wrong = (await outcomes.allInnerTexts()).filter((text) => text === "wrong").length;
    await page.locator("#outcome-all").focus();
    await page.keyboard.press("ArrowUp");
    expect(await page.locator("#outcome-text-missing").isChecked()).toBe(true);
    expect(await shownTitles()).toHaveLength(wrong);
    await page.locator("#outcome-all").check();
  });

  test("has nothing serious against it for people with screen readers, light and dark", async () => {
    expect(await barriersInBoth(page)).toEqual([]);
  }, 60_000);

  test("fits a phone, and prints without its controls", async () => {
    await page.setViewportSize({ width: 360, height: 700 });
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll("main *")]
        .filter((element) => !element.closest(".scroll, pre"))
        .filter((element) => element.getBoundingClientRect().right > 360)
        .map((element) => element.outerHTML.slice(0, 200)),
    );
    expect(wide).toEqual([]);
    await page.emulateMedia({ media: "print", colorScheme: "light" });
    expect(await page.locator(".filter").isVisible()).toBe(false);
    expect(await page.locator(".sample").first().isVisible()).toBe(true);
    await page.emulateMedia({ media: "screen" });
  });

  test("asks for nothing, and complains of nothing", () => {
    expect(complaints).toEqual([]);
  });
});
