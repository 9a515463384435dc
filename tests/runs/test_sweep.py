import asyncio

import pytest

from app.db.engine import Database
from app.errors import StoredFailure
from app.records.postings import Posting
from app.runs.claim import MAX_CRASHES, claim_run
from app.runs.close import RunPolicy
from app.runs.execute import execute
from app.runs.sweep import APOLOGY, sweep
from app.runs.tables import JobError, OutboxEvent, Run
from app.settings import Settings
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import ToyPayload, change_runs, new_key, rows, toy_job, toy_runtime

POLICY = RunPolicy(
    max_attempts=3,
    abandoned_after_seconds=Settings(_env_file=None).abandoned_after_seconds,
    deadline_seconds=20,
    is_student_notified=True,
)
JOBS = {"toy": toy_job()}

IS_OVER = "lease_expires_at = now() - interval '1 second'"
IS_LEASED = "lease_expires_at = now() + interval '15 seconds'"
LONG_AGO = f"updated_at = now() - interval '{POLICY.abandoned_after_seconds + 1} seconds'"
# 10,000 jobs of 10 s each, three at a time, and a provider's hour.
BACKLOG_AGO = "updated_at = now() - interval '37000 seconds'"
LATELY = f"updated_at = now() - interval '{POLICY.abandoned_after_seconds - 60} seconds'"


async def leave_run(database: Database, tenant_id: str, *assignments: str) -> str:
    """A run that nobody will finish, in a given state; gives its key."""
    key = new_key()
    await claim_run(
        database, toy_job(), ToyPayload(tenant_id=tenant_id, student_id="s-1"), key, POLICY
    )
    await change_runs(database, tenant_id, ", ".join(assignments))
    return key


@pytest.mark.parametrize(
    "assignments",
    [
        ("state = 'waiting'", "failures = 3", IS_OVER),
        (f"crashes = {MAX_CRASHES}", IS_OVER),
        ("state = 'waiting'", IS_OVER, LONG_AGO),
        (IS_OVER, LONG_AGO),
    ],
    ids=["failures used up", "crashes used up", "waits for nobody", "its process vanished"],
)
async def test_a_run_nobody_redelivers_is_closed(
    database: Database, tenant_id: str, assignments: tuple[str, ...]
) -> None:
    """The student is told once, and a delivery that comes after all gets the stored failure."""
    key = await leave_run(database, tenant_id, *assignments)

    await sweep(database, POLICY, JOBS)
    await sweep(database, POLICY, JOBS)

    (run,) = await rows(database, tenant_id, Run)
    (error,) = await rows(database, tenant_id, JobError)
    (event,) = await rows(database, tenant_id, OutboxEvent)
    assert run.state == "failed"
    assert (error.code, error.message, error.student_id, error.run_id) == (
        "attempts_exhausted",
        "The toy broke.",
        "s-1",
        run.id,
    )
    assert (event.path, event.body["message"]) == ("/internal/notifications/in-app", error.message)
    provider = ScriptedProvider("hi")
    with pytest.raises(StoredFailure) as caught:
        await execute(
            toy_job(),
            ToyPayload(tenant_id=tenant_id, student_id="s-1"),
            key,
            toy_runtime(database, provider),
        )
    assert caught.value.code == "attempts_exhausted"
    assert provider.prompts == []


async def test_a_long_backlog_fails_no_job(database: Database, tenant_id: str) -> None:
    """A job put back behind a backlog, or told to wait for an hour, is left to its redelivery."""
    key = await leave_run(database, tenant_id, "state = 'waiting'", IS_OVER, BACKLOG_AGO)

    await sweep(database, POLICY, JOBS)

    receipt = await execute(
        toy_job(),
        ToyPayload(tenant_id=tenant_id, student_id="s-1"),
        key,
        toy_runtime(database, ScriptedProvider("hi")),
    )
    assert not receipt.is_replay


async def test_a_job_type_that_is_gone_is_closed_too(database: Database, tenant_id: str) -> None:
    """A run whose job this version no longer has ends like any other, with a plain sentence."""
    await leave_run(database, tenant_id, IS_OVER, LONG_AGO)

    await sweep(database, POLICY, {})

    (error,) = await rows(database, tenant_id, JobError)
    assert error.message == APOLOGY


@pytest.mark.parametrize(
    "assignments",
    [
        (IS_LEASED, LONG_AGO),
        (IS_LEASED, LONG_AGO, f"crashes = {MAX_CRASHES}"),
        (IS_OVER, LATELY),
        ("state = 'waiting'", "failures = 2", IS_OVER, LATELY),
        (f"crashes = {MAX_CRASHES - 1}", IS_OVER, LATELY),
        ("state = 'succeeded'", IS_OVER, LONG_AGO),
        ("state = 'failed'", "failures = 3", IS_OVER, LONG_AGO),
    ],
)
async def test_any_other_run_is_left_alone(
    database: Database, tenant_id: str, assignments: tuple[str, ...]
) -> None:
    """A run that is leased, fresh, closed or has an attempt left is none of the sweeper's."""
    await leave_run(database, tenant_id, *assignments)
    (before,) = await rows(database, tenant_id, Run)

    await sweep(database, POLICY, JOBS)

    assert (await rows(database, tenant_id, Run))[0].model_dump() == before.model_dump()
    assert await rows(database, tenant_id, JobError) == []


async def test_two_sweepers_do_not_meet(database: Database, tenant_id: str) -> None:
    """Several processes sweep at once, and each run is closed and told of once."""
    for _ in range(20):
        await claim_run(database, toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), POLICY)
    await change_runs(database, tenant_id, f"{IS_OVER}, {LONG_AGO}")

    await asyncio.gather(*(sweep(database, POLICY, JOBS) for _ in range(4)))

    assert {run.state for run in await rows(database, tenant_id, Run)} == {"failed"}
    assert len(await rows(database, tenant_id, JobError)) == 20


async def test_a_sweeper_and_a_delivery_do_not_meet(database: Database, tenant_id: str) -> None:
    """A run that is redelivered at the moment it is swept either succeeds or fails, never both."""
    payload = ToyPayload(tenant_id=tenant_id, student_id="s-1")
    runtime = toy_runtime(database, ScriptedProvider("hi"))
    keys = [new_key() for _ in range(20)]
    for key in keys:
        await claim_run(database, toy_job(), payload, key, POLICY)
    await change_runs(database, tenant_id, f"{IS_OVER}, {LONG_AGO}")

    await asyncio.gather(
        sweep(database, POLICY, JOBS),
        *(execute(toy_job(), payload, key, runtime) for key in keys),
        return_exceptions=True,
    )

    ended = [run.state for run in await rows(database, tenant_id, Run)]
    assert set(ended) <= {"succeeded", "failed"}
    assert len(await rows(database, tenant_id, JobError)) == ended.count("failed")
    assert len(await rows(database, tenant_id, Posting)) == ended.count("succeeded")
