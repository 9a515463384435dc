// What GET /health says, and that it is so.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "./redis.mjs";
import * as answer from "./service.mjs";
import { SECRET, producer, scene, startShim, until } from "./shim.mjs";

const redis = await startRedis({ after });

const untilOk = (shim) => until(async () => (await shim.health()).status === "ok");

describe("health", { concurrency: 6 }, () => {
  test("Health tells how many jobs wait, and nothing else is served.", async (t) => {
    const { shim, service, jobs } = await scene(
      t,
      redis,
      { SHIM_CONCURRENCY: "2" },
      answer.silence(),
    );
    for (let count = 0; count < 5; count++) await jobs.add("rewrite-resume", {});
    await until(() => service.requests.length === 2);

    const health = await shim.health();
    const other = await fetch(`http://127.0.0.1:${shim.port}/`);

    assert.deepEqual([health.code, health.status, health.cause], [200, "ok", null]);
    assert.deepEqual([health.jobs.waiting, health.jobs.active], [3, 2]);
    assert.equal(other.status, 404);
  });

  test("Health is 503 while Redis cannot be reached, from the start on, and 200 when it can.", async (t) => {
    const own = await startRedis(t);
    await own.kill();
    const service = await answer.startService(t, answer.receipt());
    const shim = await startShim(t, own, service);
    const away = await shim.health();

    await own.restart();
    await untilOk(shim);

    assert.deepEqual([away.code, away.status, away.cause], [503, "paused", "redis_away"]);
    assert.equal(shim.logged("redis_error")[0].reason, "ECONNREFUSED");
  });

  const refusals = {
    "without its replicas": ["min-replicas-to-write", "1"],
    "without memory": ["maxmemory", "1"],
  };
  for (const [name, [setting, value]] of Object.entries(refusals)) {
    test(`Health is 503 while Redis ${name} answers but takes no writes, and the job is done once it does.`, async (t) => {
      const own = await startRedis(t);
      const service = await answer.startService(t, answer.receipt());
      const shim = await startShim(t, own, service);
      const jobs = producer(t, own);
      await untilOk(shim);
      const job = await jobs.add("rewrite-resume", {}, { delay: 2000 });

      await jobs.connection.config("SET", setting, value);
      await sleep(3000);
      const refused = await shim.health();
      await jobs.connection.config("SET", setting, "0");

      assert.deepEqual(
        [refused.code, refused.status, refused.cause],
        [503, "paused", "redis_away"],
      );
      assert.equal(await (await jobs.ended(job)).getState(), "completed");
      await untilOk(shim);
    });
  }

  test("Looking at the shim's health leaves nothing in Redis.", async (t) => {
    const own = await startRedis(t);
    const service = await answer.startService(t, answer.receipt());
    const shim = await startShim(t, own, service);
    const { connection } = producer(t, own);

    await untilOk(shim);

    // BullMQ's own are its version and that a worker is there.
    const keys = (await connection.keys("*")).filter((key) => !/:(meta|stalled-check)$/.test(key));
    assert.deepEqual(keys, []);
  });

  for (const cause of ["unauthorized", "service_away"]) {
    test(`After ${cause}, with the job taken out by hand and the cause mended, the shim says so without another job.`, async (t) => {
      const { service, shim, jobs } = await scene(t, redis, {}, answer.page(502));
      service.acceptOnly(cause === "unauthorized" ? "another-secret" : SECRET);
      service.answerHealthWith(answer.page(502));
      const job = await jobs.add("rewrite-resume", {});
      await until(() => shim.logged("job_waits").length);
      const before = await shim.health();
      await (await jobs.look(job)).remove();

      service.acceptOnly(SECRET);
      service.answerHealthWith(answer.json(200, { status: "ok" }));
      service.answerFromNowOn(answer.receipt());

      await untilOk(shim);
      assert.deepEqual([before.status, before.cause], ["paused", cause]);
      assert.equal(shim.logged("service_back").length, 1);
      assert.equal(service.requests.length, 1);
      assert.equal((await jobs.ended(await jobs.add("rewrite-resume", {}))).attemptsMade, 1);
    });
  }
});
