/** @module The page of the prediction service in headless Chromium. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { barriersInBoth } from "../support/axe.js";
import { hasChromium, startChromium, watchPage } from "../support/chromium.js";
import { balgrad, temporaryFolder } from "../support/cli.js";
import { type RunningService, startService, stopService } from "../support/serve.js";
import { QUICK, writeSquares } from "../support/table.js";

/** A label that would be an element if the page took it for HTML. */
const HOSTILE = `<img src=x onerror="document.title='owned'">`;

describe.skipIf(!hasChromium("The service's page"))("the page of the service", () => {
  const folder = temporaryFolder();
  let service: RunningService;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    const table = await writeSquares(folder, 6);
    const rows = readFileSync(table, "utf8").replaceAll(
      /,red$/gm,
      `,${JSON.stringify(HOSTILE).replaceAll('\\"', '""')}`,
    );
    writeFileSync(table, rows);
    const run = join(folder, "run");
    const done = await balgrad(["train", table, "--out", run, ...QUICK]);
    expect(done.code, done.stderr).toBe(0);
    service = await startService(run, [], { BALGRAD_TOKEN: "abc" });
    browser = await startChromium();
    page = await browser.newPage({ viewport: { width: 360, height: 740 } });
    complaints = watchPage(page, service.url);
    await page.goto(service.url);
  });

  afterAll(async () => {
    await browser.close();
    await stopService(service);
  });

  const answers = () => page.locator("#answers section");

  test("asks for the token, and answers a text by keyboard alone", async () => {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("file");
    await page.locator("#text").focus();
    await page.keyboard.type(`a red thing ${HOSTILE}`);
    await page.locator("#token").waitFor();
    await page.locator("#token").focus();
    await page.keyboard.type("abc");
    await page.keyboard.press("Enter");
    await answers().first().waitFor();
    expect(await answers().count()).toBe(1);
    expect(await answers().first().innerText()).toMatch(
      /As given\s+Decided by the text, \d+ % sure/,
    );
  });

  test("shows labels as text, whatever is in them", async () => {
    expect(await answers().locator("li").allInnerTexts()).toContainEqual(
      expect.stringContaining(HOSTILE),
    );
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe("BalGrad: try the model");
  });

  test("a picture that is blurred or left out is answered beside the one as given", async () => {
    await page.locator("#file").setInputFiles(join(folder, "pictures/blue-0.png"));
    await page.locator("canvas#preview").waitFor();
    await page.getByLabel("blurred").check();
    await expect.poll(() => answers().count()).toBe(2);
    expect(await answers().nth(1).innerText()).toMatch(/Changed\s+Decided by/);
    await page.locator("input[name=picture][value=none]").check();
    await expect.poll(() => answers().nth(1).innerText()).toContain("Decided by the text");
    await page.locator("input[name=words][value=none]").check();
    await expect.poll(() => answers().nth(1).innerText()).toContain("Nothing is left to classify.");
    await page.locator("input[name=picture][value=blurred]").check();
    await expect.poll(() => answers().nth(1).innerText()).toContain("Decided by the image");
  });

  test("fits a phone, and asks nobody else", async () => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
    // Chromium notes every refused request; the first one has no token.
    expect(complaints.filter((line) => !line.includes("401"))).toEqual([]);
    expect(await barriersInBoth(page)).toEqual([]);
    if (process.env["SCREENSHOTS"]) {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width: colorScheme === "light" ? 1000 : 360, height: 740 });
        await page.screenshot({
          path: join(process.env["SCREENSHOTS"], `serve-${colorScheme}.png`),
          fullPage: true,
        });
      }
    }
  });
});
