from collections.abc import Sequence

import pytest

from app.db.engine import Database
from app.errors import (
    AiWorkerError,
    BudgetExhausted,
    LeaseLost,
    ProviderError,
    ProviderRateLimited,
    ServiceAway,
)
from app.llm.client import Usage
from app.llm.embedding import Embedded
from app.llm.embedding_ledger import LedgeredEmbedder
from app.llm.lexical_embedding import LexicalEmbedder
from app.llm.permit import Budget
from app.runs.claim import claim_run
from app.runs.close import RunPolicy
from app.runs.execute import execute
from app.runs.job import Outcome, RunContext
from app.runs.tables import Claim, LlmCall, Run
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import ToyPayload, change_runs, new_key, rows, toy_job, toy_runtime

POLICY = RunPolicy(
    max_attempts=3, abandoned_after_seconds=86_400, deadline_seconds=20, is_student_notified=False
)


class PaidEmbedder:
    """An embedder that charges 7 tokens a call, or fails; `calls` counts what reached it."""

    model = "scripted/embedder"
    dimensions = 2

    def __init__(self, quota: str, failure: AiWorkerError | None = None) -> None:
        self.quota = quota
        self.failure = failure
        self.calls = 0

    def most_usage(self, texts: Sequence[str]) -> Usage:
        """Ten tokens a text."""
        return Usage(10 * len(texts), 0, 20 * len(texts))

    async def embedded(self, texts: Sequence[str]) -> Embedded:
        """The same vector for every text."""
        self.calls += 1
        if self.failure:
            raise self.failure
        return Embedded([[1.0, 0.0] for _ in texts], Usage(7, 0, 14))


async def claimed(database: Database, tenant_id: str) -> Claim:
    """A run that is being worked on."""
    claim = await claim_run(database, toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), POLICY)
    assert isinstance(claim, Claim)
    return claim


async def test_a_paid_call_is_in_the_ledger(database: Database, tenant_id: str) -> None:
    """The row says what was asked of whom and what it took, and holds no text."""
    claim = await claimed(database, tenant_id)
    embedder = LedgeredEmbedder(PaidEmbedder(tenant_id), database, claim)

    vectors = await embedder.embed(["Sold tea", "Kept books"])

    [call] = await rows(database, tenant_id, LlmCall)
    assert vectors == [[1.0, 0.0], [1.0, 0.0]]
    assert (embedder.model, embedder.dimensions) == ("scripted/embedder", 2)
    assert (call.run_id, call.prompt, call.model) == (claim.run_id, "embed/1", embedder.model)
    assert (call.outcome, call.answer) == ("answered", None)
    assert (call.input_tokens, call.output_tokens, call.cost_micro_usd) == (7, 0, 14)
    assert (call.estimated_tokens, call.estimated_cost_micro_usd) == (20, 40)
    assert call.latency_seconds is not None


async def test_the_built_in_one_writes_nothing(database: Database, tenant_id: str) -> None:
    """What nobody limits or charges is no call."""
    claim = await claimed(database, tenant_id)

    [vector] = await LedgeredEmbedder(LexicalEmbedder(), database, claim).embed(["Sold tea"])

    assert vector
    assert await rows(database, tenant_id, LlmCall) == []


async def test_a_budget_covers_embeddings(database: Database, tenant_id: str) -> None:
    """A call the tenant's budget does not cover is not made."""
    embedder = PaidEmbedder(tenant_id)
    ledgered = LedgeredEmbedder(
        embedder, database, await claimed(database, tenant_id), Budget(monthly_tokens=15)
    )
    await ledgered.embed(["one"])

    with pytest.raises(BudgetExhausted):
        await ledgered.embed(["two"])

    assert embedder.calls == 1


@pytest.mark.parametrize(("is_unbilled", "estimate"), [(True, 0), (False, 10)])
async def test_a_failure_is_in_the_ledger(
    database: Database,
    tenant_id: str,
    is_unbilled: bool,  # noqa: FBT001  a column
    estimate: int,
) -> None:
    """A call that failed says how, and counts for nothing where it cannot have been charged."""
    failure = ProviderError()
    failure.is_unbilled = is_unbilled
    ledgered = LedgeredEmbedder(
        PaidEmbedder(tenant_id, failure), database, await claimed(database, tenant_id)
    )

    with pytest.raises(ProviderError):
        await ledgered.embed(["one"])

    [call] = await rows(database, tenant_id, LlmCall)
    assert (call.outcome, call.estimated_tokens) == ("provider_error", estimate)


async def test_a_limit_cools_all_replicas_down(database: Database, tenant_id: str) -> None:
    """After a 429 nobody asks until the provider's time is over."""
    embedder = PaidEmbedder(tenant_id, ProviderRateLimited(retry_after_seconds=60))
    first = LedgeredEmbedder(embedder, database, await claimed(database, tenant_id))
    second = LedgeredEmbedder(embedder, database, await claimed(database, tenant_id))
    with pytest.raises(ProviderRateLimited):
        await first.embed(["one"])

    with pytest.raises(ProviderRateLimited):
        await second.embed(["one"])

    assert embedder.calls == 1


async def test_who_lost_the_run_pays_for_nothing(database: Database, tenant_id: str) -> None:
    """A run that another attempt took over, or a process that ends, makes no call."""
    embedder = PaidEmbedder(tenant_id)
    claim = await claimed(database, tenant_id)
    stopping = LedgeredEmbedder(embedder, database, claim, is_stopping=lambda: True)
    with pytest.raises(ServiceAway):
        await stopping.embed(["one"])
    await change_runs(database, tenant_id, "fence = fence + 1")

    with pytest.raises(LeaseLost):
        await LedgeredEmbedder(embedder, database, claim).embed(["one"])

    assert embedder.calls == 0


async def test_a_job_finds_the_embedder_in_its_context(database: Database, tenant_id: str) -> None:
    """What a job's process embeds is part of what its run took."""

    async def process(_: ToyPayload, context: RunContext) -> Outcome[str]:
        [vector] = await context.embedder.embed(["Sold tea"])
        return Outcome(str(vector))

    runtime = toy_runtime(database, ScriptedProvider(), embedder=PaidEmbedder(tenant_id))
    receipt = await execute(toy_job(process), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

    [run] = await rows(database, tenant_id, Run)
    assert receipt.usage.input_tokens == run.input_tokens == 7
    assert run.cost_micro_usd == 14
