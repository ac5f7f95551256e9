/** @module Devices: what is refused, what `auto` takes, and that training on a GPU gives what the CPU gives. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it, type TestContext } from "vitest";

import { checkConfig } from "../src/run/config.js";
import type { RunData } from "../src/run/data.js";
import { RunMemory } from "../src/run/memory.js";
import { Run } from "../src/run/run.js";
import { findDevice } from "../src/runtime/device.js";
import { completeRun } from "../src/usecases/complete.js";
import { resume } from "../src/usecases/resume.js";
import { balgrad, runProcess, temporaryFolder } from "./support/cli.js";
import { NO_GPU, softwareGpu } from "./support/vulkan.js";

const PROGRAM = fileURLToPath(new URL("support/onDevice.js", import.meta.url));
const DEVICE = new URL("../dist/runtime/device.js", import.meta.url).href;

type State = readonly (readonly [name: string, values: readonly number[]])[];

interface Steps {
  readonly metrics: readonly Readonly<Record<string, number>>[];
  readonly state: State;
}

interface Training {
  readonly seen: readonly State[];
  readonly stopped: { readonly step: number; readonly state: State };
}

type OnBoth<T> = Readonly<Record<"cpu" | "webgpu", T>>;

interface Report {
  readonly missing?: string;
  readonly auto: { readonly device: string; readonly why: string };
  readonly joint: OnBoth<Steps>;
  readonly balgrad: OnBoth<Steps>;
  readonly relearning: OnBoth<Steps>;
  readonly continuity: {
    readonly isFinite: boolean;
    readonly before: State;
    readonly after: State;
    readonly whole: State;
    readonly continued: State;
  };
  readonly training: OnBoth<Training>;
}

/** Relative to the size of the value, above 1. */
const TOLERANCE = 1e-3;

function expectSame(found: State, expected: State): void {
  expect(found.map(([name]) => name)).toEqual(expected.map(([name]) => name));
  found.forEach(([name, values], at) => {
    const wanted = expected[at]![1];
    expect(values).toHaveLength(wanted.length);
    const worst = values.reduce(
      (most, value, place) =>
        Math.max(most, Math.abs(value - wanted[place]!) / (1 + Math.abs(wanted[place]!))),
      0,
    );
    expect(worst, name).toBeLessThan(TOLERANCE);
  });
}

const asState = (metrics: Readonly<Record<string, number>>): State =>
  Object.entries(metrics).map(([name, value]) => [name, [value]] as const);

function expectSameSteps({ cpu, webgpu }: OnBoth<Steps>): void {
  expect(webgpu.metrics).toHaveLength(cpu.metrics.length);
  webgpu.metrics.forEach((metrics, at) => {
    expectSame(asState(metrics), asState(cpu.metrics[at]!));
  });
  expectSame(webgpu.state, cpu.state);
}

describe("a device that does not work is refused", () => {
  it("by name, if there is no such device", () => {
    expect(() => checkConfig({ train: { device: "gpu" } }, "settings.json")).toThrow(
      "expected cpu, webgpu, cuda or auto",
    );
  });

  it("cuda without its libraries", async (context) => {
    const error: unknown = await findDevice("cuda").catch((thrown: unknown) => thrown);
    if (!(error instanceof Error)) context.skip("CUDA works here");
    expect(error).toMatchObject({ name: "ConfigError" });
    expect(String(error)).toContain("train.device=cuda: this device does not work here: ");
    expect(error).toHaveProperty("hint", expect.stringContaining("cuDNN"));
  });

  it.runIf(process.platform === "linux")("webgpu without an adapter; auto is the CPU", async () => {
    const program = `
      import { findDevice } from ${JSON.stringify(DEVICE)};
      const { message } = await findDevice("webgpu").catch((error) => error);
      console.log(JSON.stringify({ message, cpu: await findDevice("cpu"), auto: await findDevice("auto") }));`;
    const args = ["--input-type=module", "-e", program];
    const { code, stdout } = await runProcess(process.execPath, args, { env: NO_GPU });
    expect(code).toBe(0);
    const { message, cpu, auto } = JSON.parse(stdout) as {
      message: string;
      cpu: object;
      auto: { device: string; why: string };
    };
    expect(message).toBe(
      "train.device=webgpu: this device does not work here: Failed to get a WebGPU adapter: No supported adapters.",
    );
    expect(cpu).toEqual({ device: "cpu" });
    expect(auto.device).toBe("cpu");
    expect(auto.why).toContain("webgpu: Failed to get a WebGPU adapter");
  });

  it.runIf(process.platform === "linux")("by the command line, which leaves nothing", async () => {
    const out = join(temporaryFolder(), "run");
    const args = ["train", "synthetic", "--device", "webgpu", "--out", out];
    const { code, stderr } = await balgrad(args, { env: NO_GPU });
    expect(code).toBe(2);
    expect(stderr).toContain("error: --device webgpu: this device does not work here");
    expect(stderr).toContain("leave out --device");
    expect(existsSync(out)).toBe(false);
  });
});

