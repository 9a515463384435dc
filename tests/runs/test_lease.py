import asyncio
from contextlib import suppress
from uuid import uuid4

import pytest

from app.db.engine import Database
from app.errors import LeaseLost
from app.runs.execute import Runtime, execute
from app.runs.lease import HEARTBEAT_SECONDS, LEASE_SECONDS, Leases
from app.runs.tables import Claim, LlmCall, Run
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import (
    HungProvider,
    ToyPayload,
    expire_leases,
    new_key,
    rows,
    seconds_left,
    toy_job,
    toy_runtime,
    until,
)


async def hang(runtime: Runtime, payload: ToyPayload, key: str) -> "asyncio.Task[object]":
    """An attempt that has asked its model and waits."""
    provider = runtime.provider
    assert isinstance(provider, HungProvider)
    asked = provider.asked
    task = asyncio.create_task(execute(toy_job(), payload, key, runtime))
    await until(lambda: provider.asked == asked + 1)
    return task


async def test_a_heartbeat_extends_the_lease(database: Database, tenant_id: str) -> None:
    """A run whose process lives keeps its lease, even one that was over for a moment."""
    runtime = toy_runtime(database, HungProvider())
    task = await hang(runtime, ToyPayload(tenant_id=tenant_id), new_key())
    await expire_leases(database, tenant_id)

    await runtime.leases.beat()

    assert await seconds_left(database, tenant_id) > LEASE_SECONDS - 5
    task.cancel()
    with suppress(Exception):
        await task


async def test_a_heartbeat_cancels_what_was_taken_over(database: Database, tenant_id: str) -> None:
    """An attempt whose run has a new holder is stopped in the middle of its model call."""
    slow = toy_runtime(database, HungProvider())
    key, payload = new_key(), ToyPayload(tenant_id=tenant_id)
    task = await hang(slow, payload, key)
    await expire_leases(database, tenant_id)
    await execute(toy_job(), payload, key, toy_runtime(database, ScriptedProvider("quick")))

    await slow.leases.beat()
    with pytest.raises(LeaseLost):
        await task

    assert task.cancelling() == 0
    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.fence) == ("succeeded", 2)
    outcomes = [call.outcome for call in await rows(database, tenant_id, LlmCall)]
    assert sorted(outcomes, key=str) == [None, "answered"]


async def test_a_process_that_overtakes_itself_keeps_the_newer_run(
    database: Database, tenant_id: str
) -> None:
    """Of two attempts in one process the heartbeat stops the older and keeps the newer alive."""
    runtime = toy_runtime(database, HungProvider())
    key, payload = new_key(), ToyPayload(tenant_id=tenant_id)
    older = await hang(runtime, payload, key)
    await expire_leases(database, tenant_id)
    newer = await hang(runtime, payload, key)

    await runtime.leases.beat()
    with pytest.raises(LeaseLost):
        await older
    await expire_leases(database, tenant_id)
    await runtime.leases.beat()

    assert await seconds_left(database, tenant_id) > 0
    assert isinstance(runtime.provider, HungProvider)
    runtime.provider.go_on.set()
    await newer
    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.fence) == ("succeeded", 2)


async def test_a_run_that_ends_during_a_heartbeat_is_done_not_lost(
    database: Database, tenant_id: str
) -> None:
    """A task whose run closed while the heartbeat was on its way is not cancelled by it."""
    runtime = toy_runtime(database, HungProvider())
    assert isinstance(runtime.provider, HungProvider)
    task = await hang(runtime, ToyPayload(tenant_id=tenant_id), new_key())
    runtime.provider.go_on.set()

    await asyncio.gather(task, *(runtime.leases.beat() for _ in range(50)))

    (run,) = await rows(database, tenant_id, Run)
    assert run.state == "succeeded"


async def test_an_idle_process_beats_for_free(database: Database) -> None:
    """Without runs the heartbeat asks the database nothing."""
    away = Database("postgresql://nobody@127.0.0.1:1/nothing", pool_size=1)

    await Leases(away).beat()

    assert away.engine.pool is not database.engine.pool
    await away.close()


async def test_a_lease_is_held_by_a_task(database: Database) -> None:
    """Outside a task there is nothing a heartbeat could cancel, so nothing is held."""
    claim = Claim(
        run_id=uuid4(),
        tenant_id="t",
        job_type="toy",
        job_id="1",
        student_id=None,
        attempt=1,
        fence=1,
    )
    caught: list[BaseException] = []

    def hold() -> None:
        try:
            with Leases(database).hold(claim):
                pass
        except RuntimeError as error:
            caught.append(error)

    asyncio.get_running_loop().call_soon(hold)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert [str(error) for error in caught] == ["a lease is held by a task"]


async def test_waiting_for_runs_ends_with_its_time(database: Database, tenant_id: str) -> None:
    """A process that ends does not wait for ever for a run that does not."""
    runtime = toy_runtime(database, HungProvider())
    task = await hang(runtime, ToyPayload(tenant_id=tenant_id), new_key())

    await runtime.leases.wait_until_free(timeout_seconds=0.05)

    assert not task.done()
    task.cancel()
    with suppress(Exception):
        await task


def test_a_lease_survives_missed_heartbeats() -> None:
    """A process that misses two heartbeats in a row, in a long pause, keeps its runs."""
    assert LEASE_SECONDS >= 3 * HEARTBEAT_SECONDS
