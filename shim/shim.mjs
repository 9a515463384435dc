// Takes the jobs of the BullMQ queue `ai-jobs` to the service. The service's answer decides what
// becomes of a job: `retryable` and Retry-After, and no other rule.
import { once } from "node:events";
import { createServer } from "node:http";
import { Backoffs, DelayedError, Queue, UnrecoverableError, Worker } from "bullmq";
import { Redis } from "ioredis";
import { ask } from "./ask.mjs";
import { answerOperators } from "./health.mjs";
import { log, logRedisError, reason } from "./log.mjs";
import { readSettings } from "./settings.mjs";
import { Standstill, doublingSeconds } from "./standstill.mjs";

const QUEUE = "ai-jobs";
const LONGEST_BACKOFF_MS = 3_600_000;
// BullMQ counts waits as starts and fails a job that has too many. At half a minute each this is
// three days of outage; a job that harms the service is ended by the service's own count.
const MAX_STARTS = 10_000;
const EXIT_MARGIN_SECONDS = 5;
const ONE_SIGNAL_MS = 1000;

process.on("uncaughtException", (error) => {
  log("critical", "shim_crashed", { reason: reason(error) });
  process.exit(1);
});

const settings = readSettings(process.env);
const connection = new Redis(settings.redisUrl, { maxRetriesPerRequest: null });
const queue = new Queue(QUEUE, { connection });
const worker = new Worker(QUEUE, work, {
  connection,
  autorun: false,
  concurrency: settings.concurrency,
  lockDuration: settings.lockSeconds * 1000,
  stalledInterval: settings.lockSeconds * 250,
  maxStalledCount: MAX_STARTS,
  maxStartedAttempts: MAX_STARTS,
  settings: { backoffStrategy },
});
const standstill = new Standstill(worker, settings);
let drainingSince = null; // milliseconds of the process's life

async function work(job, token, signal) {
  report(job, { state: "sent" });
  const { receipt, problem, noAnswer, isUp } = await ask(job, signal, settings);
  if (noAnswer) {
    // A service that is up leaves only this job unanswered; the others go on.
    if (isUp) log("warning", "job_unanswered", { jobId: job.id, reason: noAnswer });
    else if (!signal.aborted) standstill.begin("service_away", { jobId: job.id, reason: noAnswer });
    return putBack(job, token, 0, noAnswer);
  }
  if (problem?.status === 401) {
    standstill.begin("unauthorized", { jobId: job.id, reason: "secret_refused" });
    return putBack(job, token, 0, problem.code);
  }
  standstill.end();
  if (receipt) {
    report(job, { state: "done", runId: receipt.runId });
    return { resultId: receipt.resultId };
  }
  const { code, detail, retryable, retryAfterSeconds } = problem;
  if (retryable && retryAfterSeconds !== null) return putBack(job, token, retryAfterSeconds, code);
  const Failure = retryable ? Error : UnrecoverableError;
  throw Object.assign(new Failure(`${code}: ${detail}`), { code });
}

// Uses no attempt. A job that cannot be put back must not fail for it: its lock runs out instead,
// and it is delivered again.
async function putBack(job, token, seconds, code) {
  const waitSeconds = Math.max(seconds, doublingSeconds(job.attemptsStarted));
  await job
    .moveToDelayed(Date.now() + waitSeconds * 1000, token)
    .then(() => log("info", "job_waits", { jobId: job.id, code, waitSeconds }))
    .catch((error) => log("error", "job_not_put_back", { jobId: job.id, reason: reason(error) }));
  throw new DelayedError();
}

// Unawaited, because Redis may be away and the job can be asked for all the same.
function report(job, progress) {
  job.updateProgress(progress).catch(logRedisError);
}

// BullMQ looks a type up with `in`, which finds "toString" in every object that has a prototype.
Object.setPrototypeOf(Backoffs.builtinStrategies, null);

// For every backoff.type that is not BullMQ's own: the producer's delay, doubling up to an hour.
function backoffStrategy(attemptsMade, _type, _error, job) {
  const delay = job.opts.backoff?.delay;
  const firstMs = Number.isFinite(delay) && delay > 0 ? delay : 1000;
  return Math.min(firstMs * 2 ** (attemptsMade - 1), LONGEST_BACKOFF_MS);
}

async function drain() {
  // npm and `timeout` pass a signal on that the process got already: that is one, not a second.
  if (performance.now() > (drainingSince ??= performance.now()) + ONE_SIGNAL_MS) process.exit(1);
  if (worker.closing) return;
  log("info", "draining");
  // Whoever is still waiting for an answer then puts the job back for the next shim.
  setTimeout(() => worker.cancelAllJobs(), settings.drainSeconds * 1000);
  setTimeout(() => process.exit(1), (settings.drainSeconds + EXIT_MARGIN_SECONDS) * 1000);
  await worker.close();
  log("info", "stopped");
  process.exit(0);
}

for (const emitter of [connection, queue, worker]) emitter.on("error", logRedisError);
worker.on("completed", (job, { resultId }) =>
  log("info", "job_done", { jobId: job.id, jobType: job.name, resultId }),
);
worker.on("failed", (job, error) =>
  log("warning", job?.finishedOn ? "job_failed" : "job_attempt_failed", {
    jobId: job?.id,
    jobType: job?.name,
    code: reason(error),
  }),
);
worker.on("lockRenewalFailed", (jobIds) => log("warning", "job_locks_lost", { jobIds }));
worker.on("stalled", (jobId) => log("warning", "job_stalled", { jobId }));
process.on("SIGTERM", drain).on("SIGINT", drain);

const server = createServer(answerOperators(queue, connection, standstill)).listen(settings.port);
await once(server, "listening").catch((error) => {
  console.error(`shim: SHIM_PORT cannot be listened on: ${error.code}`);
  process.exit(1);
});
worker.run().catch(logRedisError);
const { concurrency, runDeadlineSeconds } = settings;
log("info", "started", { port: server.address().port, concurrency, runDeadlineSeconds });
