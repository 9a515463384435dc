// Puts one job on the queue as core-api does and follows it to its end, one JSON line for each:
//   node enqueue.mjs rewrite-resume '{"tenant_id": "demo-college", …}'
import { Queue, QueueEvents } from "bullmq";
import { Redis } from "ioredis";
import { reason } from "./log.mjs";

const [name, data] = process.argv.slice(2);
const url = process.env.REDIS_URL || "redis://localhost:6379";
const print = (line) => console.log(JSON.stringify(line));

if (!name || !data) refuse("give the job's name and its payload as JSON");
if (!URL.canParse(url)) refuse("REDIS_URL is no address");
const payload = parsed(data);
const connections = [1, 2].map(() => new Redis(url, { maxRetriesPerRequest: null }));
const queue = new Queue("ai-jobs", { connection: connections[0] });
const events = new QueueEvents("ai-jobs", { connection: connections[1] });
// Once the job is on the queue, an outage is waited for.
let isAdded = false;
for (const emitter of [...connections, queue, events])
  emitter.on("error", (error) => isAdded || refuse(`Redis (REDIS_URL): ${reason(error)}`));
await events.waitUntilReady();

const job = await queue.add(name, payload, {
  attempts: 3,
  backoff: { type: "exponential", delay: 1000 },
});
isAdded = true;
print({ jobId: job.id, timestamp: job.timestamp });
try {
  print(await job.waitUntilFinished(events));
} catch (error) {
  print({ failed: error.message });
  process.exitCode = 1;
}
await Promise.all([events.close(), queue.close()]);
connections.forEach((connection) => connection.disconnect());

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return refuse("the payload is not JSON");
  }
}

function refuse(why) {
  console.error(`enqueue: ${why}`);
  process.exit(1);
}