describe("the device is part of a run", () => {
  it("is noted, and another one is refused when it continues", async () => {
    const store = new RunMemory();
    const run = await Run.create(store, checkConfig({}, "settings"));
    expect(run.config.train.device).toBe("cpu");
    await expect(resume({ store, device: "webgpu" })).rejects.toThrow(
      "the run was started on cpu; on webgpu its results would differ",
    );
  });

  it("has to work where the run continues", async (context) => {
    const created = await Run.create(new RunMemory(), checkConfig({}, "settings"));
    const { config, store } = created;
    const begun = { ...config, train: { ...config.train, device: "cuda" as const } };
    const works = await findDevice("cuda").then(
      () => true,
      () => false,
    );
    if (works) context.skip("CUDA works here");
    const run = created.with(begun);
    const place = { at: 0, of: 1, base: store.name };
    await expect(completeRun(run, {} as RunData, place)).rejects.toThrow(
      "the run was begun on cuda, which does not work here: ",
    );
  });
});

let reported: Promise<Report> | null = null;

async function runProgram(env: Record<string, string>): Promise<Report> {
  const { code, stdout, stderr } = await runProcess(process.execPath, [PROGRAM], { env });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Report;
}

/** What the program found; skips the test where no adapter can be had. */
async function reportFor(context: TestContext): Promise<Report> {
  const env = softwareGpu();
  if (!env) context.skip("no software driver for GPUs: install chromium or mesa-vulkan-drivers");
  reported ??= runProgram(env);
  const report = await reported;
  if (report.missing !== undefined) context.skip(`no adapter: ${report.missing}`);
  return report;
}

describe("training on WebGPU, with a software driver", { timeout: 180_000 }, () => {
  it("gives what the CPU gives: joint training, with clipping and dropout", async (context) => {
    const { joint } = await reportFor(context);
    expect(joint.cpu.metrics[0]!["norm.update"]).toBeGreaterThan(0.3);
    expectSameSteps(joint);
  });

  it("gives what the CPU gives: BalGrad with batches in parts", async (context) => {
    const { balgrad: found } = await reportFor(context);
    expect(found.cpu.state.some(([name]) => name.endsWith(".sum"))).toBe(true);
    expectSameSteps(found);
  });

  it("gives what the CPU gives: a method with a memory, which draws parameters back", async (context) => {
    const { relearning } = await reportFor(context);
    expect(relearning.cpu.metrics.map((metrics) => metrics["back.image"])).toEqual([0.5, 0, 0]);
    expect(new Map(relearning.webgpu.state).get("method.round")).toEqual([1]);
    expectSameSteps(relearning);
  });

  it("changes nothing in a step that diverges, and continues bit for bit", async (context) => {
    const { continuity } = await reportFor(context);
    expect(continuity.isFinite).toBe(false);
    expect(continuity.after).toEqual(continuity.before);
    expect(continuity.whole).not.toEqual(continuity.before);
    expect(continuity.continued).toEqual(continuity.whole);
  });

  it("shows validation and a stop the state that it has", async (context) => {
    const { cpu, webgpu } = (await reportFor(context)).training;
    expect(webgpu.seen).toHaveLength(1);
    expectSame(webgpu.seen[0]!, cpu.seen[0]!);
    expect(webgpu.stopped.step).toBe(3);
    expect(webgpu.stopped.state).toEqual(webgpu.seen[0]);
  });

  it("is nothing that auto takes", async (context) => {
    const { auto } = await reportFor(context);
    expect(auto.device).toBe("cpu");
    expect(auto.why).toMatch(/webgpu: a trial took /);
  });
});
