// GET /health, for containers and people: whether jobs get done, and if not, why. GET /metrics, for
// Prometheus: how many jobs are where on the queue, and whether this shim takes any.
import { setTimeout as sleep } from "node:timers/promises";

const REDIS_PATIENCE_MS = 2000;
const CAUSES = ["service_away", "unauthorized", "redis_away"];
const PAGES = { "/health": health, "/metrics": metrics };

export const answerOperators = (queue, connection, standstill) => async (request, response) => {
  const page = PAGES[request.url];
  if (!page) return response.writeHead(404).end();
  const jobs = await Promise.race([jobCounts(queue, connection), sleep(REDIS_PATIENCE_MS, null)]);
  const cause = jobs ? standstill.cause : "redis_away";
  const { status = 200, type, body } = page({ queue: queue.name, jobs, cause });
  response.writeHead(status, { "content-type": type }).end(body);
};

function health({ jobs, cause }) {
  return {
    status: cause && cause !== "service_away" ? 503 : 200,
    type: "application/json",
    body: JSON.stringify({ status: cause ? "paused" : "ok", cause, jobs }),
  };
}

// Each shim of a queue tells the same of its jobs; without Redis it tells nothing of them.
function metrics({ queue, jobs, cause }) {
  const states = Object.entries(jobs ?? {});
  const lines = [
    "# HELP ai_worker_queue_jobs Jobs on the queue by BullMQ's state.",
    "# TYPE ai_worker_queue_jobs gauge",
    ...states.map(
      ([state, count]) => `ai_worker_queue_jobs{queue="${queue}",state="${state}"} ${count}`,
    ),
    "# HELP ai_worker_shim_paused Whether this shim takes no jobs, by cause.",
    "# TYPE ai_worker_shim_paused gauge",
    ...CAUSES.map((each) => `ai_worker_shim_paused{cause="${each}"} ${Number(each === cause)}`),
  ];
  return { type: "text/plain; version=0.0.4; charset=utf-8", body: `${lines.join("\n")}\n` };
}

// Null without Redis, and where it answers but takes no writes: full, or cut off from its replicas.
async function jobCounts(queue, connection) {
  if (connection.status !== "ready") return null;
  try {
    // A write like any other that changes nothing: only a key that is there (XX) would be set.
    await connection.set(queue.toKey("shim-health"), "", "XX");
    return await queue.getJobCounts();
  } catch {
    return null;
  }
}
