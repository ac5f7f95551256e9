/** @module Installing the package downloads nothing beside it. */

import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { runProcess, temporaryFolder } from "./support/cli.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);

/** A project as npm leaves it before it runs install scripts: only what these two packages need. */
function unpackedProject(): { readonly own: string; readonly runtime: string } {
  const modules = join(temporaryFolder(), "node_modules");
  const own = join(modules, "balgrad");
  mkdirSync(own, { recursive: true });
  for (const name of ["package.json", "scripts/preinstall.js"]) {
    cpSync(join(root, name), join(own, name));
  }
  const source = dirname(require.resolve("onnxruntime-node/package.json"));
  const runtime = join(modules, "onnxruntime-node");
  for (const name of ["package.json", "script"]) {
    cpSync(join(source, name), join(runtime, name), { recursive: true });
  }
  mkdirSync(join(runtime, "bin/napi-v6/linux/x64"), { recursive: true });
  for (const name of ["global-agent", "adm-zip"]) {
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  return { own, runtime };
}

const isCudaPlatform = process.platform === "linux" && process.arch === "x64";

test.skipIf(!isCudaPlatform)(
  "ONNX Runtime's install script finds its GPU libraries noted and downloads none",
  async () => {
    const { own, runtime } = unpackedProject();
    const prepared = await runProcess(process.execPath, [join(own, "scripts/preinstall.js")]);
    expect(prepared).toEqual({ code: 0, stdout: "", stderr: "" });
    const installed = await runProcess(process.execPath, [join(runtime, "script/install.js")]);
    expect(installed).toEqual({ code: 0, stdout: "", stderr: "" });
    const note = join(runtime, "bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so");
    expect(readFileSync(note, "utf8")).toContain("which balgrad uses for --device cuda only");
  },
);

test("the script is part of the package", () => {
  const { files, scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly files: readonly string[];
    readonly scripts: Readonly<Record<string, string>>;
  };
  expect(scripts.preinstall).toBe("node scripts/preinstall.js");
  expect(files).toContain("scripts/preinstall.js");
});
