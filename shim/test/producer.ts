// How core-api enqueues: the job's name decides what its payload and result are. Compiled by
// types.test.mjs, never run.
import { Queue } from "bullmq";
import type { AiJobs } from "../ai-jobs.js";

type Name = keyof AiJobs;

const queue = new Queue("ai-jobs", { connection: { host: "localhost" } });

export function enqueue<N extends Name>(name: N, payload: AiJobs[N]["payload"]) {
  return queue.add(name, payload, { attempts: 5, backoff: { type: "exponential", delay: 2000 } });
}

const payload = {
  tenant_id: "demo-college",
  student_id: "asha-verma",
  resume_id: "asha-verma-base",
  job_id: "backend-intern-northwind",
} as const;

await enqueue("rewrite-resume", { ...payload, tone: "concise" });
await enqueue("rewrite-resume", { ...payload, tone: "detailed", job_title: "Backend intern" });

// One queue for one job type has its payload and result in BullMQ's own types.
type Rewrite = AiJobs["rewrite-resume"];
const rewrites = new Queue<Rewrite["payload"], Rewrite["result"], "rewrite-resume">("ai-jobs", {
  connection: { host: "localhost" },
});
const job = await rewrites.add("rewrite-resume", { ...payload, tone: "professional" });
export const resultId: string = job.returnvalue.resultId;

// @ts-expect-error a job type that the service does not run
await enqueue("rewrite-cv", { ...payload, tone: "concise" });
// @ts-expect-error a tone that there is none of
await enqueue("rewrite-resume", { ...payload, tone: "funny" });
// @ts-expect-error no tone
await enqueue("rewrite-resume", payload);
// @ts-expect-error a misspelt field
await enqueue("rewrite-resume", { ...payload, tone: "concise", jobb_title: "Backend intern" });
// @ts-expect-error an id that is a number
await rewrites.add("rewrite-resume", { ...payload, tone: "concise", student_id: 7 });
// @ts-expect-error a result holds nothing else
export const model: string = job.returnvalue.model;
