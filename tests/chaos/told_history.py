"""A history in which nothing went wrong, for tests that then tell a lie in it."""

from tests.chaos.evidence import SERVICES, History
from tests.chaos.history import Line
from tests.chaos.model import OUTPUT_TOKENS
from tests.chaos.planned_jobs import COMPLETED, PlannedJob, planned_job, student_of

SEED = 1

# Enough for every kind of job to be among them.
JOBS = 200

START = 1_000_000.0
KILLED_AT = START + 500.0

# Calls of jobs count up from 1; those that a test adds, from here.
FREE_CALL = 10_000


def sound_history() -> History:
    """All jobs ended as planned, one a second; a shim died early, a service late."""
    history = History(SEED, JOBS, [], [], [], [], [], [])
    for service in SERVICES:
        history.run_events.append({"at": START - 10, "event": "started", "part": service})
    for number in range(JOBS):
        _tell(history, planned_job(SEED, number))
    killed(history, "shim-a", START + 0.5, is_around_only=True)
    killed(history, "service-a", KILLED_AT)
    # All jobs went to the one that was killed, long after it was scraped for the last time.
    scraped(history, "service-a", KILLED_AT - 100, told=JOBS)
    scraped(history, "service-a", KILLED_AT + 100, told=0)
    scraped(history, "service-b", KILLED_AT + 100, told=0)
    return history


def killed(history: History, part: str, at: float, *, is_around_only: bool = False) -> None:
    """Add a kill, after which the part is back within a second."""
    fields: Line = {"part": part, "is_around_only": is_around_only}
    history.run_events.append({"at": at, "event": "killed", **fields})
    history.run_events.append({"at": at + 0.5, "event": "started", "part": part})
    history.run_events.append({"at": at + 1, "event": "ready", "part": part})


def scraped(history: History, service: str, at: float, *, told: int) -> None:
    """Add a scrape that tells of the first so many jobs."""
    rows = [row for row in history.ledger if int(row["run"].removeprefix("run-")) < told]
    figures = {
        "calls": len(rows),
        "input_tokens": sum(row["input_tokens"] for row in rows),
        "output_tokens": sum(row["output_tokens"] for row in rows),
        "succeeded": sum(run["state"] == "succeeded" for run in history.runs) if told else 0,
        "undelivered": 0,
    }
    history.scrapes.append({"at": at, "asked_at": at, "part": service, **figures})


def called(history: History, job: int, at: float) -> None:
    """Add a call of a job that was answered and written down."""
    _tell_call(history, job, at, FREE_CALL + len(history.model))


def plain_job(history: History) -> int:
    """The number of a job that is meant to end well, with several attempts."""
    return next(n for n, job in history.planned.items() if _is_plain(job))


def _is_plain(job: PlannedJob) -> bool:
    return job.ends_with == COMPLETED and not job.is_asked_once


def _tell(history: History, job: PlannedJob) -> None:
    number, at, call = job.number, START + job.number, job.number + 1
    run, result = f"run-{number}", f"variant-{number}"
    is_completed = job.ends_with == COMPLETED
    history.enqueued.append({"at": at, "event": "enqueued", "job": number, "id": job.id})
    history.queue_jobs.append(
        {
            "id": job.id,
            "state": COMPLETED if is_completed else "failed",
            "failedReason": None if is_completed else f"{job.ends_with}: as planted",
            "finishedAt": at + 1,
            "resultId": result if is_completed else None,
        }
    )
    if job.needed_calls:
        history.forwarded.append({"at": at, "service": "service-a", "job_key": job.id})
        _tell_call(history, number, at + 0.1, call)
        history.runs.append(
            {
                "run": run,
                "student": student_of(number),
                "job_key": job.id,
                "state": "succeeded" if is_completed else "failed",
                "result_id": result if is_completed else None,
            }
        )
    if is_completed:
        history.variants.append({"id": result, "run": run})
        history.callbacks.append(
            {
                "at": at + 1,
                "webhook_id": f"event-{number}",
                "run_id": run,
                "result_id": result,
                "is_readable": True,
                "answer": "ok",
            }
        )


def _tell_call(history: History, job: int, at: float, call: int) -> None:
    for event in ("begun", "answering", "answered"):
        line: Line = {"at": at, "event": event, "call": call, "job": job}
        history.model.append(line | ({"tokens": call} if event == "answering" else {}))
    history.ledger.append(
        {
            "run": f"run-{job}",
            "outcome": "answered",
            "input_tokens": call,
            "output_tokens": OUTPUT_TOKENS,
        }
    )
