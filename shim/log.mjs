// One JSON line on stdout for each event. Identifiers only: a problem's detail, a job's data and a
// library's message are never logged.
export const log = (level, event, fields) =>
  process.stdout.write(`${JSON.stringify({ event, level, at: new Date(), ...fields })}\n`);

export const reason = (error) =>
  error.code ?? /^[A-Z]{2,}\b/.exec(error.message)?.[0] ?? error.name;

export const logRedisError = (error) => log("error", "redis_error", { reason: reason(error) });
