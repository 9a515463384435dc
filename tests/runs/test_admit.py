import asyncio

import pytest
from sqlalchemy import event

from app.db.engine import Database
from app.errors import IdempotencyMismatch, InternalError, InvalidOutput, StoredFailure, Unavailable
from app.runs.execute import execute
from app.runs.tables import LlmCall, Run
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import (
    HungProvider,
    ToyPayload,
    new_key,
    rows,
    toy_job,
    toy_runtime,
    until,
)


async def test_one_run_too_many_is_sent_away(database: Database, tenant_id: str) -> None:
    """A full process answers 503 with Retry-After; nothing is claimed, journalled or asked."""
    provider, payload = HungProvider(), ToyPayload(tenant_id=tenant_id)
    runtime = toy_runtime(database, provider, max_runs_in_flight=2)
    running = [
        asyncio.create_task(execute(toy_job(), payload, new_key(), runtime)) for _ in range(2)
    ]
    await until(lambda: provider.asked == 2)

    with pytest.raises(Unavailable, match="2 runs are in flight") as refused:
        await execute(toy_job(), payload, new_key(), runtime)

    assert (refused.value.status, refused.value.retry_after_seconds) == (503, 5)
    assert provider.asked == 2
    assert len(await rows(database, tenant_id, Run)) == 2
    assert len(await rows(database, tenant_id, LlmCall)) == 2
    provider.go_on.set()
    await asyncio.gather(*running)
    receipt = await execute(toy_job(), payload, new_key(), runtime)
    assert not receipt.is_replay


async def test_a_burst_never_exceeds_the_cap(database: Database, tenant_id: str) -> None:
    """Of thirty jobs at one moment as many run as there are places, and each other one is told."""
    provider, payload = HungProvider(), ToyPayload(tenant_id=tenant_id)
    runtime = toy_runtime(database, provider, max_runs_in_flight=4)
    burst = [
        asyncio.create_task(execute(toy_job(), payload, new_key(), runtime)) for _ in range(30)
    ]
    await until(lambda: provider.asked == 4)
    await until(lambda: sum(task.done() for task in burst) == 26)

    provider.go_on.set()
    ends = await asyncio.gather(*burst, return_exceptions=True)

    assert provider.asked == 4
    assert sum(isinstance(end, Unavailable) for end in ends) == 26


async def test_a_full_process_still_answers_for_what_is_done(
    database: Database, tenant_id: str
) -> None:
    """Finished runs, good and bad, are replayed without a place; a mismatch is one as ever."""
    done, failed, open_key = new_key(), new_key(), new_key()
    payload = ToyPayload(tenant_id=tenant_id)
    other = ToyPayload(tenant_id=tenant_id, some_word="other")
    await execute(toy_job(), payload, done, toy_runtime(database, ScriptedProvider("hi")))
    with pytest.raises(InvalidOutput):
        await execute(
            toy_job(), payload, failed, toy_runtime(database, ScriptedProvider(InvalidOutput()))
        )
    provider = HungProvider()
    full = toy_runtime(database, provider, max_runs_in_flight=1)
    running = asyncio.create_task(execute(toy_job(), payload, open_key, full))
    await until(lambda: provider.asked == 1)

    replayed = await execute(toy_job(), payload, done, full)

    assert replayed.is_replay
    with pytest.raises(StoredFailure):
        await execute(toy_job(), payload, failed, full)
    with pytest.raises(IdempotencyMismatch):
        await execute(toy_job(), other, done, full)
    with pytest.raises(Unavailable):
        await execute(toy_job(), payload, open_key, full)
    provider.go_on.set()
    await running


async def test_a_place_is_free_again_however_a_run_ends(database: Database, tenant_id: str) -> None:
    """Failures and bugs do not use up the process's places."""
    payload = ToyPayload(tenant_id=tenant_id)
    runtime = toy_runtime(
        database, ScriptedProvider(InvalidOutput(), KeyError(), "hi"), max_runs_in_flight=1
    )
    for _ in range(2):
        with pytest.raises((InvalidOutput, InternalError)):
            await execute(toy_job(), payload, new_key(), runtime)

    receipt = await execute(toy_job(), payload, new_key(), runtime)

    assert not receipt.is_replay


async def test_sending_away_is_cheap(database: Database, tenant_id: str) -> None:
    """A refused job costs the database the tenant's setting and one look."""
    statements: list[str] = []
    runtime = toy_runtime(database, ScriptedProvider("hi"), max_runs_in_flight=0)

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    try:
        with pytest.raises(Unavailable):
            await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", count)

    assert len(statements) == 2, "\n".join(statements)
