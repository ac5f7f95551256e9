/** @module The page in `web/`, built and served as GitHub Pages would: under a path, without headers. */

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import * as ort from "onnxruntime-node";
import type { Browser, Locator, Page } from "playwright-core";
import sharp from "sharp";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { tokenize } from "../../src/prepare/text.js";
import { barriers } from "../support/axe.js";
import {
  hasChromium,
  serveFolder,
  startChromium,
  type StaticServer,
  watchPage,
} from "../support/chromium.js";
import { temporaryFolder } from "../support/cli.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SCREENSHOTS = process.env["SCREENSHOTS"] ?? join(ROOT, "runs/screenshots");
/** A class that would be an element if the page took it for HTML. */
const HOSTILE = `<img src=x onerror="document.title='owned'">`;
const TITLE = "BalGrad: watch two modalities learn";
const SIDE = 32;

const picture = async (red: number, blue: number): Promise<Buffer> =>
  sharp({
    create: { width: SIDE, height: SIDE, channels: 3, background: { r: red, g: 40, b: blue } },
  })
    .png()
    .toBuffer();

const pictures = (reds: readonly number[], blue: number) =>
  Promise.all(
    reds.map(async (red) => ({
      ...{ name: `${red}.png`, mimeType: "image/png" },
      buffer: await picture(red, blue),
    })),
  );

/** Shares that bars show, by their names. */
const sharesOf = async (place: Locator): Promise<Record<string, string>> => {
  const rows = await place.locator(".row").all();
  const texts = await Promise.all(rows.map((row) => row.locator("span").allInnerTexts()));
  return Object.fromEntries(texts.map(([name, share]) => [name!, share!]));
};

/** Two models train at a time, perhaps beside other tests. */
const PATIENCE_MS = 150_000;
/** How long an answer may take. */
const SOON = { timeout: 30_000 };
vi.setConfig({ testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS });

