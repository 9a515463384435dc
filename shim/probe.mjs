// What the service says when no job is at stake.
import { exchange } from "./exchange.mjs";

// It answers both without looking anything up.
const PATIENCE_MS = 5000;

// Document 000's /health, which a proxy's page is not.
export const isServiceUp = async (settings) =>
  (await answerTo("/health", settings))?.answer?.status === "ok";

// Nothing is at /jobs, which it only says to whoever shows a secret that it accepts.
export async function isSecretAccepted(settings) {
  const said = await answerTo("/jobs", settings, { "x-internal-secret": settings.secret });
  return said?.status !== 401 && typeof said?.answer?.retryable === "boolean";
}

const answerTo = (path, settings, headers) =>
  exchange(settings.workerUrl + path, { headers, signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
    () => null,
  );
