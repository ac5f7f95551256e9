/** @module The jobs of one piece of work: what failed of them is begun again. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { cancelGroup, groupProgress, retryGroup } from "../../src/usecases/distributed/groups.js";
import { DONE, job, open, ownAddress, take, until } from "../queue/scene.js";
import { hasRedis, TestRedis } from "../support/redis.js";

describe.skipIf(!hasRedis("test/distributed/groups"))("a group of jobs", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.close());

  test("tells what failed, and begins it again together with what was cancelled", async () => {
    const queue = await open(ownAddress(redis));
    await queue.add([job("good"), job("bad"), job("held", { after: ["never"] })]);
    const refusing = take(queue, ({ id }) =>
      Promise.resolve(id === "bad" ? { kind: "failed", message: "no", isFinal: true } : DONE),
    );
    await until(queue, "bad", "failed");
    await until(queue, "good", "done");
    await refusing.close();
    expect(await cancelGroup(queue, "g")).toBe(1);
    expect(await groupProgress(queue, "g")).toMatchObject({
      ...{ done: 1, total: 3 },
      failed: { id: "bad", error: "no" },
    });
    await retryGroup(queue, "g");
    expect((await queue.find("held"))!.state).toBe("waiting");
    take(queue, () => Promise.resolve(DONE));
    await until(queue, "bad", "done");
    expect(await groupProgress(queue, "g")).toMatchObject({ done: 2, failed: null });
  });
});
