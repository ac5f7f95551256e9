/** @module What README and docs show is true: programs run, commands and settings exist, links lead somewhere. */

import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import ts from "typescript";
import { describe, expect, test } from "vitest";

import { programWith } from "../../src/cli/program.js";
import { settingsUnder } from "../../src/cli/settingsPage.js";
import { readEncoderConfig } from "../../src/encode/pretrained/config.js";
import { checkConfig } from "../../src/run/config.js";
import { temporaryFolder } from "../support/cli.js";
import { writeSquares } from "../support/table.js";
import { blocks, PAGES, proseOf, ROOT, spans, textOf } from "./blocks.js";
import { leavesOf, refusalOf } from "./commands.js";
import { commandsOf } from "./shell.js";

/** Languages of blocks. Equations and layouts are `text`; `python` shows the use without this package, `ini` how it is run. */
const LANGUAGES = ["sh", "ts", "json", "text", "python", "ini"];

const inLanguage = (name: string) => blocks.filter(({ language }) => language === name);

test("every code block says what it is", () => {
  const others = blocks.filter(({ language }) => !LANGUAGES.includes(language));
  expect(others.map(({ where }) => where)).toEqual([]);
});

/** `package.json`, for its scripts. */
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** What is wrong with a command of a shell; empty where nothing is. */
async function faultOf([program, ...args]: readonly string[]): Promise<string> {
  const [first = "", second = ""] = args;
  switch (program) {
    case "balgrad":
      return refusalOf(args);
    case "npm":
      if (["ci", "install", "link", "rebuild"].includes(first)) return "";
      return Object.hasOwn(scripts, first === "run" ? second : first) ? "" : "no such script";
    case "npx":
      return first === "vitest" && existsSync(join(ROOT, args.at(-1)!)) ? "" : "no such test";
    case "curl":
    case "docker":
    case "kubectl":
    case "mount":
    case "redis-server":
      return "";
    case "sh":
      return existsSync(join(ROOT, first)) ? "" : "no such file";
    default:
      return "an unknown program";
  }
}

async function faultsOf(code: string, where: string): Promise<string[]> {
  const found: string[] = [];
  for (const words of commandsOf(code)) {
    const fault = await faultOf(words);
    if (fault !== "") found.push(`${where}: ${words.join(" ")}: ${fault}`);
  }
  return found;
}

describe("commands exist, with every flag, choice and setting that is shown", () => {
  test.each(inLanguage("sh"))("$where", async ({ code, where }) => {
    expect(commandsOf(code).length).toBeGreaterThan(0);
    expect(await faultsOf(code, where)).toEqual([]);
  });

  test("in running text", async () => {
    const commands = spans.filter(({ code }) => /^(balgrad|npm|npx|sh) [a-z]/.test(code));
    expect(commands.length).toBeGreaterThan(20);
    const names = (await programWith()).commands.map((command) => `balgrad ${command.name()}`);
    const faults: string[] = [];
    for (const { code, where } of commands) {
      if (!names.includes(code)) faults.push(...(await faultsOf(code, where)));
    }
    expect(faults).toEqual([]);
  });

  test("in the examples of --help", async () => {
    const faults: string[] = [];
    for (const command of [await programWith(), ...leavesOf(await programWith())]) {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      for (const [, line] of help.matchAll(/^ *\$ (.*)$/gm)) {
        faults.push(...(await faultsOf(line!.split(/ {2,}/)[0]!, command.name())));
      }
    }
    expect(faults).toEqual([]);
  });

  test("what does not exist is found", async () => {
    expect(await refusalOf(["trian", "a.csv"])).toContain("unknown command 'trian'");
    expect(await refusalOf(["train", "--epoch", "3"])).toContain("unknown option '--epoch'");
    expect(await refusalOf(["train", "--fusion", "sum"])).toContain("--fusion sum");
    expect(await refusalOf(["train", "--set", "train.epoch=3"])).toContain("train.epoch");
    expect(await refusalOf(["compare", "--methods", "balgrad:lambda=x"])).toContain("lambda");
    expect(await refusalOf(["predict", "a", "--mode", "head"])).toContain("Allowed choices");
    expect(await refusalOf(["export"])).toContain("missing required argument");
  });
});

