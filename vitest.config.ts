import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Temporary files of the tests and of the processes that they start; it goes in the end. */
const SCRATCH = join(tmpdir(), `balgrad-tests-${process.pid}`);

const TESTS = ["src/**/*.test.ts", "test/**/*.test.ts"];

/** Tests that add to the product's own lists before it reads them: they need modules of their own. */
const ALONE = ["test/impairments/newImpairment.test.ts", "test/inputs/newKind.test.ts"];

/** Tests that take a minute or more, which would keep the gate waiting if they came last. */
const LONG = /\/test\/(synthetic|cli|distributed\/cluster)\.test\.ts$/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Of two cores the default would use one: half of the tests wait for a process of the command line.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    globalSetup: "test/support/scratch.ts",
    env: {
      TMPDIR: SCRATCH,
      // The user's own cache stays as it is.
      BALGRAD_CACHE: join(SCRATCH, "cache"),
      // For the tests that load ONNX Runtime themselves.
      ORT_DISABLE_TELEMETRY: "1",
    },
    projects: [
      // Files share the modules of their process: loading them took a fifth of the time.
      { extends: true, test: { name: "together", include: TESTS, exclude: ALONE, isolate: false } },
      { extends: true, test: { name: "alone", include: ALONE } },
    ],
  },
});
