import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Of two cores the default would use one: half of the tests wait for a process of the command line.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    env: {
      // The user's own cache stays as it is.
      BALGRAD_CACHE: join(tmpdir(), `balgrad-test-cache-${process.pid}`),
      // For the tests that load ONNX Runtime themselves.
      ORT_DISABLE_TELEMETRY: "1",
    },
  },
});
