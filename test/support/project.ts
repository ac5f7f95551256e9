/** @module An empty project of a user, with packages installed in it. */

import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import ts from "typescript";

/**
 * Makes a project of ES modules; gives its folder.
 *
 * @param packages - Folders of the packages that it has, by name; they are linked.
 */
export function emptyProject(packages: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "balgrad-project-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  for (const [name, place] of Object.entries(packages)) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(place, link);
  }
  return folder;
}

/** Writes a TypeScript program as JavaScript that runs. */
export function writeProgram(path: string, source: string): void {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  writeFileSync(path, ts.transpileModule(source, { compilerOptions }).outputText);
}
