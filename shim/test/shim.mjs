// The shim as an operator runs it: `node shim.mjs` with an environment.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { startService } from "./service.mjs";

export const SECRET = "a-secret-of-the-tests";
// A machine busy with other things; nothing waits for it to pass.
const PATIENCE_MS = 60_000;
const FOLDER = fileURLToPath(new URL("..", import.meta.url));

export function spawnShim(context, environment, ...nodeOptions) {
  const shim = spawn(process.execPath, [...nodeOptions, "shim.mjs"], {
    cwd: FOLDER,
    env: { PATH: process.env.PATH, ...environment },
  });
  const logs = [];
  const lines = [];
  createInterface({ input: shim.stdout }).on("line", (line) => {
    lines.push(line);
    logs.push(JSON.parse(line));
  });
  createInterface({ input: shim.stderr }).on("line", (line) => lines.push(line));
  const exit = once(shim, "close").then(([code, signal]) => ({ code, signal }));
  context.after(async () => {
    shim.kill("SIGKILL");
    await exit;
  });
  return {
    pid: shim.pid,
    logs,
    lines,
    exit,
    kill: (signal) => shim.kill(signal),
    endInput: () => shim.stdin.end(),
  };
}

export async function startShim(context, redis, service, environment = {}, ...nodeOptions) {
  const settings = {
    REDIS_URL: redis.url,
    AI_WORKER_URL: service.url,
    CORE_API_INTERNAL_SECRET: SECRET,
    SHIM_PORT: "0",
    ...environment,
  };
  const shim = spawnShim(context, settings, ...nodeOptions);
  const { port } = await until(() => shim.logs.find(({ event }) => event === "started"));
  const health = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    return { code: response.status, ...(await response.json()) };
  };
  return {
    ...shim,
    port,
    health,
    logged: (name) => shim.logs.filter((line) => line.event === name),
  };
}

// One job's surroundings: a database of this Redis, a service that answers so, a shim between them.
export async function scene(context, redis, environment, ...answers) {
  const database = redis.nextDatabase();
  const service = await startService(context, ...answers);
  const shim = await startShim(context, database, service, environment);
  return { database, service, shim, jobs: producer(context, database) };
}

export function producer(context, redis, options = {}) {
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null, ...options });
  connection.on("error", () => {});
  const queue = new Queue("ai-jobs", { connection });
  queue.on("error", () => {});
  context.after(() => connection.disconnect());
  return {
    connection,
    add: (name, data, jobOptions) => queue.add(name, data, jobOptions),
    ended: async ({ id }, limitMs = PATIENCE_MS) =>
      until(async () => {
        const job = await queue.getJob(id);
        return job?.finishedOn ? job : null;
      }, limitMs),
    look: ({ id }) => queue.getJob(id),
  };
}

export async function until(look, limitMs = PATIENCE_MS) {
  const end = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${look}`);
    await sleep(25);
  }
}
