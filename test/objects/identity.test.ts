import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { FolderObjects } from "../../src/objects/folder.js";
import { storeId } from "../../src/objects/identity.js";
import { temporaryFolder } from "../support/cli.js";

describe("the id of a store", () => {
  test("stays, is the same by all addresses, and is another one's in an empty folder", async () => {
    const folder = temporaryFolder();
    const id = await storeId(new FolderObjects(folder));
    expect(await storeId(new FolderObjects(`${folder}/.`))).toBe(id);
    expect(await storeId(new FolderObjects(temporaryFolder()))).not.toBe(id);
  });

  test("is one for all who first use a store at once", async () => {
    const folder = temporaryFolder();
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => storeId(new FolderObjects(folder))),
    );
    expect(new Set(ids).size).toBe(1);
  });

  test("that is damaged is an error, not a new store", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "store.json"), "{");
    await expect(storeId(new FolderObjects(folder))).rejects.toThrow(/store\.json.*damaged/);
  });
});
