"""Budgets: what a tenant may spend in a month, decided before the call."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.engine import Database
from app.errors import (
    AiWorkerError,
    BudgetExhausted,
    ContextTooLong,
    ModelTimeout,
    ProviderRateLimited,
    StoredFailure,
    TenantRateLimited,
)
from app.llm.client import Completion, Usage
from app.llm.permit import LONGEST_CALL_SECONDS, Budget
from app.llm.provider import LiteLLMProvider
from app.runs.execute import execute
from app.runs.receipt import Receipt
from app.runs.tables import JobError, LlmCall, Run
from tests.fakes import ModelServer, Reply, ScriptedProvider
from tests.runs.toy_job import (
    HungProvider,
    ToyPayload,
    end_cooldown,
    new_key,
    rows,
    toy_job,
    toy_runtime,
    until,
)

# What the scripted provider estimates for a call and what its answer takes.
CALL_TOKENS = 120
CALL_MICRO_USD = 45

# A budget for so many calls and so much more.
OfCalls: TypeAlias = Callable[..., Budget]

BUDGETS = pytest.mark.parametrize(
    "of_calls",
    [
        lambda calls, more=0: Budget(monthly_tokens=calls * CALL_TOKENS + more),
        lambda calls, more=0: Budget(monthly_cost_micro_usd=calls * CALL_MICRO_USD + more),
    ],
    ids=["tokens", "cost"],
)


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The schema's owner, who gives tenants budgets of their own."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def run(
    database: Database,
    tenant_id: str,
    budget: Budget,
    provider: ScriptedProvider | None = None,
    key: str | None = None,
) -> Receipt:
    """One job with one call."""
    runtime = toy_runtime(database, provider or ScriptedProvider("hi"), budget=budget)
    return await execute(toy_job(), ToyPayload(tenant_id=tenant_id), key or new_key(), runtime)


async def change_calls(database: Database, tenant_id: str, assignment: str) -> None:
    """Set columns of the tenant's calls, in SQL."""
    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        await connection.execute(text(f"update ai_llm_calls set {assignment}"))
        await session.commit()


@BUDGETS
async def test_a_spent_budget_ends_the_run(
    database: Database, tenant_id: str, of_calls: OfCalls
) -> None:
    """The call that the budget does not cover is not made: 422, stored and replayed as itself."""
    budget, provider, key = of_calls(2), ScriptedProvider("hi"), new_key()
    for _ in range(2):
        await run(database, tenant_id, budget, provider)

    with pytest.raises(BudgetExhausted, match=r"could take .*, of this|budget 0") as refused:
        await run(database, tenant_id, budget, provider, key)

    assert len(provider.prompts) == 2
    assert (refused.value.status, refused.value.code) == (422, "budget_exhausted")
    assert not refused.value.is_retryable
    with pytest.raises(StoredFailure, match="of this month's budget"):
        await run(database, tenant_id, Budget(), provider, key)
    (error,) = await rows(database, tenant_id, JobError)
    assert error.message.startswith("AI help is used up for this month")
    assert len(await rows(database, tenant_id, LlmCall)) == 2


@pytest.mark.parametrize(
    "reply", [None, Reply(status=500), Reply(status=403, body=b"<html>")], ids=repr
)
async def test_a_provider_that_is_down_spends_nothing(
    database: Database, tenant_id: str, reply: Reply | None
) -> None:
    """Calls that nobody answered for, or that failed with an error, leave the month as it was."""
    async with ModelServer(reply or Reply()) as server:
        provider = LiteLLMProvider(
            name="openai", model="gpt-4o", fast_model="gpt-4o", api_base=server.url
        )
        await provider.warm_up()
        if reply is None:
            server._server.close()  # noqa: SLF001  from here on it refuses
        runtime = toy_runtime(database, provider, budget=Budget(monthly_tokens=10_000))

        ends = []
        for _ in range(6):
            with pytest.raises(AiWorkerError) as raised:
                await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)
            ends.append(raised.value.code)

    await provider.close()
    calls = await rows(database, tenant_id, LlmCall)
    assert ends == ["provider_error"] * 6
    assert {(call.estimated_tokens, call.estimated_cost_micro_usd) for call in calls} == {(0, 0)}


@BUDGETS
async def test_a_budget_is_one_tenants(
    database: Database, tenant_id: str, of_calls: OfCalls
) -> None:
    """What one tenant spent is not taken from another's budget."""
    await run(database, tenant_id, of_calls(1))

    receipt = await run(database, f"{tenant_id}-other", of_calls(1))

    assert not receipt.is_replay


