// The queue as core-api sees it: `node queue.mjs add` adds the jobs of stdin, one JSON line each;
// `node queue.mjs times` prints of every ended job when it began and ended, and how.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// BullMQ is the shim's dependency, not this folder's.
const require = createRequire(new URL("../shim/package.json", import.meta.url));
const { Queue } = require("bullmq");

const PAGE = 1000;
const queue = new Queue("ai-jobs", { connection: { url: process.env.REDIS_URL } });

if (process.argv[2] === "add") await add();
else await printTimes();
await queue.close();

async function add() {
  let batch = [];
  for await (const line of createInterface({ input: process.stdin })) {
    batch.push(JSON.parse(line));
    if (batch.length === PAGE) await queue.addBulk(batch.splice(0));
  }
  await queue.addBulk(batch);
}

async function printTimes() {
  for (const state of ["completed", "failed"])
    for (let start = 0, jobs; start === 0 || jobs.length === PAGE; start += PAGE) {
      jobs = await queue.getJobs([state], start, start + PAGE - 1, true);
      for (const { processedOn, finishedOn, failedReason } of jobs)
        process.stdout.write(`${JSON.stringify({ state, processedOn, finishedOn, failedReason })}\n`);
    }
}
