// What each answer of the service does to a job.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { startDeafServer } from "./deaf-server.mjs";
import { startRedis } from "./redis.mjs";
import * as answer from "./service.mjs";
import { SECRET, producer, startShim, until } from "./shim.mjs";

const redis = await startRedis({ after });

async function scene(context, ...answers) {
  const database = redis.nextDatabase();
  const service = await answer.startService(context, ...answers);
  const shim = await startShim(context, database, service);
  return { service, shim, jobs: producer(context, database) };
}

const terminal = answer.problem(422, "llm_refused", { retryable: false, detail: "Refused." });
const inProgress = answer.problem(409, "in_progress", { retryable: true, retryAfter: "1" });
const providerError = answer.problem(502, "provider_error", { retryable: true, detail: "Failed." });

describe("an answer", { concurrency: 6 }, () => {
  test("A receipt completes the job with its resultId only, and the progress says so.", async (t) => {
    const { service, shim, jobs } = await scene(t, answer.receipt());

    const job = await jobs.ended(await jobs.add("rewrite-resume", { tone: "concise" }));

    assert.deepEqual(job.returnvalue, { resultId: answer.RESULT_ID });
    assert.deepEqual(job.progress, { state: "done", runId: answer.RUN_ID });
    const [{ method, url, headers, body }] = service.requests;
    assert.deepEqual([method, url, body], ["POST", "/jobs/rewrite-resume", '{"tone":"concise"}']);
    assert.equal(headers["x-internal-secret"], SECRET);
    assert.equal(headers["content-type"], "application/json");
    assert.equal((await until(() => shim.logged("job_done")[0])).resultId, answer.RESULT_ID);
  });

  test("While the service works, the progress says that the job was sent.", async (t) => {
    const { service, jobs } = await scene(t, answer.after(1000, answer.receipt()));

    const job = await jobs.add("rewrite-resume", {});

    await until(() => service.requests.length);
    assert.deepEqual((await jobs.look(job)).progress, { state: "sent" });
  });

  test("A terminal problem fails the job at once with its code and detail, whatever attempts are left.", async (t) => {
    const { service, shim, jobs } = await scene(t, terminal);

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 5 }));

    assert.equal(job.failedReason, "llm_refused: Refused.");
    assert.equal(service.requests.length, 1);
    assert.equal((await until(() => shim.logged("job_failed")[0])).code, "llm_refused");
  });

  test("A terminal problem is terminal with a Retry-After too.", async (t) => {
    const { service, jobs } = await scene(
      t,
      answer.problem(422, "budget_exhausted", { retryable: false, retryAfter: "1" }),
    );

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 5 }));

    assert.equal(await job.getState(), "failed");
    assert.equal(service.requests.length, 1);
  });

  test("Retry-After delays the job for that long, uses no attempt, and the same key asks again.", async (t) => {
    const wait = answer.problem(503, "unavailable", { retryable: true, retryAfter: "3" });
    const { service, jobs } = await scene(t, wait, answer.receipt());

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 1 }));

    const [first, second] = service.requests;
    assert.equal(job.attemptsMade, 1);
    assert.ok(second.at - first.at >= 2950, `${second.at - first.at} ms`);
    assert.equal(first.headers["idempotency-key"], second.headers["idempotency-key"]);
    assert.deepEqual(
      service.requests.map(({ headers }) => headers["x-job-attempt"]),
      ["1", "2"],
    );
  });

  test("Retry-After is read as an HTTP date too.", async (t) => {
    const { service, jobs } = await scene(t, async (response) => {
      // A date has no milliseconds: between three and four seconds from now.
      const retryAfter = new Date(Date.now() + 4000).toUTCString();
      service.answerFromNowOn(answer.receipt());
      await answer.problem(429, "provider_rate_limited", { retryable: true, retryAfter })(response);
    });

    await jobs.ended(await jobs.add("rewrite-resume", {}));

    const [first, second] = service.requests;
    assert.ok(second.at - first.at >= 2900, `${second.at - first.at} ms`);
  });

  for (const retryAfter of ["0", "-5", "Thu, 01 Jan 1970 00:00:00 GMT"]) {
    test(`Retry-After ${retryAfter} is a wait of a second, not of none.`, async (t) => {
      const wait = answer.problem(429, "tenant_rate_limited", { retryable: true, retryAfter });
      const { service, jobs } = await scene(t, wait, answer.receipt());

      const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

      const [first, second] = service.requests;
      assert.equal(await job.getState(), "completed");
      assert.ok(second.at - first.at >= 950, `${second.at - first.at} ms`);
    });
  }

  for (const retryAfter of ["1e300", "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT"]) {
    test(`Retry-After ${retryAfter} is a wait of an hour.`, async (t) => {
      const wait = answer.problem(429, "provider_rate_limited", { retryable: true, retryAfter });
      const { shim, jobs } = await scene(t, wait);

      const job = await jobs.add("rewrite-resume", {});

      const waits = await until(() => shim.logged("job_waits")[0]);
      assert.equal(waits.waitSeconds, 3600);
      assert.ok((await jobs.look(job)).delay > 3_599_000);
    });
  }

  test("A Retry-After that makes no sense is none.", async (t) => {
    const { jobs } = await scene(
      t,
      answer.problem(503, "unavailable", { retryable: true, retryAfter: "soon" }),
    );

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 1 }));

    assert.match(job.failedReason, /^unavailable: /);
  });

  test("Retryable without Retry-After uses the producer's attempts and backoff.", async (t) => {
    const { service, shim, jobs } = await scene(t, providerError);

    const job = await jobs.ended(
      await jobs.add("rewrite-resume", {}, { attempts: 3, backoff: { type: "fixed", delay: 500 } }),
    );

    const [first, second, third] = service.requests.map(({ at }) => at);
    assert.equal(job.failedReason, "provider_error: Failed.");
    assert.equal(job.attemptsMade, 3);
    assert.equal(service.requests.length, 3);
    assert.ok(second - first >= 450 && third - second >= 450);
    await until(() => shim.logged("job_failed").length === 1);
    assert.equal(shim.logged("job_attempt_failed").length, 2);
  });

  test("Retryable once and done then completes the job on its second attempt.", async (t) => {
    const { jobs } = await scene(t, providerError, answer.receipt());

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 2 }));

    assert.equal(await job.getState(), "completed");
    assert.equal(job.attemptsMade, 2);
  });

  test("A job that is running elsewhere is asked for until it is done, with one attempt.", async (t) => {
    const { service, jobs } = await scene(t, inProgress, inProgress, answer.receipt());

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

    assert.equal(await job.getState(), "completed");
    assert.equal(service.requests.length, 3);
    assert.equal(
      new Set(service.requests.map(({ headers }) => headers["idempotency-key"])).size,
      1,
    );
  });

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
      const { service, shim, jobs } = await scene(t, noAnswer, answer.receipt());

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
    const { service, shim, jobs } = await scene(t, answer.page(413));
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

  test("A failure is a failure even when it names a result.", async (t) => {
    const failure = { retryable: false, code: "internal", detail: "Bug.", resultId: "r" };
    const { jobs } = await scene(t, answer.json(500, failure));

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 5 }));

    assert.equal(job.failedReason, "internal: Bug.");
  });

  const poorProblems = {
    "http_422: Too long.": { retryable: false, title: "Too long." },
    "http_422: The service gave no reason.": { retryable: false, code: 7, detail: {} },
    "too_long: The service gave no reason.": { retryable: false, code: "too_long", detail: "" },
  };
  for (const [reason, problem] of Object.entries(poorProblems)) {
    test(`A problem ${JSON.stringify(problem)} fails the job with a reason that can be read.`, async (t) => {
      const { jobs } = await scene(t, answer.json(422, problem));

      const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

      assert.equal(job.failedReason, reason);
    });
  }

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
    const { service, shim, jobs } = await scene(t, answer.receipt());
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
    const { service, jobs } = await scene(t, answer.receipt());
    service.acceptOnly("another-secret");
    for (let count = 0; count < 50; count++) await jobs.add("rewrite-resume", {});

    await new Promise((resolve) => setTimeout(resolve, 4000));

    // At most three jobs in flight when it pauses, and one more each taken at that moment.
    assert.ok(service.requests.length <= 9, `${service.requests.length} requests`);
  });

  test("Nothing that a person wrote and no secret is logged.", async (t) => {
    const { shim, jobs } = await scene(
      t,
      answer.problem(502, "provider_error", { retryable: true, detail: "Asha wrote this." }),
      answer.problem(422, "invalid_payload", { retryable: false, detail: "Asha wrote this." }),
    );

    await jobs.ended(
      await jobs.add("rewrite-resume", { summary: "Asha wrote this." }, { attempts: 2 }),
    );

    await until(() => shim.logged("job_failed").length);
    assert.ok(!shim.lines.join("\n").includes("Asha"));
    assert.ok(!shim.lines.join("\n").includes(SECRET));
  });
});
