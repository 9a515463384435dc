import asyncio
import random
from collections import defaultdict

import pytest

from app.db.engine import Database
from app.errors import AiWorkerError, AttemptsExhausted, ProviderError, ProviderRateLimited
from app.llm.client import Completion, Prompt, Usage
from app.records.postings import Posting
from app.runs.execute import execute
from app.runs.receipt import Receipt
from app.runs.tables import JobError, LlmCall, OutboxEvent, Run
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import (
    ToyPayload,
    expire_leases,
    new_key,
    rows,
    toy_job,
    toy_runtime,
)

KEYS = 12
DELIVERIES_PER_KEY = 6


class Killed(BaseException):
    """The process is gone: nothing of ours runs after it."""


class ChaoticProvider(ScriptedProvider):
    """A model that answers, fails, asks to wait, or takes its process down with it."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    async def complete(self, prompt: Prompt) -> Completion:
        """Whatever chance decides."""
        del prompt
        await asyncio.sleep(self._chance.uniform(0, 0.03))
        lot = self._chance.random()
        if lot < 0.15:
            raise Killed
        if lot < 0.25:
            raise ProviderError
        if lot < 0.35:
            raise ProviderRateLimited
        return Completion(f"answer {lot}", "stop", self.model, Usage(1, 1, 1))


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_one_key_has_one_result(
    database: Database, tenant_id: str, seed: int
) -> None:
    """Deliveries, crashes, failures and expired leases in any order leave one result per key."""
    chance = random.Random(seed)  # noqa: S311  chaos, no secret
    runtimes = [toy_runtime(database, ChaoticProvider(chance)) for _ in range(3)]
    payload = ToyPayload(tenant_id=tenant_id)
    told: dict[str, set[str]] = defaultdict(set)
    codes: dict[str, set[str]] = defaultdict(set)

    async def deliver(key: str) -> None:
        await asyncio.sleep(chance.uniform(0, 0.2))
        try:
            receipt: Receipt = await execute(toy_job(), payload, key, chance.choice(runtimes))
            told[key].add(receipt.result_id)
        except AiWorkerError as error:
            codes[key].add(error.code)
        except Killed:
            codes[key].add("killed")

    async def forget_leases() -> None:
        for _ in range(15):
            await asyncio.sleep(chance.uniform(0, 0.03))
            await expire_leases(database, tenant_id)
            await asyncio.gather(*(runtime.leases.beat() for runtime in runtimes[:1]))

    keys = [new_key() for _ in range(KEYS)]
    await asyncio.gather(
        forget_leases(), *(deliver(key) for key in keys for _ in range(DELIVERIES_PER_KEY))
    )
    for key in keys:
        await expire_leases(database, tenant_id)
        await deliver(key)

    runs = {run.job_key: run for run in await rows(database, tenant_id, Run)}
    postings = {posting.id for posting in await rows(database, tenant_id, Posting)}
    done = {key: run for key, run in runs.items() if run.state == "succeeded"}
    assert postings == {run.result_id for run in done.values()}
    assert {key: results for key, results in told.items() if len(results) > 1} == {}
    assert all(told[key] == {run.result_id} for key, run in done.items() if told[key])
    assert all(key in done for key in told)
    callbacks = [event.run_id for event in await rows(database, tenant_id, OutboxEvent)]
    assert sorted(callbacks) == sorted(run.id for run in done.values())
    failed = {run.id for run in runs.values() if run.state == "failed"}
    assert {error.run_id for error in await rows(database, tenant_id, JobError)} == failed
    assert all(run.failures <= 3 for run in runs.values())
    unknown = set().union(*codes.values()) - {
        "killed",
        "in_progress",
        "provider_error",
        "provider_rate_limited",
        AttemptsExhausted.code,
    }
    assert unknown == set()
    answered = [c for c in await rows(database, tenant_id, LlmCall) if c.outcome == "answered"]
    assert {run.id for run in done.values()} <= {call.run_id for call in answered}
