"""The verdict finds what a run must not do: each test tells one lie in a sound history."""

from collections.abc import Callable

import pytest

from tests.chaos.evidence import History
from tests.chaos.finding import Finding
from tests.chaos.told_history import (
    KILLED_AT,
    killed,
    plain_job,
    sound_history,
)
from tests.chaos.verdict import (
    LIMIT_SECONDS,
    SENTENCES,
    all_is_over_soon,
    every_result_is_told,
    no_job_fails_for_the_infrastructure,
    no_job_is_lost,
    no_result_is_there_twice,
    nothing_is_told_early,
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sound_history_passes(sentence: Callable[[History], Finding]) -> None:
    """Nothing is found where nothing went wrong."""
    finding = sentence(sound_history())

    assert finding.is_true, finding


def test_a_job_that_is_not_on_the_queue_any_more_is_lost() -> None:
    """A job that was acknowledged and is nowhere is found."""
    history = sound_history()
    del history.queue_jobs[plain_job(history)]

    assert not no_job_is_lost(history).is_true


def test_a_job_that_never_ends_is_lost() -> None:
    """A job that is still waiting when all is over is found."""
    history = sound_history()
    history.queue_jobs[plain_job(history)]["state"] = "delayed"

    assert not no_job_is_lost(history).is_true


def test_a_job_that_was_never_acknowledged_is_missed() -> None:
    """A producer that did not get all its jobs onto the queue is found."""
    history = sound_history()
    history.enqueued.pop()

    assert not no_job_is_lost(history).is_true


def test_a_job_that_is_done_without_a_result_is_lost() -> None:
    """A job that counts as completed while its run is open is found."""
    history = sound_history()
    history.runs[0]["state"] = "waiting"

    assert not no_job_is_lost(history).is_true


@pytest.mark.parametrize(
    "reason", ["attempts_exhausted: …", "internal: …", "job stalled more than allowable limit"]
)
def test_a_failure_nobody_planted_is_found(reason: str) -> None:
    """A job that was to succeed and failed is found, whoever failed it."""
    history = sound_history()
    history.queue_jobs[plain_job(history)] |= {"state": "failed", "failedReason": reason}

    assert not no_job_fails_for_the_infrastructure(history).is_true


def test_a_planted_failure_that_succeeds_is_found() -> None:
    """A job that cannot succeed and is completed is found."""
    history = sound_history()
    planted = next(job for job in history.queue_jobs if job["state"] == "failed")
    planted["state"] = "completed"

    assert not no_job_fails_for_the_infrastructure(history).is_true


@pytest.mark.parametrize(("is_away", "is_fair"), [(True, True), (False, False)])
def test_a_job_asked_for_once_may_meet_the_models_absence(*, is_away: bool, is_fair: bool) -> None:
    """Without a second attempt a job may fail while its provider is away, and only then."""
    history = sound_history()
    number = next(n for n, job in history.planned.items() if job.is_asked_once)
    history.queue_jobs[number] |= {"state": "failed", "failedReason": "provider_error: …"}
    next(run for run in history.runs if run["run"] == f"run-{number}")["state"] = "waiting"
    if is_away:
        killed(history, "model", history.queue_jobs[number]["finishedAt"] - 0.5)

    assert no_job_fails_for_the_infrastructure(history).is_true is is_fair
    assert no_job_is_lost(history).is_true is is_fair


def test_a_second_variant_is_found() -> None:
    """Two results of one run are found."""
    history = sound_history()
    history.variants.append({**history.variants[0], "id": "another"})

    assert not no_result_is_there_twice(history).is_true


def test_a_second_run_is_found() -> None:
    """Two runs of one job are found."""
    history = sound_history()
    history.runs.append({**history.runs[0], "run": "another", "state": "failed", "result_id": None})

    assert not no_result_is_there_twice(history).is_true


def test_somebody_elses_result_is_found() -> None:
    """A job that is given another job's result is found."""
    history = sound_history()
    first, second, *_ = (job for job in history.queue_jobs if job["resultId"])
    first["resultId"] = second["resultId"]

    assert not no_result_is_there_twice(history).is_true


@pytest.mark.parametrize(
    "lie",
    [
        {"answer": "500"},
        {"result_id": "another"},
        {"webhook_id": None},
        {"webhook_id": "event-1"},
        {"run_id": "nobody"},
    ],
)
def test_a_result_that_is_not_told_properly_is_found(lie: dict[str, str | None]) -> None:
    """A callback that core-api never took, or that names something else, is found."""
    history = sound_history()
    history.callbacks[0] |= lie

    assert not every_result_is_told(history).is_true


def test_a_webhook_id_that_changes_is_found() -> None:
    """A callback that is repeated under another id is found."""
    history = sound_history()
    history.callbacks.append({**history.callbacks[0], "webhook_id": "another"})

    assert not every_result_is_told(history).is_true


def test_an_early_callback_is_found() -> None:
    """A callback before its row could be read is found, though a later one was in time."""
    history = sound_history()
    history.callbacks.append({**history.callbacks[0], "is_readable": False, "answer": "unread"})

    assert not nothing_is_told_early(history).is_true


@pytest.mark.parametrize("moment", [None, KILLED_AT + LIMIT_SECONDS + 1])
def test_a_late_job_is_found(moment: float | None) -> None:
    """A job that ends too long after the last kill, or never, is found."""
    history = sound_history()
    history.queue_jobs[0]["finishedAt"] = moment

    assert not all_is_over_soon(history).is_true


def test_a_late_callback_is_found() -> None:
    """A callback that is taken too long after the last kill is found."""
    history = sound_history()
    history.callbacks[0]["at"] = KILLED_AT + LIMIT_SECONDS + 1

    assert not all_is_over_soon(history).is_true
