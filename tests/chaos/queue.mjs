// The queue as core-api sees it: `node queue.mjs enqueue HISTORY` adds the jobs of stdin, one JSON
// line each, and keeps a backlog; `node queue.mjs states` prints what became of every job.
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

// BullMQ is the shim's dependency, not this folder's.
const require = createRequire(new URL("../../shim/package.json", import.meta.url));
const { Queue } = require("bullmq");
const { Redis } = require("ioredis");

// Enough to keep both shims busy, few enough that jobs are added throughout the run.
const BACKLOG = 50;
const AT_ONCE = 20;
const LOOK_AGAIN_MS = 200;
const PAGE = 1000;
const UNFINISHED = ["waiting", "prioritized", "delayed", "active"];

const [command, history] = process.argv.slice(2);
// A Redis that is killed comes back: commands wait for it.
const connection = new Redis(process.env.REDIS_URL, {
  maxRetriesPerRequest: null,
  retryStrategy: () => 200,
});
const queue = new Queue("ai-jobs", { connection });
for (const emitter of [connection, queue]) emitter.on("error", () => {});

if (command === "enqueue") await enqueue();
else await printStates();
connection.disconnect();

async function enqueue() {
  const jobs = [];
  for await (const line of createInterface({ input: process.stdin })) jobs.push(JSON.parse(line));
  while (jobs.length > 0) {
    const counts = await queue.getJobCounts(...UNFINISHED);
    const backlog = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const batch = jobs.splice(0, Math.min(AT_ONCE, Math.max(0, BACKLOG - backlog)));
    await Promise.all(batch.map(add));
    if (batch.length === 0) await sleep(LOOK_AGAIN_MS);
  }
}

async function add({ number, name, data, options }) {
  const job = await queue.add(name, data, options);
  const line = { at: Date.now() / 1000, event: "enqueued", job: number, id: job.id };
  appendFileSync(history, `${JSON.stringify(line)}\n`);
}

async function printStates() {
  for (const state of [...UNFINISHED, "completed", "failed"]) {
    for (let start = 0; ; start += PAGE) {
      const jobs = await queue.getJobs([state], start, start + PAGE - 1, true);
      for (const job of jobs) {
        const { id, failedReason, returnvalue, attemptsStarted, stalledCounter } = job;
        const line = { id, state, failedReason, attemptsStarted, stalledCounter };
        line.finishedAt = job.finishedOn ? job.finishedOn / 1000 : null;
        line.resultId = returnvalue?.resultId ?? null;
        process.stdout.write(`${JSON.stringify(line)}\n`);
      }
      if (jobs.length < PAGE) break;
    }
  }
}
