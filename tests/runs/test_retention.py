import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.db.engine import Database
from app.errors import InvalidOutput
from app.llm.permit import Budget
from app.records.student_summaries import StudentSummary
from app.runs.claim import known_run
from app.runs.execute import execute
from app.runs.job import Outcome, RunContext
from app.runs.receipt import Receipt
from app.runs.retention import BATCH_SIZE, Retention, enforce
from app.runs.tables import JobError, LlmCall, OutboxEvent, Run
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import (
    PROMPT,
    ToyPayload,
    change_runs,
    expire_leases,
    new_key,
    rows,
    toy_job,
    toy_runtime,
)

RETENTION = Retention(run_days=90, answer_days=7, callback_days=7)
DELIVERED = "delivered_at = now()"


async def aged(database: Database, tenant_id: str, days: float, callbacks: str = "") -> None:
    """Let all that the tenant has be this many days older, after changing its callbacks."""
    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        if callbacks:
            await connection.execute(text(f"update ai_outbox set {callbacks}"))
        for table, column in (
            ("ai_job_runs", "updated_at"),
            ("ai_llm_calls", "started_at"),
            ("ai_outbox", "created_at"),
            ("ai_outbox", "delivered_at"),
        ):
            aging = f"update {table} set {column} = {column} - interval '{days} days'"
            await connection.execute(text(aging))
        await session.commit()


async def run_once(database: Database, tenant_id: str, key: str | None = None) -> Receipt:
    """A run that succeeded, its callback waiting."""
    runtime = toy_runtime(database, ScriptedProvider("well said"))
    return await execute(toy_job(), ToyPayload(tenant_id=tenant_id), key or new_key(), runtime)


async def answers(database: Database, tenant_id: str) -> Sequence[str | None]:
    """What is kept of what models said to the tenant."""
    return [call.answer for call in await rows(database, tenant_id, LlmCall)]


async def test_raw_answers_go_after_a_week_and_the_figures_stay(
    database: Database, tenant_id: str
) -> None:
    """Eight days after a run its answer is gone; tokens, cost, receipt and replay are not."""
    key = new_key()
    receipt = await run_once(database, tenant_id, key)
    await aged(database, tenant_id, 6)
    await enforce(database, RETENTION)
    kept = await answers(database, tenant_id)
    await aged(database, tenant_id, 2)

    await enforce(database, RETENTION)

    (call,) = await rows(database, tenant_id, LlmCall)
    replay = await run_once(database, tenant_id, key)
    assert kept == ["well said"]
    assert (call.answer, call.input_tokens, call.cost_micro_usd) == (None, 100, 45)
    assert replay == receipt.model_copy(update={"is_replay": True})


async def test_what_a_failed_run_s_model_said_goes_too(database: Database, tenant_id: str) -> None:
    """The raw answer beside an error is as much a student's as the one in the journal."""

    async def fail(_: ToyPayload, context: RunContext) -> Outcome[str]:
        completion = await context.model.complete(PROMPT)
        raise InvalidOutput(raw_answer=completion.text)

    runtime = toy_runtime(database, ScriptedProvider("nonsense"))
    with pytest.raises(InvalidOutput):
        await execute(toy_job(fail), ToyPayload(tenant_id=tenant_id), new_key(), runtime)
    await aged(database, tenant_id, 8)

    await enforce(database, RETENTION)

    (error,) = await rows(database, tenant_id, JobError)
    assert (error.code, error.raw_answer) == ("llm_invalid_output", None)
    assert await answers(database, tenant_id) == [None]


async def test_an_open_run_keeps_what_was_paid_for(database: Database, tenant_id: str) -> None:
    """A run whose process vanished a year ago is not asked for again when it is delivered."""
    provider, key = ScriptedProvider("well said", "never asked"), new_key()
    await run_once(database, tenant_id, key)
    await change_runs(database, tenant_id, "state = 'running', result_id = null, receipt = null")
    await expire_leases(database, tenant_id)
    await aged(database, tenant_id, 365)

    await enforce(database, RETENTION)

    receipt = await execute(
        toy_job(), ToyPayload(tenant_id=tenant_id), key, toy_runtime(database, provider)
    )
    assert not receipt.is_replay
    assert provider.prompts == []


async def test_a_callback_goes_a_week_after_it_was_taken(
    database: Database, tenant_id: str
) -> None:
    """A delivered callback is deleted after seven days, and not before."""
    await run_once(database, tenant_id)
    await aged(database, tenant_id, 6, DELIVERED)
    await enforce(database, RETENTION)
    kept = await rows(database, tenant_id, OutboxEvent)
    await aged(database, tenant_id, 2)

    await enforce(database, RETENTION)

    assert len(kept) == 1
    assert await rows(database, tenant_id, OutboxEvent) == []
    assert len(await rows(database, tenant_id, Run)) == 1


@pytest.mark.parametrize("callbacks", ["attempts = 0", "attempts = 500", "dead_at = now()"])
async def test_a_callback_that_nobody_took_is_never_deleted(
    database: Database, tenant_id: str, callbacks: str
) -> None:
    """Waiting or given up, it stays, and its run with it, until somebody has seen to it."""
    await run_once(database, tenant_id)
    await aged(database, tenant_id, 365, callbacks)

    await enforce(database, RETENTION)

    assert len(await rows(database, tenant_id, OutboxEvent)) == 1
    assert len(await rows(database, tenant_id, Run)) == 1


