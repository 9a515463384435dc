"""The sentences a run is judged by, each a function of its history."""

from collections import Counter, defaultdict
from collections.abc import Callable

from tests.chaos.evidence import History
from tests.chaos.finding import Finding, named
from tests.chaos.history import Line
from tests.chaos.metrics_told import metrics_agree_with_the_ledgers
from tests.chaos.paid_calls import (
    extra_calls_were_in_flight,
    nothing_is_paid_twice_while_the_service_lives,
    postgres_costs_nothing,
    the_ledger_is_the_models,
)
from tests.chaos.planned_jobs import COMPLETED

# The issue's own: after the last fault.
LIMIT_SECONDS = 120

# A job asked for once may meet the model's absence for as long as it takes to say so.
AFTERMATH_SECONDS = 5.0


def no_job_is_lost(history: History) -> Finding:
    """Every job the queue acknowledged came to an end there, and its run with it."""
    lost = [
        line["job"]
        for line in history.enqueued
        if history.queue_job_of.get(line["job"], {}).get("state") not in {"completed", "failed"}
    ]
    ended = {history.number_of_run[run["run"]]: run["state"] for run in history.runs}
    without_result = [
        number
        for number, job in history.queue_job_of.items()
        if job["state"] == "completed" and ended.get(number) != "succeeded"
    ]
    # Nobody redelivers a job that was asked for once: its run is the sweeper's, after an hour.
    open_runs = [
        number
        for number, state in ended.items()
        if state in {"running", "waiting"} and not _found_the_model_away(history, number)
    ]
    missing = history.jobs - len(history.enqueued)
    return Finding(
        "0 jobs lost",
        not (lost or without_result or open_runs or missing),
        f"{len(history.enqueued)} enqueued, {len(lost)} lost, {len(without_result)} without a "
        f"result, {len(open_runs)} runs open{named(lost + without_result + open_runs)}",
    )


def no_job_fails_for_the_infrastructure(history: History) -> Finding:
    """Every failed job ended with the problem it was planted with, and no other job failed."""
    wrong, planted, asked_once = [], 0, 0
    for number, job in history.queue_job_of.items():
        plan = history.planned[number]
        code = _code(job)
        if code == plan.ends_with:
            planted += code != COMPLETED
        elif _found_the_model_away(history, number):
            asked_once += 1
        elif code is not None:
            wrong.append(f"{number}: {code}")
    return Finding(
        "0 failed for an infrastructure reason",
        not wrong,
        f"{planted} failed as planted, {asked_once} asked for once while the provider was away, "
        f"{len(wrong)} otherwise{named(wrong)}",
    )


def no_result_is_there_twice(history: History) -> Finding:
    """A job has one run, a run that succeeded has one variant, and nobody else has any."""
    runs = Counter(run["student"] for run in history.runs)
    variants = Counter(variant["run"] for variant in history.variants)
    results = {variant["id"]: variant["run"] for variant in history.variants}
    twice = [name for name, count in (runs + variants).items() if count > 1]
    wrong = [
        run["run"]
        for run in history.runs
        if (run["state"] == "succeeded") != (results.get(run["result_id"]) == run["run"])
    ]
    told = [
        number
        for number, job in history.queue_job_of.items()
        if job["resultId"] and history.number_of_run.get(results.get(job["resultId"], "")) != number
    ]
    return Finding(
        "0 duplicate results",
        not (twice or wrong or told) and len(variants) == len(results),
        f"{len(history.runs)} runs, {len(results)} results, {len(twice)} twice, "
        f"{len(wrong) + len(told)} mixed up{named([*twice, *wrong, *told])}",
    )


def every_result_is_told(history: History) -> Finding:
    """core-api took the callback of each result, always under the run's one webhook-id."""
    ids, taken = defaultdict(set), set()
    for line in history.callbacks:
        ids[line["run_id"]].add(line["webhook_id"])
        if line["answer"] == "ok":
            taken.add((line["run_id"], line["result_id"]))
    due = {(run["run"], run["result_id"]) for run in history.runs if run["state"] == "succeeded"}
    unstable = [run for run, names in ids.items() if len(names) > 1 or None in names]
    shared = len(set().union(*ids.values())) < len(ids)
    return Finding(
        "every callback delivered at least once, webhook-id stable",
        due <= taken and taken <= due and not unstable and not shared,
        f"{len(due)} due, {len(due & taken)} taken, {len(taken - due)} of no result, "
        f"{len(history.callbacks)} sent, {len(unstable)} unstable{named(unstable)}",
    )


def nothing_is_told_early(history: History) -> Finding:
    """Whenever core-api was told of a result, its row could be read."""
    early = [line["run_id"] for line in history.callbacks if line["is_readable"] is False]
    read = sum(line["is_readable"] is True for line in history.callbacks)
    unread = len(history.callbacks) - read - len(early)
    return Finding(
        "no callback before its row was readable",
        not early,
        f"{read} read at once, {unread} while the database was away, {len(early)} early"
        f"{named(early)}",
    )


def all_is_over_soon(history: History) -> Finding:
    """Jobs ended and callbacks were taken within two minutes of the last kill."""
    faults = history.kills or history.enqueued
    last = max((fault["at"] for fault in faults), default=0.0)
    ends = [job["finishedAt"] or float("inf") for job in history.queue_jobs]
    first_taken: dict[str, float] = {}
    for line in history.callbacks:
        if line["answer"] == "ok":
            first_taken.setdefault(line["run_id"], line["at"])
    jobs, told = max(ends, default=last) - last, max(first_taken.values(), default=last) - last
    return Finding(
        f"all terminal within {LIMIT_SECONDS} s of the last kill",
        max(jobs, told) <= LIMIT_SECONDS,
        f"last job {max(jobs, 0):.0f} s, last callback {max(told, 0):.0f} s after it",
    )


SENTENCES: tuple[Callable[[History], Finding], ...] = (
    no_job_is_lost,
    no_job_fails_for_the_infrastructure,
    no_result_is_there_twice,
    nothing_is_paid_twice_while_the_service_lives,
    extra_calls_were_in_flight,
    postgres_costs_nothing,
    every_result_is_told,
    nothing_is_told_early,
    all_is_over_soon,
    the_ledger_is_the_models,
    metrics_agree_with_the_ledgers,
)


def _code(job: Line) -> str | None:
    """`completed`, or the code the shim puts before the problem's detail; `None` of an open job."""
    if job["state"] == "failed":
        return str(job["failedReason"]).partition(":")[0]
    return COMPLETED if job["state"] == "completed" else None


def _found_the_model_away(history: History, number: int) -> bool:
    """Whether the one attempt that its producer granted a job met a model that was killed."""
    job = history.queue_job_of.get(number)
    if not history.planned[number].is_asked_once or not job or _code(job) != "provider_error":
        return False
    return any(
        kill["at"] <= job["finishedAt"] <= history.back_at(kill) + AFTERMATH_SECONDS
        for kill in history.kills_of("model")
    )
