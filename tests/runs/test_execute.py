import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import event
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import Database
from app.errors import (
    AiWorkerError,
    BudgetExhausted,
    InternalError,
    InvalidOutput,
    ModelTimeout,
    PostingNotFound,
    ServiceAway,
)
from app.llm.client import Completion, Usage
from app.llm.permit import Budget
from app.records.postings import Posting
from app.runs.deliver import Relay
from app.runs.execute import execute
from app.runs.job import Outcome, RunContext
from app.runs.tables import JobError, LlmCall, OutboxEvent, Run
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import (
    PROMPT,
    HungProvider,
    ToyPayload,
    ask_once,
    new_key,
    rows,
    save_posting,
    toy_job,
    toy_runtime,
    until,
)

# Two transactions around the model call's two; BEGIN and COMMIT are not counted.
STATEMENTS_OF_A_RUN = 11


async def test_a_result_its_run_and_its_callback_are_stored(
    database: Database, tenant_id: str
) -> None:
    """One job leaves one result, one closed run, one journalled call and one callback."""
    runtime, key = toy_runtime(database, ScriptedProvider("well said")), new_key()

    receipt = await execute(toy_job(), ToyPayload(tenant_id=tenant_id), key, runtime)

    (run,) = await rows(database, tenant_id, Run)
    (posting,) = await rows(database, tenant_id, Posting)
    (call,) = await rows(database, tenant_id, LlmCall)
    (callback,) = await rows(database, tenant_id, OutboxEvent)
    assert (posting.id, posting.description) == (receipt.result_id, "well said")
    assert (run.state, run.result_id, run.prompt) == ("succeeded", receipt.result_id, "toy/1")
    assert (run.input_tokens, run.output_tokens, run.cost_micro_usd) == (100, 20, 45)
    assert (call.outcome, call.answer) == ("answered", "well said")
    assert (callback.path, callback.body) == (
        "/internal/ai-jobs/complete",
        {
            "jobId": key.split(":")[1],
            "jobType": "toy",
            "tenantId": tenant_id,
            "resultId": receipt.result_id,
            "runId": str(receipt.run_id),
        },
    )
    assert receipt.usage.cost_usd == 45 / 1_000_000


async def test_the_price_of_a_run_in_statements(database: Database, tenant_id: str) -> None:
    """A run with one model call costs the database exactly as many statements as it must."""
    statements: list[str] = []
    runtime = toy_runtime(database, ScriptedProvider("hi"))

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    try:
        await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", count)

    assert len(statements) == STATEMENTS_OF_A_RUN, "\n".join(statements)


async def test_unknown_usage_is_not_zero(database: Database, tenant_id: str) -> None:
    """One call of unknown price makes the price of the run unknown; a run without calls is free."""

    async def ask_twice(payload: ToyPayload, context: RunContext) -> Outcome[str]:
        await context.model.complete(PROMPT.followed_by("a", "b"))
        return await ask_once(payload, context)

    async def ask_nobody(_: ToyPayload, __: RunContext) -> Outcome[str]:
        return Outcome("from the shelf")

    unpriced = Completion("hi", "stop", "scripted/model", Usage(10, 2, None))
    provider = ScriptedProvider("hi", unpriced)
    payload, runtime = ToyPayload(tenant_id=tenant_id), toy_runtime(database, provider)

    unknown = await execute(toy_job(ask_twice), payload, new_key(), runtime)
    free = await execute(toy_job(ask_nobody), payload, new_key(), runtime)

    assert unknown.usage.model_dump() == {"inputTokens": 110, "outputTokens": 22, "costUsd": None}
    assert free.usage.model_dump() == {"inputTokens": 0, "outputTokens": 0, "costUsd": 0.0}
    assert free.model is None


