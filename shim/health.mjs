// GET /health, for containers and people: whether jobs get done, and if not, why.
import { setTimeout as sleep } from "node:timers/promises";

const REDIS_PATIENCE_MS = 2000;

export const answerHealth = (queue, connection, standstill) => async (request, response) => {
  if (request.url !== "/health") return response.writeHead(404).end();
  const jobs = await Promise.race([jobCounts(queue, connection), sleep(REDIS_PATIENCE_MS, null)]);
  const cause = jobs ? standstill.cause : "redis_away";
  response.writeHead(cause && cause !== "service_away" ? 503 : 200, {
    "content-type": "application/json",
  });
  response.end(JSON.stringify({ status: cause ? "paused" : "ok", cause, jobs }));
};

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
