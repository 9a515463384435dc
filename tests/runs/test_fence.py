import asyncio

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import Database
from app.errors import (
    AiWorkerError,
    GuardRejected,
    LeaseLost,
    ProviderError,
)
from app.records.postings import Posting
from app.runs.execute import execute
from app.runs.job import Outcome, RunContext
from app.runs.receipt import Receipt
from app.runs.tables import JobError, LlmCall, OutboxEvent, Run
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import (
    HungProvider,
    ToyPayload,
    ask_once,
    expire_leases,
    new_key,
    rows,
    save_posting,
    seconds_left,
    toy_job,
    toy_runtime,
    until,
)

# Two transactions around the model call's two; BEGIN and COMMIT are not counted.
STATEMENTS_OF_A_RUN = 11


async def test_an_attempt_that_outlived_its_lease_stores_nothing(
    database: Database, tenant_id: str
) -> None:
    """Of two attempts the one with the older fence stores nothing and answers 409."""
    slow, key, payload = HungProvider(), new_key(), ToyPayload(tenant_id=tenant_id)
    outlived = asyncio.create_task(execute(toy_job(), payload, key, toy_runtime(database, slow)))
    await until(lambda: slow.asked == 1)
    await expire_leases(database, tenant_id)
    receipt = await execute(
        toy_job(), payload, key, toy_runtime(database, ScriptedProvider("quick"))
    )

    slow.go_on.set()
    with pytest.raises(LeaseLost) as caught:
        await outlived

    assert (caught.value.status, caught.value.code) == (409, "in_progress")
    assert caught.value.retry_after_seconds
    (posting,) = await rows(database, tenant_id, Posting)
    assert posting.description == "quick"
    assert len(await rows(database, tenant_id, OutboxEvent)) == 1
    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.result_id, run.failures) == ("succeeded", receipt.result_id, 0)


@pytest.mark.parametrize(
    "ending",
    [GuardRejected("Everything was refused."), ProviderError(), KeyError()],
    ids=lambda ending: type(ending).__name__,
)
async def test_an_attempt_that_outlived_its_lease_closes_nothing(
    database: Database, tenant_id: str, ending: Exception
) -> None:
    """However the older attempt ends, the newer one keeps the run it is working on."""
    key, payload = new_key(), ToyPayload(tenant_id=tenant_id)
    newer = HungProvider()
    tasks = []

    async def be_overtaken(_: ToyPayload, __: RunContext) -> Outcome[str]:
        await expire_leases(database, tenant_id)
        tasks.append(
            asyncio.create_task(execute(toy_job(), payload, key, toy_runtime(database, newer)))
        )
        await until(lambda: newer.asked == 1)
        raise ending

    with pytest.raises(AiWorkerError) as caught:
        await execute(
            toy_job(be_overtaken), payload, key, toy_runtime(database, ScriptedProvider())
        )

    assert caught.value.is_retryable
    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.fence, run.failures) == ("running", 2, 0)
    assert await seconds_left(database, tenant_id) > 0
    assert await rows(database, tenant_id, JobError) == []
    newer.go_on.set()
    receipt = await tasks[0]
    assert not receipt.is_replay


async def test_a_run_that_is_being_stored_cannot_be_taken_over(
    database: Database, tenant_id: str
) -> None:
    """A delivery that comes while the result is stored, its lease over, waits and replays it."""
    key, payload = new_key(), ToyPayload(tenant_id=tenant_id)
    provider = ScriptedProvider("hi")
    runtime = toy_runtime(database, provider)
    tasks = []

    async def redeliver() -> Receipt:
        await expire_leases(database, tenant_id)
        return await execute(toy_job(), payload, key, runtime)

    async def save_slowly(
        session: AsyncSession, payload: ToyPayload, outcome: Outcome[str], context: RunContext
    ) -> str:
        tasks.append(asyncio.create_task(redeliver()))
        await asyncio.wait(tasks, timeout=0.3)
        assert not tasks[0].done()
        return await save_posting(session, payload, outcome, context)

    receipt = await execute(toy_job(save=save_slowly), payload, key, runtime)
    replay = await tasks[0]

    assert replay == receipt.model_copy(update={"is_replay": True})
    assert len(provider.prompts) == 1


async def test_an_attempt_that_outlived_its_lease_pays_nothing(
    database: Database, tenant_id: str
) -> None:
    """The journal refuses the call of an attempt that was overtaken, so the model is not asked."""
    key, payload, provider = new_key(), ToyPayload(tenant_id=tenant_id), ScriptedProvider("hi")

    async def be_overtaken(given: ToyPayload, context: RunContext) -> Outcome[str]:
        await expire_leases(database, tenant_id)
        await execute(toy_job(), payload, key, toy_runtime(database, ScriptedProvider("quick")))
        return await ask_once(given, context)

    with pytest.raises(LeaseLost):
        await execute(toy_job(be_overtaken), payload, key, toy_runtime(database, provider))

    assert provider.prompts == []
    assert len(await rows(database, tenant_id, LlmCall)) == 1