async def test_a_save_that_raises_leaves_nothing(database: Database, tenant_id: str) -> None:
    """A bug in `save` rolls back its rows, tells nobody, and lets the next delivery try again."""

    async def save_and_raise(
        session: AsyncSession, payload: ToyPayload, outcome: Outcome[str], context: RunContext
    ) -> str:
        await save_posting(session, payload, outcome, context)
        raise KeyError(outcome.result)

    provider = ScriptedProvider("hi")
    runtime, key = toy_runtime(database, provider, is_student_notified=True), new_key()
    payload = ToyPayload(tenant_id=tenant_id, student_id="s-1")

    with pytest.raises(InternalError) as caught:
        await execute(toy_job(save=save_and_raise), payload, key, runtime)

    assert (caught.value.status, caught.value.detail) == (500, "The service failed.")
    assert await rows(database, tenant_id, Posting) == []
    assert await rows(database, tenant_id, OutboxEvent) == []
    assert await rows(database, tenant_id, JobError) == []
    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.failures, run.receipt, run.result_id) == ("waiting", 1, None, None)

    receipt = await execute(toy_job(), payload, key, runtime)

    assert not receipt.is_replay
    assert len(provider.prompts) == 1, "the answer was paid for already"


async def test_a_save_that_gives_an_impossible_row_is_a_bug(
    database: Database, tenant_id: str
) -> None:
    """A row the database refuses is a bug of ours and no outage; nothing of it is left."""

    async def save_twice(
        session: AsyncSession, payload: ToyPayload, outcome: Outcome[str], context: RunContext
    ) -> str:
        await save_posting(session, payload, outcome, context)
        session.expunge_all()
        return await save_posting(session, payload, outcome, context)

    with pytest.raises(InternalError):
        await execute(
            toy_job(save=save_twice),
            ToyPayload(tenant_id=tenant_id),
            new_key(),
            toy_runtime(database, ScriptedProvider("hi")),
        )

    assert await rows(database, tenant_id, Posting) == []


@pytest.mark.parametrize("is_student_notified", [True, False])
@pytest.mark.parametrize("student_id", ["s-1", None])
async def test_success_is_told_to_the_student_on_demand(
    database: Database, tenant_id: str, *, is_student_notified: bool, student_id: str | None
) -> None:
    """NOTIFY_STUDENT_DIRECTLY adds one notification, for a job that is about a student."""
    runtime = toy_runtime(database, ScriptedProvider("hi"), is_student_notified=is_student_notified)

    receipt = await execute(
        toy_job(), ToyPayload(tenant_id=tenant_id, student_id=student_id), new_key(), runtime
    )

    told = {event.path: event.body for event in await rows(database, tenant_id, OutboxEvent)}
    assert told.pop("/internal/ai-jobs/complete")["resultId"] == receipt.result_id
    expected = {
        "/internal/notifications/in-app": {
            "tenantId": tenant_id,
            "studentId": "s-1",
            "jobType": "toy",
            "runId": str(receipt.run_id),
            "message": "The toy is ready.",
        }
    }
    assert told == (expected if is_student_notified and student_id else {})


async def test_a_failure_with_words_of_its_own_is_told_in_them(
    database: Database, tenant_id: str
) -> None:
    """A student whose tenant has used up its month is not asked to try again."""
    runtime = toy_runtime(
        database, ScriptedProvider("hi"), is_student_notified=True, budget=Budget(monthly_tokens=0)
    )

    with pytest.raises(BudgetExhausted):
        await execute(
            toy_job(), ToyPayload(tenant_id=tenant_id, student_id="s-1"), new_key(), runtime
        )

    (error,) = await rows(database, tenant_id, JobError)
    (told,) = await rows(database, tenant_id, OutboxEvent)
    assert error.message == told.body["message"] == BudgetExhausted.student_message


@pytest.mark.parametrize("is_student_notified", [True, False])
async def test_failure_is_told_to_the_student(
    database: Database, tenant_id: str, *, is_student_notified: bool
) -> None:
    """A failed run leaves a sentence fit for the student, and what the model said apart from it."""
    failure = InvalidOutput("Not JSON.", raw_answer="<html>secret</html>")
    runtime = toy_runtime(
        database, ScriptedProvider(failure), is_student_notified=is_student_notified
    )

    with pytest.raises(InvalidOutput):
        await execute(
            toy_job(), ToyPayload(tenant_id=tenant_id, student_id="s-1"), new_key(), runtime
        )

    (error,) = await rows(database, tenant_id, JobError)
    assert (error.student_id, error.job_type, error.code, error.message, error.raw_answer) == (
        "s-1",
        "toy",
        "llm_invalid_output",
        "The toy broke.",
        "<html>secret</html>",
    )
    told = [event.path for event in await rows(database, tenant_id, OutboxEvent)]
    assert told == (["/internal/notifications/in-app"] if is_student_notified else [])
    (run,) = await rows(database, tenant_id, Run)
    assert run.state == "failed"
    assert "secret" not in str(run.problem)