describe.skipIf(!hasChromium("The page that trains"))("the page that trains", () => {
  const folder = temporaryFolder();
  let server: StaticServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  const asked: string[] = [];

  beforeAll(async () => {
    execFileSync(process.execPath, ["scripts/build-web-data.js"], { cwd: ROOT });
    await build({
      ...{ root: join(ROOT, "web"), logLevel: "silent" },
      build: { outDir: join(folder, "some/path"), emptyOutDir: true },
    });
    mkdirSync(SCREENSHOTS, { recursive: true });
    server = await serveFolder(folder, false);
    browser = await startChromium();
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.setDefaultTimeout(PATIENCE_MS);
    complaints = watchPage(page, `${server.url}some/path/`);
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${server.url}some/path/#epochs=1&device=wasm`);
    await page.locator(".emoji button").first().waitFor();
  });

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  const shoot = (name: string) =>
    page.screenshot({ path: join(SCREENSHOTS, `web-${name}.png`), fullPage: true });

  test("shows itself before it loads what trains", async () => {
    expect(await page.locator("h1").first().isVisible()).toBe(true);
    expect(asked.filter((url) => /\.wasm$|worker/.test(url))).toEqual([]);
    expect(await page.locator("#race-joint .row span:last-child").allInnerTexts()).toEqual([
      ...["–", "–", "–"],
    ]);
    expect(await page.locator("#answer-joint").innerText()).toContain("Train the models first.");
  });

  test("trains both models by keyboard, and shows their steps", async () => {
    await page.getByRole("button", { name: "Train both" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Epoch 1 of 1").waitFor();
    await page.getByText("Done. Now ask both.").waitFor();
    for (const method of ["joint", "balgrad"]) {
      const race = page.locator(`#race-${method}`);
      expect(await race.innerText()).toMatch(/Level: both|is ahead: the/);
      const shares = Object.values(await sharesOf(race));
      expect(shares).toHaveLength(3);
      // Chance is 11 %.
      expect(parseInt(shares[0]!)).toBeGreaterThan(20);
      const lines = await race
        .locator("polyline")
        .evaluateAll((all) => all.map((line) => line.getAttribute("points")!.split(" ").length));
      expect(lines).toEqual(Array(method === "joint" ? 3 : 5).fill(21));
    }
    expect(await page.locator("#race-balgrad").innerText()).toMatch(/In \d+ % of the steps so far/);
    expect(await page.locator("#place").innerText()).toContain(
      "WebAssembly is used: it was asked for. It has one thread, because the page is not isolated",
    );
  });

  test("blank pictures, words left out and other texts change the answers", async () => {
    const answer = page.locator("#answer-balgrad");
    const seen = new Set<string>();
    const changes = async () => {
      await expect
        .poll(async () => seen.has(JSON.stringify(await sharesOf(answer))), SOON)
        .toBe(false);
      seen.add(JSON.stringify(await sharesOf(answer)));
    };
    await changes();
    await page.getByRole("button", { name: "Blank" }).click();
    await changes();
    expect(await answer.innerText()).not.toContain("picture head");
    await page.getByRole("button", { name: "Blurred" }).click();
    await changes();
    await page.locator(".words button").first().click();
    await changes();
    await page.getByLabel("Your own text").fill(`a fish ${HOSTILE}`);
    await changes();
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe(TITLE);
    await page.getByLabel("Your own text").fill(" ");
    await page.getByRole("button", { name: "Blank" }).click();
    await expect.poll(() => answer.innerText(), SOON).toContain("Nothing is left to classify.");
  });

  test("draws by keyboard, and keeps all of it in the address", async () => {
    await page.getByLabel("Your own text").fill("my drawing");
    await page.getByRole("button", { name: "Draw", exact: true }).click();
    await page.getByRole("button", { name: "blue", exact: true }).click();
    await page.locator("canvas.pad").focus();
    for (const key of ["Space", "ArrowLeft", "ArrowLeft", "Space"]) await page.keyboard.press(key);
    const colour = () =>
      page.locator("canvas.pad").evaluate((canvas) => {
        const context = (canvas as HTMLCanvasElement).getContext("2d")!;
        return Array.from(context.getImageData(14, 16, 1, 1).data);
      });
    expect(await colour()).toEqual([47, 111, 181, 255]);
    const other = await browser.newPage();
    await other.goto(page.url());
    await other.locator(".emoji button").first().waitFor();
    const restored = await other.locator("canvas.pad").evaluate((canvas) => {
      const context = (canvas as HTMLCanvasElement).getContext("2d")!;
      return Array.from(context.getImageData(14, 16, 1, 1).data);
    });
    expect(restored).toEqual([47, 111, 181, 255]);
    expect(await other.getByLabel("Your own text").inputValue()).toBe("my drawing");
    expect(await other.getByLabel("Epochs").first().inputValue()).toBe("1");
    await other.close();
    await page.getByRole("button", { name: "Emoji again" }).click();
    await page.getByLabel("Your own text").fill("");
    await shoot("emoji");
    expect(await barriers(page)).toEqual([]);
  });

  test("trains on own samples, and the downloaded file answers the same in Node", async () => {
    await page.getByRole("tab", { name: "Your own samples" }).click();
    const panel = page.locator("#panel-own");
    await panel.getByLabel("Epochs").fill("6");
    expect(await page.locator("#own-status").innerText()).toContain("at least two classes");
    const reds = [180, 190, 200, 210, 220];
    for (const [name, caption, files] of [
      ["apple", "a ripe red fruit", await pictures(reds, 20)],
      [HOSTILE, "deep blue water", await pictures([10, 15, 20, 25, 30], 200)],
    ] as const) {
      await page.locator("#class").fill(name);
      await page.locator("#caption").fill(caption);
      await page.locator("#pictures").setInputFiles(files);
      await expect
        .poll(() => page.locator("#counts").innerText(), SOON)
        .toContain(name === "apple" ? "apple 5" : `${HOSTILE} 5`);
    }
    await page.locator("#pictures").setInputFiles({
      ...{ name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no picture") },
    });
    await page.getByText("This browser cannot read broken.png; left out.").waitFor();
    await panel.getByRole("button", { name: "Train" }).click();
    await page.getByText("Train again").waitFor();
    expect(await page.locator("#own-status").innerText()).toBe("Done.");
    await page.locator("#ask").fill("a red apple");
    const answer = page.locator("#own-answer");
    await expect.poll(() => answer.innerText(), SOON).toContain("text head");
    const alone = await sharesOf(answer);
    await page.locator("#try-picture").setInputFiles(await pictures([200], 20));
    await expect.poll(() => answer.innerText(), SOON).toContain("picture head");
    const both = await sharesOf(answer);
    await shoot("own");

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download the model" }).click(),
    ]);
    const session = await ort.InferenceSession.create(readFileSync(await download.path()));
    const { tokens } = tokenize("a red apple", { buckets: 4096, maxTokens: 192 });
    const ask = async (image: Float32Array): Promise<Record<string, string>> => {
      const { probabilities } = await session.run({
        pixel_values: new ort.Tensor("float32", image, [1, 3, SIDE, SIDE]),
        hashed_words: new ort.Tensor("int32", tokens, [1, tokens.length]),
      });
      const shares = Array.from(probabilities!.data as Float32Array, (p) => Math.round(100 * p));
      // Classes are in the order of their names.
      return { [HOSTILE]: `${shares[0]!} %`, apple: `${shares[1]!} %` };
    };
    const count = SIDE * SIDE;
    const pixels = Float32Array.from(
      { length: 3 * count },
      (_, at) => [200, 40, 20][Math.floor(at / count)]! / 127.5 - 1,
    );
    expect(await ask(new Float32Array(3 * count))).toEqual(alone);
    expect(await ask(pixels)).toEqual(both);
    await session.release();
    expect(await page.title()).toBe(TITLE);
  });

  test("tabs work by keyboard; it fits a phone, and asks nobody else", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    expect(await width()).toBeLessThanOrEqual(360);
    await page.emulateMedia({ colorScheme: "dark" });
    await shoot("own-phone-dark");
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("tab", { name: "Your own samples" }).focus();
    await page.keyboard.press("ArrowLeft");
    expect(await page.locator("#panel-emoji").isVisible()).toBe(true);
    expect(await page.evaluate(() => document.activeElement!.id)).toBe("tab-emoji");
    expect(await width()).toBeLessThanOrEqual(360);
    await shoot("emoji-phone-dark");
    expect(complaints).toEqual([]);
  });
});
