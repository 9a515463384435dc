// One request to the service for one job, and what its answer means.
import { createHash } from "node:crypto";
import { exchange } from "./exchange.mjs";
import { isServiceUp } from "./probe.mjs";

// The service ends a run at its deadline and then still has to store and answer.
const ANSWER_MARGIN_SECONDS = 10;
const LONGEST_KEY_CHARS = 255;
// After an hour the next delivery asks anew anyway; the service reads a provider's the same way.
const LONGEST_RETRY_AFTER_SECONDS = 3600;
// RFC 9110, section 15.5: what these say of a request, they would say of it again.
const REFUSALS_OF_A_REQUEST = new Set([400, 405, 413, 414, 415, 431]);
// W3C Trace Context, sections 3.2 and 3.3.
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;
const TRACESTATE = /^[ -~]{1,512}$/;

// `{receipt}`, `{problem}`, or `{noAnswer, isUp}` after a timeout, a reset, a proxy's page or anybody
// else's JSON: whether the job ran is unknown, and the same key asks again. Where the service is up, a
// proxy's refusal is of this job alone, and final.
export async function ask(job, signal, settings) {
  const { noAnswer, status, ...answer } = await post(job, signal, settings);
  if (!noAnswer) return answer;
  const isUp = !signal.aborted && (await isServiceUp(settings));
  if (!isUp || !REFUSALS_OF_A_REQUEST.has(status)) return { noAnswer, isUp };
  const detail = "Refused by a proxy before the service, or by its server.";
  return { problem: { status, code: noAnswer, detail, retryable: false } };
}

async function post(job, signal, settings) {
  const timeout = AbortSignal.timeout((settings.runDeadlineSeconds + ANSWER_MARGIN_SECONDS) * 1000);
  const key = idempotencyKey(job);
  try {
    return meaning(
      await exchange(`${settings.workerUrl}/jobs/${encodeURIComponent(job.name)}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-internal-secret": settings.secret,
          "idempotency-key": key,
          // The same at every delivery: all that the job led to is found under it.
          "x-request-id": key,
          "x-job-attempt": String(job.attemptsStarted),
          ...traceHeaders(job),
        },
        body: JSON.stringify(job.data),
        signal: AbortSignal.any([signal, timeout]),
      }),
    );
  } catch (error) {
    return { noAnswer: timeout.aborted ? "TimeoutError" : (error.code ?? error.name) };
  }
}

function meaning({ status, headers, answer }) {
  if (status >= 200 && status < 300 && isText(answer?.resultId)) return { receipt: answer };
  if (status < 400 || typeof answer?.retryable !== "boolean")
    return { noAnswer: `http_${status}`, status };
  const { retryable, title } = answer;
  const code = isText(answer.code) ? answer.code : `http_${status}`;
  const detail = [answer.detail, title, "The service gave no reason."].find(isText);
  return {
    problem: { status, code, detail, retryable, retryAfterSeconds: retryAfter(headers) },
  };
}

const isText = (value) => typeof value === "string" && value !== "";

// `queue:jobId:timestamp`; the service reads the job's id back out of it, so it is left as it is where
// a header can carry it. An escaped id holds a % and no other one does, so two ids never share a key;
// `%s` is no escape, so a hash is never an escaped id.
function idempotencyKey(job) {
  const id = /^[ -~]*$/.test(job.id) && !job.id.includes("%") ? job.id : encodeURIComponent(job.id);
  const key = `${job.queueName}:${id}:${job.timestamp}`;
  if (key.length <= LONGEST_KEY_CHARS) return key;
  return `${job.queueName}:%sha256-${createHash("sha256").update(job.id).digest("hex")}:${job.timestamp}`;
}

// BullMQ's telemetry keeps the producer's W3C carrier as JSON in the job's options.
function traceHeaders(job) {
  try {
    const { traceparent, tracestate } = JSON.parse(job.opts.telemetry.metadata);
    if (!TRACEPARENT.test(traceparent)) return {};
    const isPassedOn = isText(tracestate) && TRACESTATE.test(tracestate);
    return { traceparent, ...(isPassedOn && { tracestate }) };
  } catch {
    return {};
  }
}

// RFC 9110, section 10.2.3: seconds or a date; null when absent or senseless.
function retryAfter(headers) {
  const value = headers["retry-after"] || "none";
  const seconds = Number.isNaN(Number(value)) ? (Date.parse(value) - Date.now()) / 1000 : +value;
  return Number.isNaN(seconds) ? null : Math.min(seconds, LONGEST_RETRY_AFTER_SECONDS);
}
