/** @module The report of a real run, opened in headless Chromium. */

import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { barriersInBoth } from "./support/axe.js";
import { hasChromium, startChromium, watchPage } from "./support/chromium.js";
import { balgrad, temporaryFolder } from "./support/cli.js";
import { QUICK, writeSquares } from "./support/table.js";

describe.skipIf(!hasChromium("The report's tests"))("the report in a browser", () => {
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    const folder = temporaryFolder();
    const table = await writeSquares(folder);
    const run = join(folder, "run");
    const done = await balgrad(["train", table, "--out", run, ...QUICK, "--method", "balgrad"]);
    expect(done.code, done.stderr).toBe(0);
    browser = await startChromium();
    page = await browser.newPage();
    complaints = watchPage(page, "file:");
    await page.goto(pathToFileURL(join(run, "report.html")).href);
  });

  afterAll(async () => {
    await browser.close();
  });

  test("opens without complaint and asks for nothing outside itself", () => {
    expect(complaints).toEqual([]);
  });

  test("shows the table in the paper's layout, both rows of prediction", async () => {
    const head = await page.locator("table").first().locator("thead th").allInnerTexts();
    expect(head.join(" ").toLowerCase()).toMatch(/method.*full.*image missing.*text missing/s);
    const rows = await page.locator("table").first().locator("tbody th").allInnerTexts();
    expect(rows).toEqual(["balgrad", "balgrad, modality-aware"]);
    const cells = await page.locator("table").first().locator("tbody td").allInnerTexts();
    expect(cells.length % 2).toBe(0);
    for (const cell of cells) expect(cell).toMatch(/^-?\d+\.\d/);
  });

  test("draws every figure with marks that can be seen", async () => {
    const figures = page.locator("figure");
    expect(await figures.count()).toBeGreaterThanOrEqual(4);
    for (const figure of await figures.all()) {
      const box = (await figure.locator("svg").first().boundingBox())!;
      expect(Math.min(box.width, box.height)).toBeGreaterThan(100);
      const marks = figure.locator("svg :is(path, rect, circle, line)");
      expect(await marks.count()).toBeGreaterThan(3);
      expect(await figure.locator("svg").first().innerHTML()).not.toMatch(/NaN|undefined/);
    }
  });

  test.each([1280, 390])("fits a window %i pixels wide", async (width) => {
    await page.setViewportSize({ width, height: 900 });
    const { scroll, client } = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      client: document.documentElement.clientWidth,
    }));
    expect(scroll).toBeLessThanOrEqual(client);
  });

  test("has nothing serious against it for people with screen readers", async () => {
    expect(await barriersInBoth(page)).toEqual([]);
  });

  test("the page about the data shows figures, examples and issues", async () => {
    const folder = temporaryFolder();
    const table = await writeSquares(folder);
    const path = join(folder, "data.html");
    const done = await balgrad(["data", "check", table, "--html", path]);
    expect(done.code, done.stderr).toBe(0);
    await page.goto(pathToFileURL(path).href);
    const text = await page.locator("main").innerText();
    expect(text).toContain("fit to train");
    expect(text).toMatch(/picture width: 12 to 12 pixels/);
    const pictures = page.locator(".example img");
    expect(await pictures.count()).toBe(6);
    const width = await pictures
      .first()
      .evaluate((image) => (image as HTMLImageElement).naturalWidth);
    expect(width).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });
});
