// What GET /metrics tells Prometheus.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { startRedis } from "./redis.mjs";
import * as answer from "./service.mjs";
import { producer, scene, startShim, until } from "./shim.mjs";

const redis = await startRedis({ after });

// Each line that is no comment: a series, and its figure as it is written.
async function metrics(shim) {
  const response = await fetch(`http://127.0.0.1:${shim.port}/metrics`);
  const lines = (await response.text()).split("\n").filter((line) => line && !line.startsWith("#"));
  const figures = Object.fromEntries(lines.map((line) => line.split(" ")));
  return { type: response.headers.get("content-type"), figures };
}

describe("metrics", { concurrency: 6 }, () => {
  test("Prometheus reads how many jobs are in which state, and that the shim takes them.", async (t) => {
    const { shim, service, jobs } = await scene(
      t,
      redis,
      { SHIM_CONCURRENCY: "2" },
      answer.silence(),
    );
    for (let count = 0; count < 5; count++) await jobs.add("rewrite-resume", {});
    await until(() => service.requests.length === 2);

    const page = await metrics(shim);

    assert.match(page.type, /^text\/plain; version=0\.0\.4/);
    assert.equal(page.figures['ai_worker_queue_jobs{queue="ai-jobs",state="waiting"}'], "3");
    assert.equal(page.figures['ai_worker_queue_jobs{queue="ai-jobs",state="active"}'], "2");
    for (const cause of ["service_away", "unauthorized", "redis_away"])
      assert.equal(page.figures[`ai_worker_shim_paused{cause="${cause}"}`], "0");
  });

  test("Prometheus reads why no job is taken; without Redis nothing is told of jobs.", async (t) => {
    const own = await startRedis(t);
    const service = await answer.startService(t, answer.receipt());
    service.acceptOnly("another-secret");
    const shim = await startShim(t, own, service);
    await producer(t, own).add("rewrite-resume", {});
    await until(() => shim.logged("unauthorized").length);
    const refused = await metrics(shim);

    await own.kill();
    const away = await until(async () => {
      const { figures } = await metrics(shim);
      return figures['ai_worker_shim_paused{cause="redis_away"}'] === "1" && figures;
    });

    assert.equal(refused.figures['ai_worker_shim_paused{cause="unauthorized"}'], "1");
    assert.equal(away['ai_worker_shim_paused{cause="unauthorized"}'], "0");
    assert.deepEqual(
      Object.keys(away).filter((name) => name.startsWith("ai_worker_queue_jobs")),
      [],
    );
  });
});
