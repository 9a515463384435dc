// A server that is stopped with its queue of connections full, as one behind a firewall that drops
// packets: nobody who comes gets a connection.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection } from "node:net";

const LISTEN = `
  const server = require("node:net").createServer().listen(
    { port: 0, host: "127.0.0.1", backlog: 1 },
    () => console.log(server.address().port),
  );`;
const MORE_THAN_IT_HOLDS = 8;

export async function startDeafServer(context) {
  const server = spawn(process.execPath, ["-e", LISTEN], { stdio: ["ignore", "pipe", "ignore"] });
  context.after(() => server.kill("SIGKILL"));
  const [line] = await once(server.stdout, "data");
  const port = Number(line);
  server.kill("SIGSTOP");
  for (let count = 0; count < MORE_THAN_IT_HOLDS; count++) {
    const socket = createConnection({ port, host: "127.0.0.1" }).on("error", () => {});
    context.after(() => socket.destroy());
  }
  return { url: `http://127.0.0.1:${port}` };
}
