"""Fallbacks: asked for what another provider can cure, each call limited and paid for by itself."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from app.db.engine import Database
from app.errors import (
    AiWorkerError,
    BudgetExhausted,
    ContextTooLong,
    LeaseLost,
    ModelRefused,
    ModelTimeout,
    ProviderError,
    ProviderMisconfigured,
    ProviderRateLimited,
    ServiceAway,
    TenantRateLimited,
)
from app.llm.client import Completion, Prompt, Usage
from app.llm.fallback import soonest
from app.llm.journal import JournalledProvider
from app.llm.permit import UNLIMITED, Budget
from app.runs.execute import execute
from app.runs.receipt import Receipt
from app.runs.tables import LlmCall, Run
from tests.fakes import ScriptedAnswer, ScriptedProvider
from tests.llm.test_cooldown import HungUntilTold
from tests.llm.test_journal import claim, claim_again
from tests.runs.test_execute import STATEMENTS_OF_A_RUN
from tests.runs.toy_job import (
    PROMPT,
    HungProvider,
    ToyPayload,
    end_cooldown,
    expire_leases,
    new_key,
    rows,
    toy_job,
    toy_runtime,
    until,
)

# Less than what makes a run come back that was overtaken or cut off.
LIMITED_FOR_A_SECOND = ProviderRateLimited(retry_after_seconds=1)

CURABLE = [ProviderRateLimited(), ProviderError(), ModelTimeout()]


def bad_request() -> ProviderError:
    """A provider's 400."""
    failure = ProviderError()
    failure.is_bad_request = True
    return failure


def scripted(name: str, *answers: ScriptedAnswer, most: Usage | None = None) -> ScriptedProvider:
    """A model with a script, which names itself in its answers."""
    said = [
        Completion(answer, "stop", f"scripted/{name}", Usage(100, 20, 45))
        if isinstance(answer, str)
        else answer
        for answer in answers
    ]
    return ScriptedProvider(*said, model=f"scripted/{name}", most=most)


def in_turn(first: ScriptedProvider, *others: ScriptedProvider) -> ScriptedProvider:
    """The first with the others to fall back on."""
    first.fallbacks = others
    return first


async def run(
    database: Database,
    tenant_id: str,
    provider: ScriptedProvider,
    *,
    key: str | None = None,
    budget: Budget = UNLIMITED,
) -> Receipt:
    """One job with one question."""
    runtime = toy_runtime(database, provider, budget=budget)
    return await execute(toy_job(), ToyPayload(tenant_id=tenant_id), key or new_key(), runtime)


async def ledger(database: Database, tenant_id: str) -> dict[str, str | None]:
    """How the tenant's calls ended, by model."""
    return {call.model: call.outcome for call in await rows(database, tenant_id, LlmCall)}


