// One HTTP request and the JSON that it brings. Not `fetch`, which ends every wait for an answer after
// five minutes, whatever RUN_DEADLINE_SECONDS says.
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";

// A host that drops packets is away; whoever is there takes a connection in far less.
const CONNECT_SECONDS = 10;

// Throws when nothing whole came back; `answer` is null when it is not JSON. No redirect is followed.
export async function exchange(url, { body, ...options }) {
  const request = (url.startsWith("https:") ? https : http).request(url, options);
  // Whoever refuses a large body early may cut the connection while its answer is being read.
  request.on("error", () => {});
  endIfNotConnected(request);
  request.end(body);
  const [response] = await once(request, "response");
  return {
    status: response.statusCode,
    headers: response.headers,
    answer: parsed(await text(response)),
  };
}

function endIfNotConnected(request) {
  const slow = Object.assign(new Error("not connected in time"), { code: "ETIMEDOUT" });
  const timer = setTimeout(() => request.destroy(slow), CONNECT_SECONDS * 1000);
  const stop = () => clearTimeout(timer);
  request.once("close", stop).once("socket", (socket) => {
    if (socket.connecting) socket.once("connect", stop);
    else stop();
  });
}

function parsed(said) {
  try {
    return JSON.parse(said);
  } catch {
    return null;
  }
}
