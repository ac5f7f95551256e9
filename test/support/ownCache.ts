/** @module A cache that no other test file shares. */

import { afterAll, beforeAll } from "vitest";

import { temporaryFolder } from "./cli.js";

/** Gives the tests of a file an empty cache of their own; the one before comes back after them. */
export function useOwnCache(): void {
  const shared = process.env["BALGRAD_CACHE"];
  beforeAll(() => {
    process.env["BALGRAD_CACHE"] = temporaryFolder();
  });
  afterAll(() => {
    process.env["BALGRAD_CACHE"] = shared;
  });
}
