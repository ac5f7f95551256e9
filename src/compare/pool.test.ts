import { expect, onTestFinished, test } from "vitest";

import type { RunStore } from "../run/store.js";
import { type Launch, trainAll } from "./pool.js";

test("many runs at a time, each of which listens for the stop, are no leak", async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error): void => {
    warnings.push(message);
  };
  process.on("warning", note);
  onTestFinished(() => {
    process.off("warning", note);
  });
  const stop = new AbortController();
  const launch: Launch = (_, { signal }) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        resolve({ kind: "stopped" });
      });
    });
  const runs = Array.from({ length: 40 }, () => ({ store: {} as RunStore }));
  const done = trainAll(
    runs,
    { launch, jobs: 40, signal: stop.signal },
    { onDone: () => undefined, onProgress: () => undefined },
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  stop.abort();
  await done;
  expect(warnings).toEqual([]);
});
