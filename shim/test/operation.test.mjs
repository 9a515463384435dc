// What an operator sees and does: settings, health, logs, signals.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "./redis.mjs";
import * as answer from "./service.mjs";
import { SECRET, producer, scene, spawnShim, startShim, until } from "./shim.mjs";

const redis = await startRedis({ after });

describe("an operator", { concurrency: 6 }, () => {
  test("Three jobs are out at a time unless SHIM_CONCURRENCY says otherwise.", async (t) => {
    const { service, jobs } = await scene(t, redis, {}, answer.silence());
    for (let count = 0; count < 10; count++) await jobs.add("rewrite-resume", {});

    await until(() => service.requests.length >= 3);
    await sleep(500);

    assert.equal(service.requests.length, 3);
  });

  test("Started to end with its parent, the shim drains when its stdin ends, and not before.", async (t) => {
    const database = redis.nextDatabase();
    const service = await answer.startService(t, answer.after(1500, answer.receipt()));
    const shim = await startShim(t, database, service, {}, "--import", "./ends-with-parent.mjs");
    const jobs = producer(t, database);
    const job = await jobs.add("rewrite-resume", {});
    await until(() => service.requests.length === 1);

    shim.endInput();

    assert.deepEqual(await shim.exit, { code: 0, signal: null });
    assert.equal(await (await jobs.look(job)).getState(), "completed");
  });

  test("By itself the shim takes no notice of its stdin, which a container closes from the start.", async (t) => {
    const { shim, jobs } = await scene(t, redis, {}, answer.receipt());

    shim.endInput();
    await sleep(500);

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}));
    assert.equal(await job.getState(), "completed");
    assert.equal(shim.logged("draining").length, 0);
  });

  test("SIGTERM lets the job that is out finish and takes no other.", async (t) => {
    const { shim, service, jobs } = await scene(
      t,
      redis,
      { SHIM_CONCURRENCY: "1" },
      answer.after(1500, answer.receipt()),
    );
    const out = await jobs.add("rewrite-resume", {});
    const waiting = await jobs.add("rewrite-resume", {});
    await until(() => service.requests.length === 1);

    shim.kill("SIGTERM");

    assert.deepEqual(await shim.exit, { code: 0, signal: null });
    assert.equal(await (await jobs.look(out)).getState(), "completed");
    assert.equal(await (await jobs.look(waiting)).getState(), "waiting");
    assert.equal(shim.logged("stopped").length, 1);
  });

  test("A job that outlasts the drain is put back, and the next shim asks with the same key.", async (t) => {
    const { database, shim, service, jobs } = await scene(
      t,
      redis,
      { SHIM_DRAIN_SECONDS: "1" },
      answer.silence(),
      answer.receipt(),
    );
    const job = await jobs.add("rewrite-resume", {});
    await until(() => service.requests.length === 1);
    const signalledAt = Date.now();

    shim.kill("SIGTERM");

    assert.deepEqual(await shim.exit, { code: 0, signal: null });
    assert.ok(Date.now() - signalledAt < 6000, `${Date.now() - signalledAt} ms`);
    await startShim(t, database, service);
    const done = await jobs.ended(job, 30_000);
    const [first, second] = service.requests.map(({ headers }) => headers["idempotency-key"]);
    assert.deepEqual([done.attemptsMade, done.stalledCounter], [1, 0]);
    assert.equal(first, second);
  });

  test("A signal that a parent passes on twice is one; a second one later ends the shim at once.", async (t) => {
    const { shim, service, jobs } = await scene(t, redis, {}, answer.silence());
    await jobs.add("rewrite-resume", {});
    await until(() => service.requests.length === 1);

    shim.kill("SIGTERM");
    shim.kill("SIGINT");
    await until(() => shim.logged("draining").length === 1);
    await sleep(300);
    const isAlive = shim.logged("stopped").length === 0 && process.kill(shim.pid, 0);
    await sleep(1000);
    shim.kill("SIGINT");

    assert.ok(isAlive);
    assert.deepEqual(await shim.exit, { code: 1, signal: null });
  });

  test("SIGTERM ends the shim while Redis is away too.", async (t) => {
    const own = await startRedis(t);
    const service = await answer.startService(t, answer.receipt());
    const shim = await startShim(t, own, service, { SHIM_DRAIN_SECONDS: "1" });
    await own.kill();
    const signalledAt = Date.now();

    shim.kill("SIGTERM");

    await shim.exit;
    assert.ok(Date.now() - signalledAt < 15_000, `${Date.now() - signalledAt} ms`);
  });

  test("A password and a database number in REDIS_URL are used, and never logged.", async (t) => {
    const own = await startRedis(t, { password: "p@ss/w:rd#1" });
    const url = `redis://:${encodeURIComponent("p@ss/w:rd#1")}@127.0.0.1:${own.port}/7`;
    const service = await answer.startService(t, answer.receipt());
    const shim = await startShim(t, { url }, service);
    const jobs = producer(t, own, { password: "p@ss/w:rd#1", db: 7 });

    const job = await jobs.ended(await jobs.add("rewrite-resume", {}));

    assert.equal(await job.getState(), "completed");
    assert.ok(!shim.lines.join("\n").includes("p@ss"));
  });

  test("A wrong Redis password is said and never repeated.", async (t) => {
    const own = await startRedis(t, { password: "the-right-one" });
    const service = await answer.startService(t, answer.receipt());
    const url = `redis://:the-wrong-one@127.0.0.1:${own.port}`;

    const shim = await startShim(t, { url }, service);

    const { reason } = await until(() => shim.logged("redis_error")[0]);
    assert.match(reason, /^(WRONGPASS|NOAUTH)$/);
    assert.equal((await shim.health()).code, 503);
    assert.ok(!shim.lines.join("\n").includes("the-wrong-one"));
  });

  test("rediss:// speaks TLS to Redis.", async (t) => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    t.after(() => listener.close());
    const service = await answer.startService(t, answer.receipt());
    const url = `rediss://127.0.0.1:${listener.address().port}`;
    const connected = once(listener, "connection");
    await startShim(t, { url }, service);

    const [socket] = await connected;
    const [firstBytes] = await once(socket, "data");

    // RFC 8446, section 5.1: a handshake record of TLS.
    assert.deepEqual([...firstBytes.subarray(0, 2)], [0x16, 0x03]);
  });

  test("Every log line is JSON with an event, a level and a time.", async (t) => {
    const { shim, jobs } = await scene(t, redis, {}, answer.reset(), answer.receipt());

    await jobs.ended(await jobs.add("rewrite-resume", {}));

    await until(() => shim.logged("job_done").length);
    assert.ok(shim.logs.length >= 4);
    for (const { event, level, at } of shim.logs) {
      assert.match(event, /^[a-z_]+$/);
      assert.match(level, /^(info|warning|error|critical)$/);
      assert.match(at, /^\d{4}-\d\d-\d\dT.*Z$/);
    }
  });

  const badSettings = {
    "REDIS_URL of another kind": { REDIS_URL: "http://secret-host" },
    "REDIS_URL that is none": { REDIS_URL: "secret host" },
    "REDIS_URL with a database that is no number": { REDIS_URL: "redis://localhost/secret" },
    "AI_WORKER_URL without a scheme": { AI_WORKER_URL: "secret-host:4002" },
    "AI_WORKER_URL with a password": { AI_WORKER_URL: "http://user:secret@localhost" },
    "AI_WORKER_URL with a query": { AI_WORKER_URL: "http://localhost?secret=1" },
    "SHIM_CONCURRENCY of 0": { SHIM_CONCURRENCY: "0" },
    "SHIM_CONCURRENCY of 1.5": { SHIM_CONCURRENCY: "1.5" },
    "SHIM_CONCURRENCY in words": { SHIM_CONCURRENCY: "secret" },
    "SHIM_PORT out of range": { SHIM_PORT: "65536" },
    "SHIM_LOCK_SECONDS of 0": { SHIM_LOCK_SECONDS: "0" },
    "SHIM_DRAIN_SECONDS below 0": { SHIM_DRAIN_SECONDS: "-1" },
    "RUN_DEADLINE_SECONDS of nothing": { RUN_DEADLINE_SECONDS: " " },
    "CORE_API_INTERNAL_SECRET with a line end": { CORE_API_INTERNAL_SECRET: "secret\n" },
    "CORE_API_INTERNAL_SECRET in another script": { CORE_API_INTERNAL_SECRET: "secret-ключ" },
    "CORE_API_INTERNAL_SECRET absent": { APP_ENV: "production", CORE_API_INTERNAL_SECRET: "" },
    "CORE_API_INTERNAL_SECRET short": { APP_ENV: "production", CORE_API_INTERNAL_SECRET: "secret" },
    "CORE_API_INTERNAL_SECRET public": {
      APP_ENV: "production",
      CORE_API_INTERNAL_SECRET: "development-secret",
    },
  };
  for (const [name, environment] of Object.entries(badSettings)) {
    test(`${name}: one line that names the variable and not its value, and exit code 1.`, async (t) => {
      const shim = spawnShim(t, { SHIM_PORT: "0", ...environment });

      const { code } = await shim.exit;

      const variable = name.split(" ")[0];
      assert.equal(code, 1);
      assert.equal(shim.lines.length, 1, shim.lines.join("\n"));
      assert.ok(shim.lines[0].startsWith(`shim: ${variable} `), shim.lines[0]);
      assert.ok(!shim.lines[0].includes("secret"));
    });
  }

  test("A SHIM_PORT that is taken: one line, exit code 1, and no job is touched.", async (t) => {
    const database = redis.nextDatabase();
    const service = await answer.startService(t, answer.receipt());
    const jobs = producer(t, database);
    const job = await jobs.add("rewrite-resume", {});

    const shim = spawnShim(t, { REDIS_URL: database.url, SHIM_PORT: String(service.port) });

    assert.equal((await shim.exit).code, 1);
    assert.deepEqual(shim.lines, ["shim: SHIM_PORT cannot be listened on: EADDRINUSE"]);
    assert.equal((await jobs.look(job)).attemptsStarted, 0);
  });

  test("Without a secret, a developer's shim shows the development secret.", async (t) => {
    const { service, jobs } = await scene(
      t,
      redis,
      { CORE_API_INTERNAL_SECRET: "" },
      answer.receipt(),
    );

    await jobs.ended(await jobs.add("rewrite-resume", {}));

    assert.equal(service.requests[0].headers["x-internal-secret"], "development-secret");
    assert.notEqual(SECRET, "development-secret");
  });

  test("A path and a last slash in AI_WORKER_URL are kept and not doubled.", async (t) => {
    const service = await answer.startService(t, answer.receipt());
    const database = redis.nextDatabase();
    await startShim(t, database, { url: `${service.url}/ai/` });
    const jobs = producer(t, database);

    await jobs.ended(await jobs.add("rewrite-resume", {}));

    assert.equal(service.requests[0].url, "/ai/jobs/rewrite-resume");
  });
});
