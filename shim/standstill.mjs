// While no job would get done, none is taken, and the service is asked whether one would be.
import { log, logRedisError } from "./log.mjs";
import { isSecretAccepted, isServiceUp } from "./probe.mjs";

// Waits double up to this, so that a job is done within half a minute of an outage's end.
const LONGEST_WAIT_SECONDS = 30;
const PROBES = { service_away: isServiceUp, unauthorized: isSecretAccepted };

export const doublingSeconds = (times) => Math.min(2 ** (times - 1), LONGEST_WAIT_SECONDS);

export class Standstill {
  // "unauthorized", "service_away", or null while jobs get done.
  cause = null;
  #waits = 0; // since a job was answered
  #worker;
  #settings;

  constructor(worker, settings) {
    this.#worker = worker;
    this.#settings = settings;
  }

  begin(cause, fields) {
    log("error", cause, fields);
    this.cause = cause;
    if (this.#worker.isPaused()) return;
    this.#worker.pause(true).catch(logRedisError);
    this.#wait();
  }

  // A job that was still out got its answer.
  end() {
    this.#waits = 0;
    if (this.cause) log("info", "service_back");
    this.cause = null;
  }

  #wait() {
    const seconds = doublingSeconds(++this.#waits);
    setTimeout(() => this.#goOnIfWell(), seconds * 1000).unref();
  }

  async #goOnIfWell() {
    const { cause } = this;
    if (cause && !(await PROBES[cause](this.#settings))) {
      log("error", cause, { reason: "probe_failed" });
      return this.#wait();
    }
    if (this.#worker.closing) return;
    if (this.cause) log("info", "service_back");
    this.cause = null;
    await this.#worker.resume();
  }
}
