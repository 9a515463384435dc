import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from app.db.engine import Database
from app.errors import (
    AiWorkerError,
    ContextTooLong,
    LeaseLost,
    ModelRefused,
    ModelTimeout,
    ProviderError,
    ProviderRateLimited,
    ServiceAway,
)
from app.llm.client import Block, Completion, Prompt, Usage
from app.llm.fence import render
from app.llm.journal import JournalledProvider
from app.runs.claim import claim_run
from app.runs.close import RunPolicy
from app.runs.execute import execute
from app.runs.job import Outcome, RunContext
from app.runs.tables import Claim, LlmCall
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import (
    PROMPT,
    FlakyDatabase,
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

POLICY = RunPolicy(
    max_attempts=3, abandoned_after_seconds=86_400, deadline_seconds=20, is_student_notified=False
)


async def claim(database: Database, tenant_id: str, key: str) -> Claim:
    """The run of a key, in our hands; an expired lease is taken over."""
    claimed = await claim_run(database, toy_job(), ToyPayload(tenant_id=tenant_id), key, POLICY)
    assert isinstance(claimed, Claim)
    return claimed


async def claim_again(database: Database, tenant_id: str, key: str) -> Claim:
    """The run after its process was killed."""
    await expire_leases(database, tenant_id)
    return await claim(database, tenant_id, key)


async def test_a_paid_answer_survives_its_process(database: Database, tenant_id: str) -> None:
    """A process killed between answer and commit costs nothing: the next one reuses the answer."""
    paid = Completion("well said", "stop", "scripted/model-2026", Usage(100, 20, None))
    provider, key = ScriptedProvider(paid, "never asked"), new_key()
    killed = JournalledProvider(provider, database, await claim(database, tenant_id, key))
    await killed.complete(PROMPT)
    await expire_leases(database, tenant_id)

    receipt = await execute(
        toy_job(), ToyPayload(tenant_id=tenant_id), key, toy_runtime(database, provider)
    )

    assert len(provider.prompts) == 1
    assert receipt.model == "scripted/model-2026"
    assert receipt.usage.model_dump() == {"inputTokens": 100, "outputTokens": 20, "costUsd": None}
    assert len(await rows(database, tenant_id, LlmCall)) == 1


async def test_an_answer_comes_back_as_it_was(database: Database, tenant_id: str) -> None:
    """A reused answer has the text, the finish reason and the usage it was paid with."""
    paid = Completion("cut of", "length", "scripted/model", Usage(1, 2, 3))
    provider, key = ScriptedProvider(paid, "never asked"), new_key()
    first = JournalledProvider(provider, database, await claim(database, tenant_id, key))
    await first.complete(PROMPT)

    second = JournalledProvider(provider, database, await claim_again(database, tenant_id, key))
    reused = await second.complete(PROMPT)

    assert reused == paid
    assert (second.model, second.prompt, second.step) == ("scripted/model", "toy/1", "toy/1")


async def test_an_answer_is_written_down_before_it_is_used(
    database: Database, tenant_id: str
) -> None:
    """The moment a job sees an answer, it is on disk, committed."""
    seen: list[LlmCall] = []

    async def look(_: ToyPayload, context: RunContext) -> Outcome[str]:
        completion = await context.model.complete(PROMPT)
        seen.extend(await rows(database, tenant_id, LlmCall))
        return Outcome(completion.text)

    await execute(
        toy_job(look),
        ToyPayload(tenant_id=tenant_id),
        new_key(),
        toy_runtime(database, ScriptedProvider("well said")),
    )

    (call,) = seen
    assert (call.answer, call.outcome, call.prompt) == ("well said", "answered", "toy/1")
    assert call.latency_seconds is not None


async def test_a_call_is_written_down_before_it_is_made(database: Database, tenant_id: str) -> None:
    """A call nobody knows the end of stands in the ledger, and is not taken for an answer."""
    hung, key = HungProvider(), new_key()
    journalled = JournalledProvider(hung, database, await claim(database, tenant_id, key))
    killed = asyncio.create_task(journalled.complete(PROMPT))
    await until(lambda: hung.asked == 1)
    (unknown,) = await rows(database, tenant_id, LlmCall)
    killed.cancel()
    await asyncio.wait([killed])

    provider = ScriptedProvider("asked again")
    retaken = await claim_again(database, tenant_id, key)
    completion = await JournalledProvider(provider, database, retaken).complete(PROMPT)

    assert (unknown.outcome, unknown.answer, unknown.input_tokens) == (None, None, None)
    assert completion.text == "asked again"
    assert len(provider.prompts) == 1


@pytest.mark.parametrize(
    "change",
    [
        replace(PROMPT, version=2),
        replace(PROMPT, blocks=(Block("RESUME", "new"),)),
        PROMPT.followed_by("bad", "again"),
    ],
    ids=["wording", "résumé", "repair"],
)
async def test_another_request_is_another_call(
    database: Database, tenant_id: str, change: Prompt
) -> None:
    """An answer to something else is never passed off as the answer to this."""
    provider, key = ScriptedProvider("old", "new"), new_key()
    first = JournalledProvider(provider, database, await claim(database, tenant_id, key))
    await first.complete(PROMPT)

    second = JournalledProvider(provider, database, await claim_again(database, tenant_id, key))
    completion = await second.complete(change)

    assert completion.text == "new"


async def test_another_model_is_another_call(database: Database, tenant_id: str) -> None:
    """After the operator changed the model its predecessor's answer is not reused."""
    key = new_key()
    old = ScriptedProvider("old", model="scripted/old")
    await JournalledProvider(old, database, await claim(database, tenant_id, key)).complete(PROMPT)

    new = ScriptedProvider("new", model="scripted/new")
    retaken = await claim_again(database, tenant_id, key)
    completion = await JournalledProvider(new, database, retaken).complete(PROMPT)

    assert completion.text == "new"


async def test_another_run_is_another_call(database: Database, tenant_id: str) -> None:
    """Two runs with the same request each pay for their own answer."""
    provider, first, second = ScriptedProvider("one", "two"), new_key(), new_key()
    await JournalledProvider(provider, database, await claim(database, tenant_id, first)).complete(
        PROMPT
    )
    await claim(database, tenant_id, second)

    retaken = await claim_again(database, tenant_id, second)
    completion = await JournalledProvider(provider, database, retaken).complete(PROMPT)

    assert completion.text == "two"


@pytest.mark.parametrize(
    "failure",
    [ProviderError(), ProviderRateLimited(), ModelTimeout(), ContextTooLong(), ModelRefused()],
    ids=lambda failure: failure.code,
)
async def test_a_failed_call_is_kept_and_not_reused(
    database: Database, tenant_id: str, failure: AiWorkerError
) -> None:
    """The ledger says how each call ended; only an answer is an answer."""
    provider, key = ScriptedProvider(failure, "hi"), new_key()
    first = JournalledProvider(provider, database, await claim(database, tenant_id, key))
    with pytest.raises(type(failure)):
        await first.complete(PROMPT)
    await end_cooldown(database, provider)

    second = JournalledProvider(provider, database, await claim_again(database, tenant_id, key))
    completion = await second.complete(PROMPT)

    assert first.model is None
    assert completion.text == "hi"
    outcomes = {call.outcome for call in await rows(database, tenant_id, LlmCall)}
    assert outcomes == {failure.code, "answered"}


async def test_an_outage_between_answer_and_journal_is_waited_out(
    database: Database, tenant_id: str
) -> None:
    """A paid answer is not thrown away because the database blinked."""
    flaky, provider = FlakyDatabase(database), ScriptedProvider("well said")
    held = await claim(database, tenant_id, new_key())
    flaky.outages = [None, OSError("away"), ConnectionResetError()]

    completion = await JournalledProvider(provider, flaky, held).complete(PROMPT)

    assert (completion.text, flaky.outages, len(provider.prompts)) == ("well said", [], 1)
    assert (await rows(database, tenant_id, LlmCall))[0].answer == "well said"


async def test_an_outage_is_waited_out_no_longer_than_the_deadline(
    database: Database, tenant_id: str
) -> None:
    """A database that stays away ends the attempt at its deadline, and the run stays open."""
    flaky = FlakyDatabase(database)

    async def lose_database(_: ToyPayload, context: RunContext) -> Outcome[str]:
        flaky.outages = [None, *[OSError("away")] * 1000]
        return Outcome((await context.model.complete(PROMPT)).text)

    with pytest.raises(ModelTimeout):
        await execute(
            toy_job(lose_database),
            ToyPayload(tenant_id=tenant_id),
            new_key(),
            toy_runtime(flaky, ScriptedProvider("hi"), deadline_seconds=0.3),
        )


async def test_an_outage_before_the_call_costs_nothing(database: Database, tenant_id: str) -> None:
    """What cannot be journalled is not asked."""
    flaky, provider = FlakyDatabase(database), ScriptedProvider("hi")
    held = await claim(database, tenant_id, new_key())
    flaky.outages = [OSError("away")]

    with pytest.raises(OSError, match="away"):
        await JournalledProvider(provider, flaky, held).complete(PROMPT)

    assert provider.prompts == []


async def test_a_journal_that_is_broken_is_not_waited_for(
    database: Database, tenant_id: str
) -> None:
    """A statement that fails for good is a bug and not an outage."""
    flaky = FlakyDatabase(database)
    held = await claim(database, tenant_id, new_key())
    flaky.outages = [None, ZeroDivisionError()]

    with pytest.raises(ZeroDivisionError):
        await JournalledProvider(ScriptedProvider("hi"), flaky, held).complete(PROMPT)


async def test_a_call_needs_the_run(database: Database, tenant_id: str) -> None:
    """An attempt that was overtaken is stopped before it pays, and leaves no line in the ledger."""
    provider, key = ScriptedProvider("hi"), new_key()
    overtaken = await claim(database, tenant_id, key)
    await claim_again(database, tenant_id, key)

    with pytest.raises(LeaseLost):
        await JournalledProvider(provider, database, overtaken).complete(PROMPT)

    assert provider.prompts == []
    assert await rows(database, tenant_id, LlmCall) == []


async def test_a_process_that_stops_begins_no_call(database: Database, tenant_id: str) -> None:
    """From SIGTERM on, what was paid for is used and nothing new is asked: it would be cut off."""
    provider, key, is_stopping = ScriptedProvider("hi"), new_key(), False
    held = await claim(database, tenant_id, key)
    await JournalledProvider(provider, database, held).complete(PROMPT)
    retaken = await claim_again(database, tenant_id, key)
    journalled = JournalledProvider(provider, database, retaken, is_stopping=lambda: is_stopping)

    is_stopping = True
    reused = await journalled.complete(PROMPT)
    with pytest.raises(ServiceAway):
        await journalled.complete(replace(PROMPT, version=2))

    assert reused.text == "hi"
    assert len(provider.prompts) == 1
    assert len(await rows(database, tenant_id, LlmCall)) == 1


async def test_the_ledger_is_the_tenants(database: Database, tenant_id: str) -> None:
    """What one tenant's model said is invisible to every other tenant."""
    held = await claim(database, tenant_id, new_key())
    await JournalledProvider(ScriptedProvider("private"), database, held).complete(PROMPT)

    async with database.tenant(f"{tenant_id}-other") as session:
        foreign = (await session.exec(select(LlmCall))).all()

    assert foreign == []


async def test_a_journal_answers_for_its_provider(database: Database, tenant_id: str) -> None:
    """The model's name and window are the provider's own."""
    provider = ScriptedProvider(model="scripted/large", window_tokens=1234)
    journalled = JournalledProvider(provider, database, await claim(database, tenant_id, new_key()))

    assert journalled.model_for(PROMPT) == "scripted/large"
    assert journalled.context_window(PROMPT) == 1234
    assert journalled.step == "preparing"


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_request_hashes_alike_under_every_fence(text: str, instructions: str) -> None:
    """The random fence of a rendered prompt is no part of what a redelivered run looks up."""
    prompt = Prompt("toy", 1, instructions, (Block("RESUME", text),), {"type": "object"})

    first, second = render(prompt), render(prompt)

    assert first != second
    same = Prompt("toy", 1, instructions, (Block("RESUME", text),), {"type": "object"})
    assert prompt.request_hash("m") == same.request_hash("m")
    assert prompt.request_hash("m") != prompt.request_hash("n")
