"""What is told of every request for a run: one line, whatever became of it, and its figures."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from app.errors import AiWorkerError, StoredFailure
from app.logs import log
from app.runs.receipt import Receipt
from app.runs.tables import Claim
from app.telemetry.metrics import REUSED, RUN_SECONDS, RUNS, STEP_SECONDS
from app.telemetry.steps import timed_steps

OK = "ok"
CRASHED = "crashed"

# Of a run's seconds, those in no step: reading records, and waiting for other runs' turns.
REST = "rest"


@dataclass
class Report:
    """What is known of a request so far.

    `claimed` is what it asked for: a run to be done, or the receipt of one that is. `receipt` is
    of a run that was done now.
    """

    claimed: Claim | Receipt | None = None
    receipt: Receipt | None = None
    code: str = OK
    is_replay: bool = False


@contextmanager
def reported(run_id: UUID, job_type: str) -> Iterator[Report]:
    """Tell of what is done inside, however it ends; its failure names the run."""
    report, started = Report(), time.monotonic()
    with timed_steps() as steps:
        try:
            yield report
        except AiWorkerError as error:
            error.run_id = run_id
            report.code, report.is_replay = error.code, isinstance(error, StoredFailure)
            raise
        except BaseException:
            report.code = CRASHED
            raise
        finally:
            report.is_replay = report.is_replay or isinstance(report.claimed, Receipt)
            _tell(report, job_type, time.monotonic() - started, steps)


def _tell(report: Report, job_type: str, seconds: float, steps: Mapping[str, float]) -> None:
    attempt: dict[str, object] = {}
    if isinstance(report.claimed, Claim):
        # Steps that were taken side by side may add up to more than the whole.
        steps = {**steps, REST: max(seconds - sum(steps.values()), 0.0)}
        attempt["attempt"] = report.claimed.attempt
        attempt["steps"] = {name: round(spent, 4) for name, spent in steps.items()}
        RUN_SECONDS.labels(job_type).observe(seconds)
        for name, spent in steps.items():
            STEP_SECONDS.labels(name).observe(spent)
    if report.receipt:
        usage = report.receipt.usage
        attempt |= {
            "model": report.receipt.model,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cost_usd": usage.cost_usd,
            "refusals": len(report.receipt.refusals),
        }
    log.info(
        "run_request_ended",
        code=report.code,
        is_replay=report.is_replay,
        seconds=round(seconds, 4),
        **attempt,
    )
    RUNS.labels(job_type, _outcome(report)).inc()
    if report.is_replay:
        REUSED.labels("receipt").inc()


def _outcome(report: Report) -> str:
    if report.is_replay:
        return "replayed"
    return "succeeded" if report.code == OK else report.code