@contextmanager
def statements(database: Database) -> Iterator[list[object]]:
    """What the database is told meanwhile."""
    told: list[object] = []

    def note(*arguments: object) -> None:
        told.append(arguments[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("failure", CURABLE, ids=lambda failure: failure.code)
async def test_what_another_provider_cures_is_asked_there(
    database: Database, tenant_id: str, failure: AiWorkerError
) -> None:
    """The run succeeds with the fallback's answer, and the ledger has a row for each call."""
    second = scripted("second", "hi")

    with capture_logs() as logs:
        receipt = await run(database, tenant_id, in_turn(scripted("first", failure), second))

    assert receipt.model == "scripted/second"
    assert receipt.usage.input_tokens == 100
    assert len(second.prompts) == 1
    assert await ledger(database, tenant_id) == {
        "scripted/first": failure.code,
        "scripted/second": "answered",
    }
    (run_row,) = await rows(database, tenant_id, Run)
    assert (run_row.state, run_row.failures, run_row.model) == ("succeeded", 0, "scripted/second")
    (line,) = [line for line in logs if line["event"] == "model_fallback"]
    assert (line["log_level"], line["code"]) == ("warning", failure.code)
    assert line["model"] == "scripted/second"


@pytest.mark.parametrize(
    "failure",
    [bad_request(), ContextTooLong(), ModelRefused(), ProviderMisconfigured()],
    ids=["bad request", "too long", "refused", "rejected key"],
)
async def test_what_no_other_provider_cures_is_asked_nowhere_else(
    database: Database, tenant_id: str, failure: AiWorkerError
) -> None:
    """A bad request, a prompt too long, a refusal, a rejected key: as they are, and paid once."""
    second = scripted("second", "hi")

    with pytest.raises(type(failure)):
        await run(database, tenant_id, in_turn(scripted("first", failure), second))

    assert second.prompts == []
    assert await ledger(database, tenant_id) == {"scripted/first": failure.code}


async def test_a_cooldown_is_spent_at_the_fallback(database: Database, tenant_id: str) -> None:
    """While the first cools down it is not asked; once the time is over it is again."""
    first = scripted("first", ProviderRateLimited(), "back")
    provider = in_turn(first, scripted("second", "hi"))
    await run(database, tenant_id, provider)

    meanwhile = await run(database, tenant_id, provider)
    asked_meanwhile = len(first.prompts)
    await end_cooldown(database, first)
    afterwards = await run(database, tenant_id, provider)

    assert (meanwhile.model, asked_meanwhile) == ("scripted/second", 1)
    assert (afterwards.model, len(first.prompts)) == ("scripted/first", 2)


async def test_each_model_cools_down_by_itself(database: Database, tenant_id: str) -> None:
    """When both are limited neither is asked, and the run comes back once one of them is free."""
    first = scripted("first", ProviderRateLimited(retry_after_seconds=900))
    second = scripted("second", ProviderRateLimited(retry_after_seconds=40))
    provider = in_turn(first, second)
    with pytest.raises(ProviderRateLimited) as at_once:
        await run(database, tenant_id, provider)

    with pytest.raises(ProviderRateLimited) as later:
        await run(database, tenant_id, provider)

    assert (len(first.prompts), len(second.prompts)) == (1, 1)
    assert at_once.value.retry_after_seconds == 40
    assert later.value.retry_after_seconds == pytest.approx(40, abs=5)
    assert {run.failures for run in await rows(database, tenant_id, Run)} == {0}


async def test_fallbacks_are_asked_in_their_order(database: Database, tenant_id: str) -> None:
    """The third is asked when the second cannot answer either."""
    second, third = scripted("second", ModelTimeout()), scripted("third", "hi")

    receipt = await run(
        database, tenant_id, in_turn(scripted("first", ProviderError()), second, third)
    )

    assert receipt.model == "scripted/third"
    assert await ledger(database, tenant_id) == {
        "scripted/first": "provider_error",
        "scripted/second": "llm_timeout",
        "scripted/third": "answered",
    }


@pytest.mark.parametrize(
    "verdict",
    [bad_request(), ContextTooLong(), ModelRefused(), ProviderMisconfigured()],
    ids=["bad request", "too long", "refused", "rejected key"],
)
async def test_a_fallbacks_verdict_ends_no_run(
    database: Database, tenant_id: str, verdict: AiWorkerError
) -> None:
    """What a fallback finds wrong is no reason to fail: the first one was not asked yet."""
    first, key = scripted("first", ProviderRateLimited(), "back"), new_key()
    provider = in_turn(first, scripted("second", verdict))

    with pytest.raises(ProviderRateLimited):
        await run(database, tenant_id, provider, key=key)

    await end_cooldown(database, first)
    receipt = await run(database, tenant_id, provider, key=key)
    assert (receipt.model, receipt.is_replay) == ("scripted/first", False)


async def test_the_budget_is_the_running_models(database: Database, tenant_id: str) -> None:
    """A fallback that the budget does not cover is passed over, and the run stays open."""
    dear = scripted("dear", "hi", most=Usage(100, 20, 900))
    cheap = scripted("cheap", "hi", most=Usage(100, 20, 10))
    budget = Budget(monthly_cost_micro_usd=100)
    first = scripted("first", ProviderError(), most=Usage(100, 20, 45))

    with pytest.raises(ProviderError):
        await run(database, tenant_id, in_turn(first, dear), budget=budget)

    (waiting,) = await rows(database, tenant_id, Run)
    assert (waiting.state, dear.prompts) == ("waiting", [])
    other = f"{tenant_id}-other"
    first.prompts.clear()
    receipt = await run(database, other, in_turn(first, dear, cheap), budget=budget)
    assert receipt.model == "scripted/cheap"
    paid = {
        call.model: call.estimated_cost_micro_usd for call in await rows(database, other, LlmCall)
    }
    assert paid == {"scripted/first": 45, "scripted/cheap": 10}


async def test_a_spent_budget_is_no_reason_to_fall_back(database: Database, tenant_id: str) -> None:
    """A tenant whose budget does not cover the model is not handed a cheaper one unasked."""
    cheap = scripted("cheap", "hi", most=Usage(1, 1, 1))
    first = scripted("first", "hi", most=Usage(100, 20, 900))

    with pytest.raises(BudgetExhausted):
        await run(
            database, tenant_id, in_turn(first, cheap), budget=Budget(monthly_cost_micro_usd=100)
        )

    assert (first.prompts, cheap.prompts) == ([], [])


async def test_a_fallbacks_answer_survives_its_process(database: Database, tenant_id: str) -> None:
    """Whichever model answered before the kill, its answer is reused and nobody is asked again."""
    first, second, key = (
        scripted("first", ProviderError(), "new"),
        scripted("second", "hi"),
        new_key(),
    )
    provider = in_turn(first, second)
    killed = JournalledProvider(provider, database, await claim(database, tenant_id, key))
    await killed.complete(PROMPT)
    await expire_leases(database, tenant_id)

    receipt = await run(database, tenant_id, provider, key=key)

    assert (len(first.prompts), len(second.prompts)) == (1, 1)
    assert receipt.model == "scripted/second"
    assert receipt.usage.input_tokens == 100


async def test_the_first_models_answer_is_preferred(database: Database, tenant_id: str) -> None:
    """Of two journalled answers to one request the one of the model asked first counts."""
    first, second, key = scripted("first", "one"), scripted("second", "two"), new_key()
    held = await claim(database, tenant_id, key)
    await JournalledProvider(second, database, held).complete(PROMPT)
    held = await claim_again(database, tenant_id, key)
    await JournalledProvider(first, database, held).complete(PROMPT)

    retaken = await claim_again(database, tenant_id, key)
    reused = await JournalledProvider(in_turn(first, second), database, retaken).complete(PROMPT)

    assert reused.text == "one"
    assert (len(first.prompts), len(second.prompts)) == (1, 1)


async def test_a_model_that_is_no_candidate_is_not_quoted(
    database: Database, tenant_id: str
) -> None:
    """After an operator took a fallback away its answer is not reused."""
    key = new_key()
    gone = in_turn(scripted("first", ProviderError()), scripted("second", "old"))
    await JournalledProvider(gone, database, await claim(database, tenant_id, key)).complete(PROMPT)

    retaken = await claim_again(database, tenant_id, key)
    provider = in_turn(scripted("first", "new"), scripted("third", "never"))
    completion = await JournalledProvider(provider, database, retaken).complete(PROMPT)

    assert completion.text == "new"


async def test_fallbacks_cost_the_normal_path_nothing(database: Database, tenant_id: str) -> None:
    """With fallbacks a run takes as many statements as without; only a fallback takes its own."""
    answering = in_turn(scripted("first", "hi"), scripted("second", "hi"), scripted("third", "hi"))
    limited = in_turn(scripted("first", ProviderRateLimited()), scripted("second", "hi"))

    with statements(database) as normal:
        await run(database, tenant_id, answering)
    with statements(database) as failing:
        await run(database, tenant_id, limited)
    with statements(database) as cooling:
        await run(database, tenant_id, limited)

    assert len(normal) == STATEMENTS_OF_A_RUN
    # The failed call's permit and end, each with its tenant, and the cooldown.
    assert len(failing) == STATEMENTS_OF_A_RUN + 5
    # The permit that was not given, with its tenant.
    assert len(cooling) == STATEMENTS_OF_A_RUN + 2


@pytest.mark.parametrize("fallbacks", [0, 2])
async def test_looking_back_is_one_statement(
    database: Database, tenant_id: str, fallbacks: int
) -> None:
    """A later attempt looks for the answers of all candidates at once."""
    others = [scripted(f"other-{number}", "hi") for number in range(fallbacks)]
    provider, key = in_turn(scripted("first", "hi"), *others), new_key()
    await JournalledProvider(provider, database, await claim(database, tenant_id, key)).complete(
        PROMPT
    )
    retaken = await claim_again(database, tenant_id, key)

    with statements(database) as told:
        await JournalledProvider(provider, database, retaken).complete(PROMPT)

    # The tenant is set before.
    assert len(told) == 2


async def test_the_deadline_bounds_all_candidates(database: Database, tenant_id: str) -> None:
    """However many models there are to ask, the run ends at its deadline."""
    hung = HungProvider()
    hung.model = "scripted/hung"
    provider = in_turn(scripted("first", ProviderError()), hung)
    runtime = toy_runtime(database, provider, deadline_seconds=0.5)

    with pytest.raises(ModelTimeout, match=r"longer than 0\.5 s; it was in toy/1"):
        await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

    assert hung.asked == 1


async def test_a_process_that_stops_falls_back_on_nobody(
    database: Database, tenant_id: str
) -> None:
    """A call that fails after SIGTERM is the last one: the next would be cut off and paid twice."""
    is_stopping = False

    def fail(_: Prompt) -> str:
        nonlocal is_stopping
        is_stopping = True
        raise LIMITED_FOR_A_SECOND

    second = scripted("second", "hi")
    held = await claim(database, tenant_id, new_key())
    journalled = JournalledProvider(
        in_turn(scripted("first", fail), second), database, held, is_stopping=lambda: is_stopping
    )

    with pytest.raises(ServiceAway):
        await journalled.complete(PROMPT)

    assert second.prompts == []


async def test_an_overtaken_attempt_falls_back_on_nobody(
    database: Database, tenant_id: str
) -> None:
    """Whoever lost the run while the first was asked does not pay a second one."""
    hung, second = HungUntilTold(LIMITED_FOR_A_SECOND, "hung"), scripted("second", "hi")
    key = new_key()
    overtaken = JournalledProvider(
        in_turn(hung, second), database, await claim(database, tenant_id, key)
    )
    asking = asyncio.create_task(overtaken.complete(PROMPT))
    await until(lambda: hung.asked == 1)
    await claim_again(database, tenant_id, key)

    hung.go_on.set()

    with pytest.raises(LeaseLost):
        await asking
    assert second.prompts == []


async def test_one_model_is_asked_once(database: Database, tenant_id: str) -> None:
    """A fallback that is the model that just failed is not asked the same once more."""
    first, same = scripted("first", ProviderError()), scripted("first", "hi")

    with pytest.raises(ProviderError):
        await run(database, tenant_id, in_turn(first, same))

    assert same.prompts == []


@pytest.mark.parametrize(
    ("failures", "chosen"),
    [
        ([ProviderError()], 0),
        ([ProviderError(), ModelTimeout()], 0),
        ([ProviderError(), ProviderRateLimited()], 1),
        ([ProviderRateLimited(), ProviderError()], 0),
        ([ProviderRateLimited(), ProviderMisconfigured()], 0),
        ([ProviderMisconfigured(), ProviderRateLimited()], 1),
        ([ProviderMisconfigured(), TenantRateLimited(), ModelRefused()], 1),
        ([ProviderError(), BudgetExhausted(), ContextTooLong()], 0),
    ],
)
def test_a_run_comes_back_soonest_and_at_no_attempt(
    failures: list[AiWorkerError], chosen: int
) -> None:
    """Waiting costs no attempt and so comes before a fault; of two waits the shorter one counts."""
    assert soonest(failures) is failures[chosen]
