// What dies, freezes or goes away, and that no job is lost, failed or asked for with another key.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "./redis.mjs";
import * as answer from "./service.mjs";
import { producer, startShim, until } from "./shim.mjs";

const SHORT_LOCK = { SHIM_LOCK_SECONDS: "4" };
const keysOf = (service) => service.requests.map(({ headers }) => headers["idempotency-key"]);

describe("a job survives", { concurrency: 6 }, () => {
  test("Two kills of the shim on one job: the third shim finishes it, with the same key and one attempt.", async (t) => {
    const redis = await startRedis(t);
    const service = await answer.startService(
      t,
      answer.silence(),
      answer.silence(),
      answer.receipt(),
    );
    const jobs = producer(t, redis);
    const job = await jobs.add("rewrite-resume", {});

    for (const kills of [1, 2]) {
      const shim = await startShim(t, redis, service, SHORT_LOCK);
      await until(() => service.requests.length === kills);
      shim.kill("SIGKILL");
    }
    await startShim(t, redis, service, SHORT_LOCK);

    const done = await jobs.ended(job);
    assert.deepEqual(done.returnvalue, { resultId: answer.RESULT_ID });
    assert.deepEqual([done.attemptsMade, done.stalledCounter], [1, 2]);
    assert.deepEqual([keysOf(service).length, new Set(keysOf(service)).size], [3, 1]);
  });

  const lateAnswers = {
    "its own result": answer.receipt("of-the-frozen-shim"),
    "a failure": answer.problem(502, "provider_error", { retryable: true }),
    "a terminal failure": answer.problem(422, "llm_refused", { retryable: false }),
    "a wait": answer.problem(409, "in_progress", { retryable: true, retryAfter: "1" }),
  };
  for (const [name, late] of Object.entries(lateAnswers)) {
    test(`A shim frozen past its lock wakes up with ${name}, and the one that took over decides.`, async (t) => {
      const redis = await startRedis(t);
      const taken = answer.after(2000, answer.receipt("of-the-second-shim"));
      const service = await answer.startService(t, answer.after(1500, late), taken);
      const jobs = producer(t, redis);
      const frozen = await startShim(t, redis, service, SHORT_LOCK);
      const job = await jobs.add("rewrite-resume", {});
      await until(() => service.requests.length === 1);
      frozen.kill("SIGSTOP");
      await startShim(t, redis, service, SHORT_LOCK);
      await until(() => service.requests.length === 2);

      frozen.kill("SIGCONT");

      const done = await jobs.ended(job);
      await sleep(1000);
      assert.deepEqual(done.returnvalue, { resultId: "of-the-second-shim" });
      assert.equal(await (await jobs.look(job)).getState(), "completed");
      assert.deepEqual([keysOf(service).length, new Set(keysOf(service)).size], [2, 1]);
      // Which one comes first depends on whether the answer or the lock's timer woke it up.
      const lost = ["job_locks_lost", "job_not_put_back", "redis_error"];
      assert.ok(frozen.logs.some(({ event }) => lost.includes(event)));
      assert.equal((await frozen.health()).code, 200);
    });
  }

  test("Redis away for 20 seconds while the shim is idle: the next job is done soon after.", async (t) => {
    const redis = await startRedis(t);
    const service = await answer.startService(t, answer.receipt());
    const shim = await startShim(t, redis, service);
    const jobs = producer(t, redis);
    await jobs.ended(await jobs.add("rewrite-resume", {}));
    await sleep(1000);

    await redis.kill();
    await sleep(10_000);
    const health = await shim.health();
    await sleep(10_000);
    await redis.restart();
    const added = await jobs.add("rewrite-resume", {});
    const done = await jobs.ended(added);

    assert.deepEqual([health.code, health.status, health.cause], [503, "paused", "redis_away"]);
    assert.ok(done.finishedOn - done.timestamp < 30_000, `${done.finishedOn - done.timestamp} ms`);
    assert.equal((await shim.health()).code, 200);
  });

  test("Redis killed while a job is out, past its lock: it is done once, with the same key.", async (t) => {
    const redis = await startRedis(t);
    const service = await answer.startService(t, answer.after(2000, answer.receipt()));
    await startShim(t, redis, service, SHORT_LOCK);
    const jobs = producer(t, redis);
    const job = await jobs.add("rewrite-resume", {});
    await until(() => service.requests.length === 1);
    // The job is in the file within a second (appendfsync everysec), and the answer is not there yet.
    await sleep(1100);

    await redis.kill();
    await sleep(5000);
    await redis.restart();

    const done = await jobs.ended(job);
    assert.deepEqual(done.returnvalue, { resultId: answer.RESULT_ID });
    assert.equal(new Set(keysOf(service)).size, 1);
  });

  test("Redis takes no writes while a job is out (a failover): it is done, not failed, once it does again.", async (t) => {
    const redis = await startRedis(t);
    const wait = answer.problem(409, "in_progress", { retryable: true, retryAfter: "1" });
    const service = await answer.startService(t, answer.after(1000, wait), answer.receipt());
    const shim = await startShim(t, redis, service, SHORT_LOCK);
    const jobs = producer(t, redis);
    const job = await jobs.add("rewrite-resume", {});
    await until(() => service.requests.length === 1);

    // Nobody listens on port 1, so that the data stay as they are.
    await jobs.connection.replicaof("127.0.0.1", "1");
    const { reason } = await until(() => shim.logged("job_not_put_back")[0]);
    await sleep(3000);
    await jobs.connection.replicaof("NO", "ONE");

    const done = await jobs.ended(job);
    // Redis 6 has its READONLY within an ERR.
    assert.match(reason, /^(READONLY|ERR)$/);
    assert.deepEqual(done.returnvalue, { resultId: answer.RESULT_ID });
    assert.equal(done.attemptsMade, 1);
    assert.equal(new Set(keysOf(service)).size, 1);
  });

  test("Redis flushed so that ids start again: the new job 1 is not taken for the old one.", async (t) => {
    const redis = await startRedis(t);
    const service = await answer.startService(t, answer.receipt());
    await startShim(t, redis, service);
    const jobs = producer(t, redis);
    const before = await jobs.add("rewrite-resume", {});
    await jobs.ended(before);

    await jobs.connection.flushall();
    const after = await jobs.add("rewrite-resume", {});

    await jobs.ended(after);
    assert.deepEqual([before.id, after.id], ["1", "1"]);
    assert.deepEqual(keysOf(service), [
      `ai-jobs:1:${before.timestamp}`,
      `ai-jobs:1:${after.timestamp}`,
    ]);
  });

  test("The service away: nothing is burnt, the shim asks seldom, and goes on by itself.", async (t) => {
    const redis = await startRedis(t);
    const service = await answer.startService(t, answer.receipt());
    service.stop();
    const shim = await startShim(t, redis, service);
    const jobs = producer(t, redis);
    const added = await Promise.all(
      Array.from({ length: 30 }, () => jobs.add("rewrite-resume", {})),
    );

    await sleep(4000);
    const health = await until(async () => {
      const now = await shim.health();
      return now.cause ? now : null;
    });
    const asked = shim.logged("service_away").length;
    const back = await answer.startServiceAt(service.port, t, answer.receipt());

    for (const job of added) assert.equal((await jobs.ended(job)).attemptsMade, 1);
    // Probes after 1, 2 and 4 s; at most three jobs in flight at first, and one more each then.
    assert.ok(asked <= 15, `${asked} times`);
    assert.deepEqual([health.code, health.status, health.cause], [200, "paused", "service_away"]);
    assert.equal(back.requests.length, 30);
    assert.equal((await shim.health()).status, "ok");
  });

  test("After two days of outage a job is still asked for, every half minute, and still done.", async (t) => {
    const redis = await startRedis(t);
    const unavailable = answer.problem(503, "unavailable", { retryable: true, retryAfter: "5" });
    const service = await answer.startService(t, unavailable);
    const jobs = producer(t, redis);
    const job = await jobs.add("rewrite-resume", {});
    const starts = (2 * 86_400) / 30;
    await jobs.connection.hset(`bull:ai-jobs:${job.id}`, "ats", starts);

    const shim = await startShim(t, redis, service);
    const waits = await until(() => shim.logged("job_waits")[0]);
    service.answerFromNowOn(answer.receipt());
    await (await jobs.look(job)).promote();

    const done = await jobs.ended(job);
    assert.equal(waits.waitSeconds, 30);
    assert.deepEqual([done.attemptsStarted, done.attemptsMade], [starts + 2, 1]);
    assert.equal(await done.getState(), "completed");
  });
});
