import { expect, test } from "vitest";

import type { JobStatus } from "../../src/queue/jobQueue.js";
import { secondsLeft } from "../../src/queue/timeLeft.js";

const status = (
  kind: string,
  state: JobStatus["state"],
  more: Partial<JobStatus> = {},
): JobStatus => ({
  id: "a",
  kind,
  label: "a",
  group: "g",
  state,
  done: 0,
  attempts: 1,
  error: null,
  worker: null,
  queuedAt: 0,
  startedAt: null,
  endedAt: null,
  ...more,
});
const took = (kind: string, seconds: number): JobStatus =>
  status(kind, "done", { startedAt: 5000, endedAt: 5000 + 1000 * seconds });

test("time left follows jobs of the same kind, shared among workers", () => {
  const jobs = [took("train", 10), took("train", 30), took("encode", 2)];
  expect(secondsLeft([status("train", "waiting")], 2)).toBeNull();
  expect(secondsLeft(jobs, 2)).toBe(0);
  const waiting = Array.from({ length: 4 }, () => status("train", "waiting"));
  expect(secondsLeft([...jobs, ...waiting], 2)).toBe(40);
  expect(secondsLeft([...jobs, status("train", "running", { done: 0.75 })], 2)).toBe(5);
  expect(secondsLeft([...jobs, status("summary", "delayed")], 8)).toBe(14);
  expect(secondsLeft([...jobs, status("train", "failed"), status("train", "cancelled")], 1)).toBe(
    0,
  );
});
