// What each answer of the service does to a job.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { startRedis } from "./redis.mjs";
import * as answer from "./service.mjs";
import { SECRET, scene, until } from "./shim.mjs";

const redis = await startRedis({ after });

const terminal = answer.problem(422, "llm_refused", { retryable: false, detail: "Refused." });
const inProgress = answer.problem(409, "in_progress", { retryable: true, retryAfter: "1" });
const providerError = answer.problem(502, "provider_error", { retryable: true, detail: "Failed." });

describe("an answer", { concurrency: 6 }, () => {
  test("A receipt completes the job with its resultId only, and the progress says so.", async (t) => {
    const { service, shim, jobs } = await scene(t, redis, {}, answer.receipt());

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
    const { service, jobs } = await scene(t, redis, {}, answer.after(1000, answer.receipt()));

    const job = await jobs.add("rewrite-resume", {});

    await until(() => service.requests.length);
    assert.deepEqual((await jobs.look(job)).progress, { state: "sent" });
  });

  test("A terminal problem fails the job at once with its code and detail, whatever attempts are left.", async (t) => {
    const { service, shim, jobs } = await scene(t, redis, {}, terminal);

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 5 }));

    assert.equal(job.failedReason, "llm_refused: Refused.");
    assert.equal(service.requests.length, 1);
    assert.equal((await until(() => shim.logged("job_failed")[0])).code, "llm_refused");
  });

  test("A terminal problem is terminal with a Retry-After too.", async (t) => {
    const { service, jobs } = await scene(
      t,
      redis,
      {},
      answer.problem(422, "budget_exhausted", { retryable: false, retryAfter: "1" }),
    );

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 5 }));

    assert.equal(await job.getState(), "failed");
    assert.equal(service.requests.length, 1);
  });

  test("Retry-After delays the job for that long, uses no attempt, and the same key asks again.", async (t) => {
    const wait = answer.problem(503, "unavailable", { retryable: true, retryAfter: "3" });
    const { service, jobs } = await scene(t, redis, {}, wait, answer.receipt());

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
    const { service, jobs } = await scene(t, redis, {}, async (response) => {
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
      const { service, jobs } = await scene(t, redis, {}, wait, answer.receipt());

      const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

      const [first, second] = service.requests;
      assert.equal(await job.getState(), "completed");
      assert.ok(second.at - first.at >= 950, `${second.at - first.at} ms`);
    });
  }

  for (const retryAfter of ["1e300", "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT"]) {
    test(`Retry-After ${retryAfter} is a wait of an hour.`, async (t) => {
      const wait = answer.problem(429, "provider_rate_limited", { retryable: true, retryAfter });
      const { shim, jobs } = await scene(t, redis, {}, wait);

      const job = await jobs.add("rewrite-resume", {});

      const waits = await until(() => shim.logged("job_waits")[0]);
      assert.equal(waits.waitSeconds, 3600);
      assert.ok((await jobs.look(job)).delay > 3_599_000);
    });
  }

  test("A Retry-After that makes no sense is none.", async (t) => {
    const { jobs } = await scene(
      t,
      redis,
      {},
      answer.problem(503, "unavailable", { retryable: true, retryAfter: "soon" }),
    );

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 1 }));

    assert.match(job.failedReason, /^unavailable: /);
  });

  test("Retryable without Retry-After uses the producer's attempts and backoff.", async (t) => {
    const { service, shim, jobs } = await scene(t, redis, {}, providerError);

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
    const { jobs } = await scene(t, redis, {}, providerError, answer.receipt());

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 2 }));

    assert.equal(await job.getState(), "completed");
    assert.equal(job.attemptsMade, 2);
  });

  test("A job that is running elsewhere is asked for until it is done, with one attempt.", async (t) => {
    const { service, jobs } = await scene(t, redis, {}, inProgress, inProgress, answer.receipt());

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

    assert.equal(await job.getState(), "completed");
    assert.equal(service.requests.length, 3);
    assert.equal(
      new Set(service.requests.map(({ headers }) => headers["idempotency-key"])).size,
      1,
    );
  });

  test("A failure is a failure even when it names a result.", async (t) => {
    const failure = { retryable: false, code: "internal", detail: "Bug.", resultId: "r" };
    const { jobs } = await scene(t, redis, {}, answer.json(500, failure));

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
      const { jobs } = await scene(t, redis, {}, answer.json(422, problem));

      const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

      assert.equal(job.failedReason, reason);
    });
  }

  test("Nothing that a person wrote and no secret is logged.", async (t) => {
    const { shim, jobs } = await scene(
      t,
      redis,
      {},
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
