// What producers may put into the queue: their ids, options and data are theirs.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { startRedis } from "./redis.mjs";
import * as answer from "./service.mjs";
import { scene } from "./shim.mjs";

const redis = await startRedis({ after });

const keyOf = ({ headers }) => headers["idempotency-key"];
const isAccepted = (key) => key.length >= 1 && key.length <= 255 && /^[ -~]+$/.test(key);
const providerError = answer.problem(502, "provider_error", { retryable: true });

describe("a producer", { concurrency: 6 }, () => {
  test("The key is queue:jobId:timestamp, also for the ids that BullMQ and people give.", async (t) => {
    const { service, jobs } = await scene(t, redis, {}, answer.receipt());
    const given = ["", "student-7_rewrite", "a job with spaces", "{x}&y=z?#/.."];

    for (const jobId of given) {
      const job = await jobs.add("rewrite-resume", {}, jobId ? { jobId } : {});
      await jobs.ended(job);

      assert.equal(keyOf(service.requests.at(-1)), `ai-jobs:${job.id}:${job.timestamp}`);
    }
  });

  test("Ids that no header carries have keys that one does, each its own, the same at every ask.", async (t) => {
    const again = answer.problem(409, "in_progress", { retryable: true, retryAfter: "1" });
    const odd = [
      "bewerbung-ä",
      "bewerbung-%C3%A4",
      "%",
      "履歴書",
      "tab\there",
      "line\r\nx-internal-secret-x",
      "x".repeat(300),
      `${"x".repeat(299)}y`,
      "ü".repeat(60),
      `%sha256-${"0".repeat(64)}`,
    ];
    const { service, jobs } = await scene(t, redis, {}, ...odd.map(() => again), answer.receipt());

    const timestamp = 1_790_000_000_000;
    const added = await Promise.all(
      odd.map((jobId) => jobs.add("rewrite-resume", { jobId }, { jobId, timestamp })),
    );
    for (const job of added) await jobs.ended(job);

    const keysOf = (jobId) => {
      const asked = service.requests.filter(({ body }) => JSON.parse(body).jobId === jobId);
      return [...new Set(asked.map(keyOf))];
    };
    const keys = odd.map(keysOf);
    assert.equal(service.requests.length, 2 * odd.length);
    assert.ok(
      keys.every((same) => same.length === 1 && isAccepted(same[0])),
      JSON.stringify(keys),
    );
    assert.equal(new Set(keys.flat()).size, odd.length);
    assert.equal(keys[0][0], `ai-jobs:bewerbung-%C3%A4:${timestamp}`);
  });

  test("The producer's trace context is passed on; one that is none is not.", async (t) => {
    const { service, jobs } = await scene(t, redis, {}, answer.receipt());
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const metadata = [
      JSON.stringify({ traceparent, tracestate: "vendor=1" }),
      JSON.stringify({ traceparent, tracestate: "line\r\nx-internal-secret: x" }),
      JSON.stringify({ traceparent }),
      '{"traceparent":"x\\r\\ny"}',
      "{}",
      "no JSON",
    ];

    for (const carrier of metadata) {
      const job = await jobs.add("rewrite-resume", {}, { telemetry: { metadata: carrier } });
      await jobs.ended(job);
    }

    assert.deepEqual(
      service.requests.map(({ headers }) => [headers.traceparent, headers.tracestate]),
      [
        [traceparent, "vendor=1"],
        [traceparent, undefined],
        [traceparent, undefined],
        [undefined, undefined],
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
  });

  test("Every delivery of a job has the same request id, its key, to find its lines by.", async (t) => {
    const again = answer.problem(409, "in_progress", { retryable: true, retryAfter: "1" });
    const { service, jobs } = await scene(t, redis, {}, again, answer.receipt());

    const job = await jobs.add("rewrite-resume", {});
    await jobs.ended(job);

    const key = `ai-jobs:${job.id}:${job.timestamp}`;
    assert.deepEqual(
      service.requests.map(({ headers }) => headers["x-request-id"]),
      [key, key],
    );
  });

  test("A backoff of a type that nobody knows waits for the producer's delay, doubling.", async (t) => {
    const { service, jobs } = await scene(
      t,
      redis,
      {},
      providerError,
      providerError,
      answer.receipt(),
    );

    const job = await jobs.ended(
      await jobs.add("rewrite-resume", {}, { attempts: 3, backoff: { type: "ours", delay: 500 } }),
    );

    const [first, second, third] = service.requests.map(({ at }) => at);
    assert.equal(await job.getState(), "completed");
    assert.ok(second - first >= 450, `${second - first} ms`);
    assert.ok(third - second >= 950, `${third - second} ms`);
  });

  for (const backoff of [
    "exponential-ish",
    { type: "ours" },
    { type: "ours", delay: -1 },
    { type: "ours", delay: "soon" },
    // What every object has is no strategy.
    ...["toString", "constructor", "hasOwnProperty"].map((type) => ({ type })),
    JSON.parse('{"type":"__proto__"}'),
  ]) {
    test(`A backoff ${JSON.stringify(backoff)} waits for a second.`, async (t) => {
      const { service, jobs } = await scene(t, redis, {}, providerError, answer.receipt());

      const job = await jobs.ended(await jobs.add("rewrite-resume", {}, { attempts: 2, backoff }));

      const [first, second] = service.requests.map(({ at }) => at);
      assert.equal(await job.getState(), "completed");
      assert.ok(second - first >= 950, `${second - first} ms`);
    });
  }

  test("Without attempts, a failure that may pass ends the job at once, with its reason.", async (t) => {
    const { service, jobs } = await scene(t, redis, {}, providerError);

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

    assert.equal(job.failedReason, "provider_error: The caller reads this.");
    assert.equal(service.requests.length, 1);
  });

  test("A job type that the service does not run fails with the service's reason, whatever its name.", async (t) => {
    const unknown = answer.problem(404, "unknown_job_type", { retryable: false, detail: "No." });
    const { service, jobs } = await scene(t, redis, {}, unknown);
    const paths = {
      "rewrite-cv": "/jobs/rewrite-cv",
      "../runs/7?x=1#y": "/jobs/..%2Fruns%2F7%3Fx%3D1%23y",
      "Lebenslauf prüfen": "/jobs/Lebenslauf%20pr%C3%BCfen",
    };

    for (const [name, path] of Object.entries(paths)) {
      const job = await jobs.ended(await jobs.add(name, {}, { attempts: 5 }));

      assert.equal(job.failedReason, "unknown_job_type: No.");
      assert.equal(service.requests.at(-1).url, path);
    }
    assert.equal(service.requests.length, 3);
  });

  for (const data of [null, 7, "text", [1], undefined]) {
    test(`Data ${JSON.stringify(data)} reaches the service as it is, which refuses it.`, async (t) => {
      const invalid = answer.problem(422, "invalid_payload", { retryable: false, detail: "body." });
      const { service, jobs } = await scene(t, redis, {}, invalid);

      const job = await jobs.ended(await jobs.add("rewrite-resume", data, { attempts: 5 }));

      assert.equal(job.failedReason, "invalid_payload: body.");
      assert.deepEqual(
        service.requests.map(({ body }) => body),
        [JSON.stringify(data) ?? "{}"],
      );
    });
  }

  test("5 MB of data reach the service as they are, which refuses them.", async (t) => {
    const tooLarge = answer.problem(413, "body_too_large", { retryable: false });
    const { service, jobs } = await scene(t, redis, {}, tooLarge);

    const job = await jobs.ended(
      await jobs.add("rewrite-resume", { job_description: "x".repeat(5_000_000) }, { attempts: 5 }),
    );

    assert.match(job.failedReason, /^body_too_large: /);
    assert.equal(service.requests.length, 1);
  });

  test("A delayed or prioritized job ends like any other.", async (t) => {
    const { jobs } = await scene(t, redis, {}, answer.receipt());

    const delayed = await jobs.ended(await jobs.add("rewrite-resume", {}, { delay: 500 }));
    const prioritized = await jobs.ended(await jobs.add("rewrite-resume", {}, { priority: 3 }));

    assert.deepEqual(delayed.returnvalue, { resultId: answer.RESULT_ID });
    assert.deepEqual(prioritized.returnvalue, { resultId: answer.RESULT_ID });
  });
});