async def test_a_failure_in_save_ends_the_run_too(database: Database, tenant_id: str) -> None:
    """`save` may find that a record is gone; its rows are rolled back and the run is closed."""

    async def save_and_refuse(
        session: AsyncSession, payload: ToyPayload, outcome: Outcome[str], context: RunContext
    ) -> str:
        await save_posting(session, payload, outcome, context)
        raise PostingNotFound

    with pytest.raises(PostingNotFound):
        await execute(
            toy_job(save=save_and_refuse),
            ToyPayload(tenant_id=tenant_id),
            new_key(),
            toy_runtime(database, ScriptedProvider("hi")),
        )

    assert await rows(database, tenant_id, Posting) == []
    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.problem and run.problem["status"]) == ("failed", 404)


async def test_a_run_over_its_deadline_names_its_step(database: Database, tenant_id: str) -> None:
    """A run that takes too long is answered 504 with the step it was in, and is counted."""
    runtime = toy_runtime(database, HungProvider(), deadline_seconds=0.2)

    with pytest.raises(ModelTimeout, match=r"longer than 0\.2 s; it was in toy/1") as caught:
        await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

    assert caught.value.run_id
    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.failures) == ("waiting", 1)


async def test_a_server_that_shuts_down_frees_the_run(database: Database, tenant_id: str) -> None:
    """A request cancelled by its server is answered 503; the run is free at once, uncounted."""
    provider, key, payload = HungProvider(), new_key(), ToyPayload(tenant_id=tenant_id)
    task = asyncio.create_task(execute(toy_job(), payload, key, toy_runtime(database, provider)))
    await until(lambda: provider.asked == 1)

    task.cancel()
    with pytest.raises(ServiceAway):
        await task

    assert task.cancelling() == 0
    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.failures, run.crashes) == ("waiting", 0, 0)
    receipt = await execute(toy_job(), payload, key, toy_runtime(database, ScriptedProvider("hi")))
    assert not receipt.is_replay


async def test_leases_are_free_only_when_runs_are(database: Database, tenant_id: str) -> None:
    """A process that ends waits until its cancelled runs are released, not only cancelled."""
    provider, payload = HungProvider(), ToyPayload(tenant_id=tenant_id)
    runtime = toy_runtime(database, provider)
    tasks = [asyncio.create_task(execute(toy_job(), payload, new_key(), runtime)) for _ in range(5)]
    await until(lambda: provider.asked == 5)

    for task in tasks:
        task.cancel()
    await runtime.leases.wait_until_free(timeout_seconds=10)
    states = {run.state for run in await rows(database, tenant_id, Run)}
    await asyncio.gather(*tasks, return_exceptions=True)

    assert states == {"waiting"}


async def test_every_failure_names_its_run(database: Database, tenant_id: str) -> None:
    """Whatever a run ends in, its caller learns where to look it up."""
    failures: list[AiWorkerError] = [InvalidOutput(), ModelTimeout(), InternalError()]

    for failure in failures:
        with pytest.raises(type(failure)):
            await execute(
                toy_job(),
                ToyPayload(tenant_id=tenant_id),
                new_key(),
                toy_runtime(database, ScriptedProvider(failure)),
            )

    assert {failure.run_id for failure in failures} == {
        run.id for run in await rows(database, tenant_id, Run)
    }


class WatchedRelay(Relay):
    """A relay that counts its nudges."""

    nudges = 0

    def nudge(self) -> None:
        """One more."""
        self.nudges += 1


@pytest.mark.parametrize("answer", ["hi", InvalidOutput()], ids=["success", "failure"])
async def test_the_relay_is_told_at_once(
    database: Database, tenant_id: str, answer: str | Exception
) -> None:
    """A run that ended does not wait for the relay's next round, however it ended."""
    relay = WatchedRelay(database, core_api_url=None, secret="secret-of-the-tests")
    runtime = replace(toy_runtime(database, ScriptedProvider(answer)), relay=relay)

    with suppress(InvalidOutput):
        await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

    assert relay.nudges == 1
