// What becomes of a job that nobody answers for: the outcome is unknown, so the same key asks again.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { startDeafServer } from "./deaf-server.mjs";
import { startRedis } from "./redis.mjs";
import * as answer from "./service.mjs";
import { SECRET, producer, scene, startShim, until } from "./shim.mjs";

const redis = await startRedis({ after });

describe("no answer", { concurrency: 6 }, () => {
  const noAnswers = {
    "a reset connection": [answer.reset(), "ECONNRESET"],
    "an answer cut short": [answer.cutShort(), "ECONNRESET"],
    "a proxy's error page": [answer.page(502), "http_502"],
    "a proxy's page with status 200": [answer.page(200), "http_200"],
    "a JSON error of another server": [answer.json(404, { message: "Not Found" }), "http_404"],
    "a JSON success of another server": [answer.json(200, { status: "ok" }), "http_200"],
    "a JSON null": [answer.json(500, null), "http_500"],
    "a receipt without its result": [answer.receipt(""), "http_200"],
    "a redirect": [answer.redirect("/elsewhere"), "http_307"],
  };
  for (const [name, [noAnswer, reason]] of Object.entries(noAnswers)) {
    test(`After ${name} the same key asks again and no attempt is used.`, async (t) => {
      const { service, shim, jobs } = await scene(t, redis, {}, noAnswer, answer.receipt());

      const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

      assert.equal(await job.getState(), "completed");
      assert.equal(job.attemptsMade, 1);
      const keys = service.requests.map(({ headers }) => headers["idempotency-key"]);
      assert.deepEqual([keys.length, new Set(keys).size], [2, 1]);
      assert.equal(shim.logged("job_unanswered")[0].reason, reason);
      assert.equal(shim.logged("service_away").length, 0);
    });
  }

  test("A proxy's page for some jobs leaves the others alone: they go on, and no pause is made.", async (t) => {
    const { service, shim, jobs } = await scene(
      t,
      redis,
      {},
      answer.byBody({ poison: answer.page(403) }, answer.receipt()),
    );
    const poison = await Promise.all(
      Array.from({ length: 12 }, () => jobs.add("rewrite-resume", { title: "poison" })),
    );
    await until(() => shim.logged("job_unanswered").length >= 12);

    const honest = await Promise.all(
      Array.from({ length: 60 }, () => jobs.add("rewrite-resume", {})),
    );

    for (const job of honest) assert.equal(await (await jobs.ended(job)).getState(), "completed");
    assert.equal(shim.logged("service_away").length, 0);
    assert.equal((await shim.health()).status, "ok");
    for (const job of poison) assert.equal((await jobs.look(job)).attemptsMade, 0);
    service.answerFromNowOn(answer.receipt());
    for (const job of poison) assert.equal((await jobs.ended(job)).attemptsMade, 1);
  });

  test("A proxy that refuses a request for what it is fails that job for good, with the status as its reason.", async (t) => {
    const statuses = [400, 405, 413, 414, 415, 431];
    const pages = statuses.map((status) => [`poison-${status}`, answer.page(status)]);
    const { service, jobs } = await scene(
      t,
      redis,
      {},
      answer.byBody(Object.fromEntries(pages), answer.receipt()),
    );

    for (const status of statuses) {
      const title = `poison-${status}`;
      const job = await jobs.ended(await jobs.add("rewrite-resume", { title }, { attempts: 5 }));

      assert.match(job.failedReason, new RegExp(`^http_${status}: Refused by a proxy`));
    }
    assert.equal(service.requests.length, statuses.length);
  });

  test("The same page fails no job while the service does not answer for itself: the address may be wrong.", async (t) => {
    const { service, shim, jobs } = await scene(t, redis, {}, answer.page(413));
    service.answerHealthWith(answer.page(404));
    const added = await Promise.all([1, 2, 3].map(() => jobs.add("rewrite-resume", {})));
    await until(() => shim.logged("service_away").some(({ reason }) => reason === "probe_failed"));

    const health = await shim.health();
    service.answerHealthWith(answer.json(200, { status: "ok" }));
    service.answerFromNowOn(answer.receipt());

    assert.deepEqual([health.code, health.status, health.cause], [200, "paused", "service_away"]);
    for (const job of added) assert.equal((await jobs.ended(job)).attemptsMade, 1);
    assert.equal(shim.logged("service_back").length, 1);
  });

  test("An answer is waited for as long as RUN_DEADLINE_SECONDS says, not as long as fetch would.", async (t) => {
    const database = redis.nextDatabase();
    const service = await answer.startService(t, answer.after(5000, answer.receipt()));
    const nodeOptions = ["--import", "./test/impatient-fetch.mjs"];
    const shim = await startShim(t, database, service, {}, ...nodeOptions);
    const jobs = producer(t, database);

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

    assert.equal(await job.getState(), "completed");
    assert.equal(service.requests.length, 1);
    assert.equal(shim.logged("job_waits").length, 0);
  });

  test("A service that takes no connection is away within ten seconds.", async (t) => {
    const silent = await startDeafServer(t);
    const database = redis.nextDatabase();
    const shim = await startShim(t, database, silent);
    const jobs = producer(t, database);

    await jobs.add("rewrite-resume", {});

    const { reason } = await until(() => shim.logged("service_away")[0]);
    assert.equal(reason, "ETIMEDOUT");
  });

  test("A service that never answers is asked again with the same key after its deadline.", async (t) => {
    const database = redis.nextDatabase();
    const service = await answer.startService(t, answer.silence(), answer.receipt());
    await startShim(t, database, service, { RUN_DEADLINE_SECONDS: "0.5" });
    const jobs = producer(t, database);

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

    const [first, second] = service.requests;
    assert.equal(await job.getState(), "completed");
    assert.equal(first.headers["idempotency-key"], second.headers["idempotency-key"]);
    assert.ok(second.at - first.at >= 10_500, `${second.at - first.at} ms`);
  });

  test("A refused secret pauses the shim, which shouts, burns no job, and goes on by itself when it is accepted.", async (t) => {
    const { service, shim, jobs } = await scene(t, redis, {}, answer.receipt());
    service.acceptOnly("another-secret");
    const first = await jobs.add("rewrite-resume", {});
    const more = await Promise.all([1, 2, 3, 4, 5].map(() => jobs.add("rewrite-resume", {})));
    await until(() => shim.logged("unauthorized").length >= 3);

    const health = await shim.health();
    service.acceptOnly(SECRET);

    assert.deepEqual([health.code, health.status, health.cause], [503, "paused", "unauthorized"]);
    assert.ok(shim.logged("unauthorized").every(({ level }) => level === "error"));
    for (const job of [first, ...more]) {
      assert.equal((await jobs.ended(job)).attemptsMade, 1);
    }
    assert.deepEqual([(await shim.health()).code, (await shim.health()).status], [200, "ok"]);
  });

  test("While the secret is refused the waiting jobs are not tried one after another.", async (t) => {
    const { service, jobs } = await scene(t, redis, {}, answer.receipt());
    service.acceptOnly("another-secret");
    for (let count = 0; count < 50; count++) await jobs.add("rewrite-resume", {});

    await new Promise((resolve) => setTimeout(resolve, 4000));

    // At most three jobs in flight when it pauses, and one more each taken at that moment.
    assert.ok(service.requests.length <= 9, `${service.requests.length} requests`);
  });
});
