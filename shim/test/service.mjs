// A service that answers as scripted, in the real one's forms, and remembers what it was asked.
// Source of the forms: app/api/problems.py, app/api/health.py, app/runs/receipt.py.
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

export const RESULT_ID = "5f2c6a2e-0f6e-4f0e-9d5e-2f1f0a7b9c11";
export const RUN_ID = "0b7a4c58-6d0f-5b1e-8a57-3f5c3d1a2b4c";

// The last answer is given for ever, to jobs; `/health` and `/jobs` have answers of their own.
export async function startService(context, ...answers) {
  return startServiceAt(0, context, ...answers);
}

export async function startServiceAt(wantedPort, context, ...answers) {
  let script = answers;
  let health = json(200, { status: "ok", worker_active: true, llm_provider: "offline" });
  let accepted = null;
  const requests = [];
  const probes = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { method, url, headers } = request;
    const asked = { method, url, headers, body, at: Date.now() };
    (method === "POST" ? requests : probes).push(asked);
    if (url.endsWith("/health")) return health(response);
    if (accepted && headers["x-internal-secret"] !== accepted) return unauthorized(response);
    if (method === "GET") return noSuchRoute(response);
    const answer = script.length > 1 ? script.shift() : script[0];
    await answer(response, asked);
  });
  server.keepAliveTimeout = 75_000;
  await once(server.listen(wantedPort, "127.0.0.1"), "listening");
  const { port } = server.address();
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  context.after(stop);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    probes,
    stop,
    acceptOnly: (secret) => {
      accepted = secret;
    },
    answerHealthWith: (next) => {
      health = next;
    },
    answerFromNowOn: (...next) => {
      script = next;
    },
  };
}

const respond = (response, status, type, body, headers = {}) =>
  response.writeHead(status, { "content-type": type, ...headers }).end(body);

export const receipt =
  (resultId = RESULT_ID) =>
  (response) =>
    respond(
      response,
      200,
      "application/json",
      JSON.stringify({
        runId: RUN_ID,
        jobId: "1",
        jobType: "rewrite-resume",
        tenantId: "demo-college",
        resultId,
        isReplay: false,
        model: "editor",
        usage: { inputTokens: 10, outputTokens: 5, costUsd: null },
        refusals: [],
        warnings: [],
      }),
    );

export const problem =
  (status, code, { retryable, retryAfter, detail = "The caller reads this." }) =>
  (response) =>
    respond(
      response,
      status,
      "application/problem+json",
      JSON.stringify({
        type: `urn:ai-worker:problem:${code}`,
        title: "What happened.",
        status,
        detail,
        code,
        retryable,
      }),
      {
        ...(retryAfter !== undefined && { "retry-after": retryAfter }),
        ...(status === 401 && { "www-authenticate": 'InternalSecret realm="ai-worker"' }),
      },
    );

const unauthorized = problem(401, "unauthorized", { retryable: false });
const noSuchRoute = problem(404, "not_found", { retryable: false });

export const page = (status) => (response) =>
  respond(response, status, "text/html", "<html><h1>Bad Gateway</h1></html>");

export const json = (status, body) => (response) =>
  respond(response, status, "application/json", JSON.stringify(body));

export const redirect = (to) => (response) => response.writeHead(307, { location: to }).end();

export const reset = () => (response) => response.socket.resetAndDestroy();

export const cutShort = () => (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"runId":', () => response.socket.resetAndDestroy());
};

export const after = (milliseconds, answer) => async (response) => {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  await answer(response);
};

// As a proxy or a rule of its own judges a request.
export const byBody =
  (answers, otherwise) =>
  (response, { body }) => {
    const marked = Object.keys(answers).find((mark) => body.includes(mark));
    return (marked === undefined ? otherwise : answers[marked])(response);
  };

export const silence = () => () => {};