@BUDGETS
async def test_a_budget_is_a_months(database: Database, tenant_id: str, of_calls: OfCalls) -> None:
    """What was spent before this month's first midnight, UTC, is of no account."""
    await run(database, tenant_id, of_calls(1))
    month = "date_trunc('month', now(), 'UTC')"
    await change_calls(database, tenant_id, f"started_at = {month} - interval '1 second'")

    await run(database, tenant_id, of_calls(1))

    await change_calls(database, tenant_id, f"started_at = {month}")
    with pytest.raises(BudgetExhausted):
        await run(database, tenant_id, of_calls(1))


@BUDGETS
async def test_calls_in_flight_are_counted(
    database: Database, tenant_id: str, of_calls: OfCalls
) -> None:
    """A budget held by a call in flight is no reason to fail: 429, free, and then the job runs."""
    hung, key = HungProvider(), new_key()
    # The call takes 2 tokens and a micro-dollar instead of its estimate.
    budget = of_calls(1, more=2)
    flying = asyncio.create_task(run(database, tenant_id, budget, hung))
    await until(lambda: hung.asked == 1)
    asked = ScriptedProvider("hi")

    with pytest.raises(TenantRateLimited, match="in flight") as refused:
        await run(database, tenant_id, budget, asked, key)

    assert (refused.value.status, refused.value.code) == (429, "tenant_rate_limited")
    assert (refused.value.is_counted, refused.value.retry_after_seconds) == (False, 15)
    assert asked.prompts == []
    hung.go_on.set()
    await flying
    assert not (await run(database, tenant_id, budget, asked, key)).is_replay


@BUDGETS
async def test_a_call_whose_process_died_is_taken_for_spent(
    database: Database, tenant_id: str, of_calls: OfCalls
) -> None:
    """A call that nobody ended holds the budget for ten minutes and has used it up after that."""
    hung = HungProvider()
    killed = asyncio.create_task(run(database, tenant_id, of_calls(1), hung))
    await until(lambda: hung.asked == 1)
    killed.cancel()
    await asyncio.wait([killed])
    with pytest.raises(TenantRateLimited):
        await run(database, tenant_id, of_calls(1))

    month = "date_trunc('month', now(), 'UTC')"
    await change_calls(
        database, tenant_id, f"started_at = greatest({month}, now() - interval '11 minutes')"
    )

    with pytest.raises((BudgetExhausted, TenantRateLimited)) as refused:
        await run(database, tenant_id, of_calls(1))
    (call,) = await rows(database, tenant_id, LlmCall)
    # In the first minutes of a month nothing of it can be ten minutes old.
    is_old = datetime.now(UTC) - call.started_at > timedelta(seconds=LONGEST_CALL_SECONDS)
    assert isinstance(refused.value, BudgetExhausted if is_old else TenantRateLimited)


@pytest.mark.parametrize(
    ("failure", "is_billed"),
    [(ProviderRateLimited(), False), (ContextTooLong(), False), (ModelTimeout(), True)],
    ids=["turned down", "too long", "nobody knows"],
)
@BUDGETS
async def test_only_what_may_be_billed_is_spent(
    database: Database,
    tenant_id: str,
    of_calls: OfCalls,
    failure: AiWorkerError,
    *,
    is_billed: bool,
) -> None:
    """A call that was turned down costs nothing; one that may have been answered its estimate."""
    provider = ScriptedProvider(failure, "hi")
    with pytest.raises(type(failure)):
        await run(database, tenant_id, of_calls(1), provider)
    await end_cooldown(database, provider)

    refusals = []
    try:
        await run(database, tenant_id, of_calls(1), provider)
    except BudgetExhausted as refused:
        refusals.append(refused)

    assert bool(refusals) is is_billed


@BUDGETS
async def test_an_answer_of_unknown_usage_is_taken_for_its_estimate(
    database: Database, tenant_id: str, of_calls: OfCalls
) -> None:
    """A provider that reports no usage does not make a budget endless."""
    silent = ScriptedProvider(Completion("hi", "stop", "scripted/model", Usage()))
    await run(database, tenant_id, of_calls(1), silent)

    with pytest.raises(BudgetExhausted):
        await run(database, tenant_id, of_calls(1), silent)


async def test_an_unknown_price_is_not_zero(database: Database, tenant_id: str) -> None:
    """With a budget in dollars a model of unknown price is not asked; with one in tokens it is."""
    unpriced = ScriptedProvider("hi", most=Usage(100, 20, None))

    with pytest.raises(BudgetExhausted, match="nobody knows the price of scripted/model"):
        await run(database, tenant_id, Budget(monthly_cost_micro_usd=10**9), unpriced)

    assert unpriced.prompts == []
    await run(database, tenant_id, Budget(monthly_tokens=10**9), unpriced)
    assert len(unpriced.prompts) == 1


