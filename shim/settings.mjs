// Every environment variable of the shim; an empty value counts as absent.

// Makes one machine work out of the box, like the service's own; production refuses it.
const DEVELOPMENT_SECRET = "development-secret";
const MIN_SECRET_CHARS = 16;
const SECONDS_A_DAY = 86_400;

// Ends the process with one line that names the variable and never its value.
export function readSettings(env) {
  const isProduction = env.APP_ENV === "production";
  const secret = env.CORE_API_INTERNAL_SECRET || (isProduction ? "" : DEVELOPMENT_SECRET);
  must(secret, "CORE_API_INTERNAL_SECRET is empty");
  must(
    /^[!-~]+( +[!-~]+)*$/.test(secret),
    "CORE_API_INTERNAL_SECRET holds a character that no HTTP header carries",
  );
  must(
    !isProduction || (secret.length >= MIN_SECRET_CHARS && secret !== DEVELOPMENT_SECRET),
    `CORE_API_INTERNAL_SECRET is public or shorter than ${MIN_SECRET_CHARS} characters`,
  );
  return {
    secret,
    redisUrl: redisUrl(env.REDIS_URL || "redis://localhost:6379"),
    workerUrl: workerUrl(env.AI_WORKER_URL || "http://localhost:4002"),
    // As the service has it: the shim waits a little longer for an answer.
    runDeadlineSeconds: number(env, "RUN_DEADLINE_SECONDS", 120, { above: 0, upTo: 3600 }),
    concurrency: whole(env, "SHIM_CONCURRENCY", 3, { above: 0, upTo: 1000 }),
    port: whole(env, "SHIM_PORT", 4003, { above: -1, upTo: 65_535 }),
    lockSeconds: number(env, "SHIM_LOCK_SECONDS", 60, { above: 0, upTo: 3600 }),
    drainSeconds: number(env, "SHIM_DRAIN_SECONDS", 25, { above: 0, upTo: SECONDS_A_DAY }),
  };
}

function redisUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : {};
  must(
    /^rediss?:$/.test(url.protocol) && url.hostname && /^\/?\d*$/.test(url.pathname),
    "REDIS_URL must be redis:// or rediss://, a host, and at most a database number",
  );
  return text;
}

function workerUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : {};
  must(
    /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash,
    "AI_WORKER_URL must be an http:// or https:// address without credentials or query",
  );
  return text.replace(/\/+$/, "");
}

function whole(env, name, absent, range) {
  const value = number(env, name, absent, range);
  must(Number.isInteger(value), `${name} must be a whole number`);
  return value;
}

function number(env, name, absent, { above, upTo }) {
  const value = Number(env[name] || absent);
  must(value > above && value <= upTo, `${name} must be a number above ${above} and up to ${upTo}`);
  return value;
}

function must(isSo, otherwise) {
  if (isSo) return;
  console.error(`shim: ${otherwise}`);
  process.exit(1);
}
