/** @module The pages of runs in headless Chromium, beside a real training. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { barriersInBoth } from "../support/axe.js";
import { hasChromium, startChromium, watchPage } from "../support/chromium.js";
import { balgrad, MAIN } from "../support/cli.js";
import { copyStopped, folderWithRun, type RunningPages, startPages } from "../support/runs.js";
import { QUICK } from "../support/table.js";

/** A name that would be an element if the page took it for HTML. */
const HOSTILE = `<img src=x onerror="document.title='owned'">`;

/** Takes a picture of a page, where pictures are wanted. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

describe.skipIf(!hasChromium("The pages of runs"))("the pages of runs", () => {
  let runs: string;
  let table: string;
  let browser: Browser;
  let pages: RunningPages;

  beforeAll(async () => {
    ({ runs, table } = await folderWithRun());
    copyStopped(join(runs, "done"), join(runs, "stopped"));
    mkdirSync(join(runs, HOSTILE));
    writeFileSync(join(runs, HOSTILE, "run.json"), `{"${HOSTILE}`);
    browser = await startChromium();
    pages = await startPages(runs);
  });

  afterAll(async () => {
    await browser.close();
    pages.signal("SIGTERM");
    await pages.ended;
  });

  /** Opens a page; at the end nothing may have been complained about. */
  async function opened(
    address: string,
    use: (page: Page) => Promise<void>,
    { width = 1280, url = pages.url } = {},
  ): Promise<void> {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    const complaints = watchPage(page, url);
    await page.goto(`${url}${address}`);
    await use(page);
    await page.close();
    expect(complaints).toEqual([]);
  }

  const rows = (page: Page) => page.locator(".runs tbody tr");

  test("filter, order and marks change the list and the address, by keyboard", async () => {
    await opened("/", async (page) => {
      expect(await rows(page).count()).toBe(3);
      await page.locator("#filter").focus();
      await page.keyboard.type("state!=damaged");
      await page.keyboard.press("Enter");
      await expect.poll(() => rows(page).count()).toBe(2);
      await page.locator("#sort-run").focus();
      await page.keyboard.press("Enter");
      await expect.poll(() => rows(page).first().innerText()).toContain("stopped");
      // What was in focus is still.
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("sort-run");
      for (const name of ["done", "stopped"]) {
        await page.getByLabel(`Draw the curves of ${name}`).focus();
        await page.keyboard.press("Space");
      }
      await page.locator("[data-part=losses] svg").first().waitFor();
      await expect
        .poll(() => page.locator(".legend li").allInnerTexts())
        .toEqual(["stopped", "done"]);
      const { search } = new URL(page.url());
      expect([...new URLSearchParams(search)]).toEqual([
        ["filter", "state!=damaged"],
        ["sort", "-run"],
        ["run", "stopped"],
        ["run", "done"],
      ]);
      const paths = page
        .locator("[data-part=validation] figure")
        .first()
        .locator('g[stroke-width="1.8"] path');
      expect(await paths.count()).toBe(2);
      await page.reload();
      await page.locator("[data-part=losses] svg").first().waitFor();
      expect(await page.locator(".runs :checked").count()).toBe(2);
      await page.goBack();
      await expect.poll(() => page.locator("#filter").inputValue()).toBe("state!=damaged");
      await picture(page, "ui-list");
    });
  });

  test("names are text, whatever is in them", async () => {
    await opened("/", async (page) => {
      expect(await rows(page).allInnerTexts()).toContainEqual(expect.stringContaining(HOSTILE));
      expect(await page.locator("img").count()).toBe(0);
      await page.getByRole("link", { name: HOSTILE }).click();
      await page.locator(".notice").waitFor();
      expect(await page.locator("h1").innerText()).toBe(HOSTILE);
      expect(await page.title()).toBe(HOSTILE);
    });
  });

  test("works without a script", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(pages.url);
    await page.locator("#filter").fill("done");
    await page.getByRole("button", { name: "Show" }).click();
    expect(await rows(page).count()).toBe(1);
    await page.getByLabel("Draw the curves of done").check();
    await page.getByRole("button", { name: "Show" }).click();
    expect(await page.locator("[data-part=losses] svg").count()).toBe(3);
    await page.getByRole("link", { name: "done" }).click();
    expect(await page.locator("#results").count()).toBe(1);
    await context.close();
  });

  test("fits a phone, and has nothing serious against it for people with screen readers", async () => {
    for (const address of ["/?run=done&run=stopped&run=gone", "/run?path=done"]) {
      await opened(
        address,
        async (page) => {
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
          expect(await barriersInBoth(page)).toEqual([]);
          await picture(page, `ui-phone-${address.replace(/\W+/g, "-")}`);
        },
        { width: 360 },
      );
    }
  });

  test("a run that is removed while it is shown", async () => {
    cpSync(join(runs, "stopped"), join(runs, "short"), { recursive: true });
    await opened("/run?path=short", async (page) => {
      await page.locator("#settings summary").click();
      await page.locator("#losses svg").waitFor();
      rmSync(join(runs, "short"), { recursive: true });
      await expect
        .poll(() => page.locator(".notice").innerText(), { timeout: 15_000 })
        .toContain("It was removed");
      await expect.poll(() => page.locator("svg").count()).toBe(0);
    });
  });

  test("train --ui: curves appear, grow and end with the results of a real training", async () => {
    const run = join(runs, "live");
    const flags = [...QUICK, "--epochs", "100000", "--time", "5s", "--out", run, "--ui-port", "0"];
    const training = spawn(process.execPath, [MAIN, "train", table, ...flags]);
    let said = "";
    training.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(training, "close");
    await expect.poll(() => said, { timeout: 30_000 }).toMatch(/^Live at \S+$/m);
    const [, url, address] = /^Live at (http:\/\/127\.0\.0\.1:\d+)(\S+)$/m.exec(said)!;
    expect(address).toBe("/run?path=live");
    const page = await browser.newPage();
    const complaints = watchPage(page, url!);
    await page.goto(`${url!}${address!}`);
    const curve = page.locator('#losses g[stroke-width="1.8"] path').first();
    await curve.waitFor({ timeout: 20_000 });
    const first = await curve.getAttribute("d");
    await expect.poll(() => curve.getAttribute("d"), { timeout: 20_000 }).not.toBe(first);
    const [code] = (await ended) as [number];
    expect(code, said).toBe(0);
    expect(said).toContain(
      `The pages have ended with the training. Open them again: balgrad runs ${runs}`,
    );
    await page.locator("#results").waitFor();
    expect(await page.locator("#connection").innerText()).toContain("The server has ended");
    // The browser notes that there is nobody at the address any more.
    expect(complaints.filter((text) => !text.includes("ERR_CONNECTION_REFUSED"))).toEqual([]);
    await page.close();
  }, 90_000);

  test("train --ui with a port in use ends before it begins", async () => {
    const { port } = new URL(pages.url);
    const { code, stderr } = await balgrad([
      "train",
      table,
      "--out",
      join(runs, "none"),
      "--ui-port",
      port,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(`127.0.0.1:${port}: the port is in use by another program.`);
    expect(stderr).toContain("--ui-port 0");
    expect(existsSync(join(runs, "none"))).toBe(false);
  });
});