@BUDGETS
async def test_together_runs_overspend_by_no_more_than_what_is_in_flight(
    database: Database, tenant_id: str, of_calls: OfCalls
) -> None:
    """Of thirty runs at one moment the budget of ten lets through ten, and few that crossed."""
    provider = ScriptedProvider("hi")

    ends = await asyncio.gather(
        *(run(database, tenant_id, of_calls(10), provider) for _ in range(30)),
        return_exceptions=True,
    )

    done = sum(isinstance(end, Receipt) for end in ends)
    assert done == len(provider.prompts)
    # At most one for each connection of the pool can cross.
    assert 10 <= done <= 20
    assert all(isinstance(end, (Receipt, BudgetExhausted, TenantRateLimited)) for end in ends)
    with pytest.raises(BudgetExhausted):
        await run(database, tenant_id, of_calls(10), provider)


async def test_a_tenant_may_have_a_budget_of_its_own(
    database: Database, tenant_id: str, owner: asyncpg.Connection
) -> None:
    """The owner's row replaces the settings' budget, either way, for its tenant alone."""
    give = "insert into ai_tenant_budgets values ($1, $2, $3)"
    await owner.execute(give, f"{tenant_id}-rich", 10 * CALL_TOKENS, None)
    await owner.execute(give, f"{tenant_id}-poor", None, 0)
    nothing, plenty = Budget(monthly_tokens=0), Budget(monthly_tokens=10**9)

    assert (await run(database, f"{tenant_id}-rich", nothing)).model

    with pytest.raises(BudgetExhausted):
        await run(database, f"{tenant_id}-poor", plenty)
    with pytest.raises(BudgetExhausted):
        await run(database, tenant_id, nothing)
    assert (await run(database, tenant_id, plenty)).model


async def test_a_service_cannot_raise_a_budget(
    database: Database, tenant_id: str, owner: asyncpg.Connection
) -> None:
    """The service reads its tenant's budget, nobody else's, and writes none."""
    await owner.execute("insert into ai_tenant_budgets values ($1, 1)", tenant_id)
    seen = text("select tenant_id from ai_tenant_budgets")

    async with database.tenant(tenant_id) as session:
        mine = (await (await session.connection()).execute(seen)).scalars().all()
    async with database.tenant(f"{tenant_id}-other") as session:
        theirs = (await (await session.connection()).execute(seen)).scalars().all()

    assert (mine, theirs) == ([tenant_id], [])
    for statement in (
        "update ai_tenant_budgets set monthly_tokens = 9",
        "delete from ai_tenant_budgets",
        f"insert into ai_tenant_budgets values ('{tenant_id}-new', 9)",
    ):
        async with database.tenant(tenant_id) as session:
            connection = await session.connection()
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(statement))


async def test_the_model_that_runs_is_the_one_paid_for(database: Database, tenant_id: str) -> None:
    """A real price list: gpt-4o does not fit where gpt-4o-mini does, and the ledger says why."""
    async with ModelServer("hi") as server:
        budget = Budget(monthly_cost_micro_usd=10_000)
        dear, cheap = (
            LiteLLMProvider(
                name="openai", model=model, fast_model=model, api_key="k", api_base=server.url
            )
            for model in ("gpt-4o", "gpt-4o-mini")
        )
        for provider in (dear, cheap):
            await provider.warm_up()
        payload = ToyPayload(tenant_id=tenant_id)

        with pytest.raises(BudgetExhausted, match="US dollars"):
            await execute(toy_job(), payload, new_key(), toy_runtime(database, dear, budget=budget))
        await execute(toy_job(), payload, new_key(), toy_runtime(database, cheap, budget=budget))

        for provider in (dear, cheap):
            await provider.close()
        assert [request.body["model"] for request in server.requests] == ["gpt-4o-mini"]
    (call,) = await rows(database, tenant_id, LlmCall)
    assert call.estimated_tokens is not None
    assert call.cost_micro_usd is not None
    assert call.estimated_cost_micro_usd is not None
    assert call.estimated_tokens > 4096
    assert call.cost_micro_usd < call.estimated_cost_micro_usd < 10_000


async def test_the_offline_editor_costs_nothing(database: Database, tenant_id: str) -> None:
    """Where nobody may spend anything, the built-in editor still works."""
    editor = LiteLLMProvider(name="offline", model="editor", fast_model="editor")
    await editor.warm_up()
    runtime = toy_runtime(database, editor, budget=Budget(0, 0))

    receipt = await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

    await editor.close()
    assert receipt.model == "offline/editor"
    assert (await rows(database, tenant_id, Run))[0].cost_micro_usd == 0