async def test_a_run_goes_after_90_days_with_all_that_is_its(
    database: Database, tenant_id: str
) -> None:
    """Until then its key is answered as before; afterwards nothing of it is left."""
    key = new_key()
    await run_once(database, tenant_id, key)
    await aged(database, tenant_id, 89, DELIVERED)
    await enforce(database, RETENTION)
    replay = await run_once(database, tenant_id, key)
    await aged(database, tenant_id, 2)

    await enforce(database, RETENTION)

    payload = ToyPayload(tenant_id=tenant_id)
    assert replay.is_replay
    assert await known_run(database, toy_job(), payload, key) is None
    for table in (Run, LlmCall, OutboxEvent, JobError):
        assert await rows(database, tenant_id, table) == []


async def test_a_result_outlives_its_run(database: Database, tenant_id: str) -> None:
    """A stored result stays as it is and lets go of its run, and the key may have another."""
    receipt = await run_once(database, tenant_id)
    await _store_summary(database, tenant_id, receipt.run_id)
    await aged(database, tenant_id, 91, DELIVERED)

    await enforce(database, RETENTION)

    (summary,) = await rows(database, tenant_id, StudentSummary)
    assert (summary.student_id, summary.ai_run_id) == ("s-1", None)


async def test_every_result_lets_go_of_its_run(database: Database) -> None:
    """No table's reference to a run keeps the run, but for those that are deleted with it."""
    async with database.tenant("anybody") as session:
        connection = await session.connection()
        found = await connection.execute(
            text(
                "select conrelid::regclass::text, confdeltype::text from pg_constraint "
                "where contype = 'f' and confrelid = 'ai_job_runs'::regclass"
            )
        )
        references = {(table, kind) for table, kind in found}

    ours = {
        ("ai_llm_calls", "a"),
        ("ai_outbox", "a"),
        ("ai_job_errors", "a"),
        ("ai_run_steps", "c"),
    }
    assert ours <= references
    assert {kind for _, kind in references - ours} == {"n"}


async def test_the_months_spending_stays_right(database: Database, tenant_id: str) -> None:
    """What a tenant spent this month counts against its budget, whatever has been deleted."""
    for _ in range(3):
        await run_once(database, tenant_id)
    await _age_answers_only(database, tenant_id)
    await enforce(database, RETENTION)
    runtime = toy_runtime(
        database, ScriptedProvider("one too many"), budget=Budget(monthly_tokens=3 * 120 + 100)
    )

    with pytest.raises(Exception, match="budget"):
        await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

    assert await answers(database, tenant_id) == [None] * 3


async def test_two_replicas_share_the_work(database: Database, tenant_id: str) -> None:
    """More than two batches, deleted by four at once: each row once, and all of them."""
    await run_once(database, tenant_id)
    number = 2 * BATCH_SIZE + 10
    await _multiply(database, tenant_id, number)
    await aged(database, tenant_id, 91, DELIVERED)

    told = await asyncio.gather(*(enforce(database, RETENTION) for _ in range(4)))

    assert await rows(database, tenant_id, Run) == []
    assert sum(each["runs"] for each in told) >= number


async def test_nobody_waits_for_a_row_that_another_one_holds(
    database: Database, tenant_id: str
) -> None:
    """A run that a replica is at is passed over by the others, who do not wait for it."""
    await run_once(database, tenant_id)
    await aged(database, tenant_id, 91, DELIVERED)
    async with database.all_tenants() as holder:
        await holder.exec(select(Run.id).where(Run.tenant_id == tenant_id).with_for_update())

        async with asyncio.timeout(10):
            await enforce(database, RETENTION)

        assert len(await rows(database, tenant_id, Run)) == 1
    await enforce(database, RETENTION)
    assert await rows(database, tenant_id, Run) == []


async def _store_summary(database: Database, tenant_id: str, run_id: UUID) -> None:
    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        await connection.execute(
            text(
                "insert into student_ai_summaries (tenant_id, id, student_id, resume_id, "
                "sentences, refusals, input_hash, prompt_version, guard_version, ai_run_id, "
                "read_at) values (:tenant, 'sum-1', 's-1', 'r-1', '[]', '[]', '0', 1, '1', :run, "
                "now())"
            ),
            {"tenant": tenant_id, "run": run_id},
        )
        await session.commit()


async def _age_answers_only(database: Database, tenant_id: str) -> None:
    """As at a month's end: the runs are a week old, and their calls are of this month."""
    await change_runs(database, tenant_id, "updated_at = now() - interval '8 days'")


async def _multiply(database: Database, tenant_id: str, number: int) -> None:
    """As many more ended runs, without calls or callbacks."""
    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        await connection.execute(
            text(
                "insert into ai_job_runs (id, tenant_id, job_key, job_id, job_type, payload_hash, "
                "state, attempts, failures, crashes, fence, lease_expires_at) "
                "select gen_random_uuid(), :tenant, 'key-' || n, 'job', 'toy', '0', 'failed', 1, "
                "0, 0, 1, now() from generate_series(1, :number) n"
            ),
            {"tenant": tenant_id, "number": number},
        )
        await session.commit()
