// Has `fetch` wait for an answer for one second instead of its five minutes.
const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

await fetch("http://127.0.0.1:1").catch(() => {}); // sets it
const { constructor: Agent } = globalThis[DISPATCHER];
globalThis[DISPATCHER] = new Agent({ headersTimeout: 1000 });
