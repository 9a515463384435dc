// Drains the shim when the process at the other end of its stdin is gone, however it went:
//   node --import ./ends-with-parent.mjs shim.mjs
// Not for containers, whose stdin is at its end from the start.
process.stdin.once("end", () => process.kill(process.pid, "SIGTERM")).resume();