test("flags and settings in running text exist", async () => {
  const commands = leavesOf(await programWith());
  const flags = commands.flatMap(({ options }) => options.map(({ long }) => long!));
  // The changelog also names what is gone.
  const present = spans.filter(({ where }) => where !== "CHANGELOG.md");
  // npm's own, and what every command has.
  const known = new Set([...flags, "--help", "--version", "--ignore-scripts"]);
  const unknownFlags = present.flatMap(({ code, where }) => {
    const [flag] = /^--[\w-]+/.exec(code) ?? [];
    return flag === undefined || known.has(flag) ? [] : [`${where}: ${code}`];
  });
  expect(unknownFlags).toEqual([]);
  const unknownSettings = present.flatMap(({ code, where }) => {
    const [path] =
      /^(?:--set )?((data|model|train|evaluation|method)\.[\w.]+)/.exec(code)?.slice(1) ?? [];
    const isFile = /\.(ts|json|jsonl|csv|onnx|safetensors|vendors)$/.test(code);
    return path === undefined || isFile || settingsUnder(path).length > 0
      ? []
      : [`${where}: ${code}`];
  });
  expect(unknownSettings).toEqual([]);
});

test.each(inLanguage("json"))("settings of $where are right", async ({ code }) => {
  const { $schema, ...settings } = JSON.parse(code) as Record<string, unknown>;
  expect($schema ?? "").toBeTypeOf("string");
  if ("balgrad" in settings) {
    const file = join(temporaryFolder(), "config.json");
    writeFileSync(file, code);
    expect(await readEncoderConfig(file)).toMatchObject(settings);
  } else expect(checkConfig(settings, "settings.json")).toMatchObject(settings);
});

const programs = inLanguage("ts");

test("programs type-check", () => {
  const file = join(ROOT, "tsconfig.json");
  const { config } = ts.readConfigFile(file, ts.sys.readFile.bind(ts.sys)) as { config: unknown };
  // With the types that the build wrote, as a project has them: the sources take twice as long.
  const options: ts.CompilerOptions = {
    ...ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options,
    ...{ paths: {}, noUnusedLocals: false },
  };
  const codes = new Map(programs.map(({ code }, at) => [join(ROOT, `block${at}.ts`), code]));
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.readFile = (name) => codes.get(name) ?? read(name);
  host.fileExists = (name) => codes.has(name) || exists(name);
  const program = ts.createProgram([...codes.keys()], options, host);
  const faults = [...codes.keys()].flatMap((name) => {
    const file = program.getSourceFile(name)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  });
  expect(
    faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
  ).toEqual([]);
});

test("the programs of the README run, one after the other", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/balgrad"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const table = readFileSync(await writeSquares(folder, 8), "utf8");
  writeFileSync(join(folder, "photos.csv"), table.replace("label", "kind"));
  writeFileSync(join(folder, "cat.png"), readFileSync(join(folder, "pictures/red-0.png")));
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const said = programs
    .filter(({ where }) => where.startsWith("README.md"))
    .map(({ code }, at) => {
      const file = join(folder, `${at}.js`);
      writeFileSync(file, ts.transpileModule(code, { compilerOptions }).outputText);
      return execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
    });
  expect(said[0]).toMatch(/full: \d/);
  expect(said[1]).toMatch(/^(red|green|blue) 0\.\d+ \[/);
});

test("the map of the architecture names every folder, and files that exist", () => {
  const page = textOf("docs/architecture.md");
  const rows = [...page.matchAll(/^\| (`[^|]*) \|[^|]*\| (`[^|]*) \|$/gm)].map(
    ([, names, files]) => ({
      names: [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
      files: [...files!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
    }),
  );
  const isIn = (file: string, names: readonly string[]): boolean =>
    [...names, ...names.map((name) => `${name.split("/")[0]!}/`), ""].some((name) =>
      existsSync(join(ROOT, "src", name, file)),
    );
  const gone = rows.flatMap(({ names, files }) => [
    ...names.filter((name) => !existsSync(join(ROOT, "src", name))),
    ...files.filter((file) => !isIn(file, names)),
  ]);
  expect(gone).toEqual([]);
  const mapped = rows.flatMap(({ names }) => names.map((name) => name.split("/")[0]!));
  const folders = readdirSync(join(ROOT, "src")).filter((name) => !/^index|\.test\.ts$/.test(name));
  expect(folders.filter((name) => !mapped.includes(name))).toEqual([]);
});

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));

test("links lead to files and headings that exist", () => {
  const dead = PAGES.flatMap((page) =>
    [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link!)
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? page : join(dirname(page), path);
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && !anchorsOf(target).includes(anchor);
      })
      .map((link) => `${page}: ${link}`),
  );
  expect(dead).toEqual([]);
});
