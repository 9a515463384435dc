// What a person sees who tries the queue by hand.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startRedis } from "./redis.mjs";
import * as answer from "./service.mjs";
import { startShim } from "./shim.mjs";

const redis = await startRedis({ after });
const FOLDER = fileURLToPath(new URL("..", import.meta.url));

async function enqueued(url, ...given) {
  const producer = spawn(process.execPath, ["enqueue.mjs", ...given], {
    cwd: FOLDER,
    env: { PATH: process.env.PATH, REDIS_URL: url },
    timeout: 60_000,
  });
  const [said, complaint, [code]] = await Promise.all([
    text(producer.stdout),
    text(producer.stderr),
    once(producer, "close"),
  ]);
  return { code, complaint, said: said.split("\n").filter(Boolean).map(JSON.parse) };
}

describe("a job put on the queue by hand", { concurrency: 4 }, () => {
  test("The job's id and time are told, and then what became of it.", async (t) => {
    const database = redis.nextDatabase();
    const service = await answer.startService(t, answer.receipt());
    await startShim(t, database, service);

    const { code, said } = await enqueued(database.url, "rewrite-resume", '{"tone":"concise"}');

    const [{ jobId, timestamp }, result] = said;
    const [{ headers, body }] = service.requests;
    assert.equal(code, 0);
    assert.equal(headers["idempotency-key"], `ai-jobs:${jobId}:${timestamp}`);
    assert.equal(body, '{"tone":"concise"}');
    assert.deepEqual(result, { resultId: answer.RESULT_ID });
  });

  const away = "redis://127.0.0.1:1";
  const mistakes = {
    "without arguments": [redis.url, [], "give the job's name and its payload as JSON"],
    "without a payload": [
      redis.url,
      ["rewrite-resume"],
      "give the job's name and its payload as JSON",
    ],
    "with a payload that is no JSON": [
      redis.url,
      ["rewrite-resume", "{"],
      "the payload is not JSON",
    ],
    "without Redis": [away, ["rewrite-resume", "{}"], "Redis (REDIS_URL): ECONNREFUSED"],
    "with a REDIS_URL that is none": [
      "redis://x:99999999",
      ["rewrite-resume", "{}"],
      "REDIS_URL is no address",
    ],
  };
  for (const [name, [url, given, why]] of Object.entries(mistakes)) {
    test(`Started ${name}: one line that says so, and exit code 1.`, async () => {
      const { code, complaint, said } = await enqueued(url, ...given);

      assert.deepEqual([code, complaint, said], [1, `enqueue: ${why}\n`, []]);
    });
  }
});
