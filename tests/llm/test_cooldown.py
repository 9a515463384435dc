"""One provider's "not now", obeyed by every replica: each has a database pool and a LiteLLM."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, NoReturn

import pytest
from sqlalchemy import event, text

from app.db.engine import Database
from app.errors import AiWorkerError, ProviderError, ProviderMisconfigured, ProviderRateLimited
from app.llm.client import Prompt
from app.llm.provider import LiteLLMProvider
from app.runs.execute import Runtime, execute
from app.runs.tables import LlmCall, Run
from tests.fakes import ModelServer, Reply, ScriptedProvider
from tests.runs.test_execute import STATEMENTS_OF_A_RUN
from tests.runs.toy_job import (
    PROMPT,
    HungProvider,
    ToyPayload,
    end_cooldown,
    new_key,
    rows,
    toy_job,
    toy_runtime,
    until,
)

# Between the test's clock and the database's answer lies a busy machine.
TOLERANCE_SECONDS = 5


def limited(retry_after: str | None, code: str = "rate_limit_exceeded") -> Reply:
    """A provider's 429, in OpenAI's words."""
    error = {"message": "Slow down.", "type": code, "code": code, "param": None}
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Reply(status=429, headers=headers, body={"error": error})


class HungUntilTold(HungProvider):
    """A provider that fails with one error, when it is told to."""

    def __init__(self, error: AiWorkerError, quota: str) -> None:
        super().__init__()
        self.error = error
        self.quota = quota

    async def complete(self, prompt: Prompt) -> NoReturn:
        """The error, once `go_on` is set."""
        await super().complete(prompt)
        raise self.error


@asynccontextmanager
async def replicas(
    url: str, server: ModelServer, *, changes: Mapping[str, Any] | None = None
) -> AsyncIterator[tuple[Runtime, Runtime]]:
    """Two processes' worth of service at one provider; `changes` are the second one's."""
    settings: dict[str, Any] = {
        "name": "openai",
        "model": "gpt-4o",
        "fast_model": "gpt-4o-mini",
        "api_key": "sk-test",
        "api_base": server.url,
    }
    databases = [Database(url, pool_size=2) for _ in range(2)]
    providers = [LiteLLMProvider(**settings), LiteLLMProvider(**settings | dict(changes or {}))]
    for provider in providers:
        await provider.warm_up()
    first, second = map(toy_runtime, databases, providers)
    yield first, second
    for provider, database in zip(providers, databases, strict=True):
        await provider.close()
        await database.close()


async def refusal(runtime: Runtime, tenant_id: str, key: str | None = None) -> AiWorkerError:
    """What a job ends in that does not succeed."""
    with pytest.raises(AiWorkerError) as raised:
        await execute(toy_job(), ToyPayload(tenant_id=tenant_id), key or new_key(), runtime)
    return raised.value


@pytest.mark.parametrize(
    ("retry_after", "expected_seconds"),
    [("7", 7), ("0", 1), ("-5", 1), ("1e300", 3600), ("9999999", 3600), ("soon", 15), (None, 15)],
)
async def test_one_429_stops_every_replica(
    database_url: str, tenant_id: str, retry_after: str | None, expected_seconds: float
) -> None:
    """However long the provider asks for, no replica asks it again before, for no tenant."""
    async with (
        ModelServer(limited(retry_after), "hi") as server,
        replicas(database_url, server) as (here, there),
    ):
        first = await refusal(here, tenant_id)

        others = [await refusal(there, f"{tenant_id}-other"), await refusal(here, tenant_id)]

        assert len(server.requests) == 1
    assert first.retry_after_seconds == expected_seconds
    for other in others:
        assert (other.status, other.code) == (429, "provider_rate_limited")
        assert other.retry_after_seconds is not None
        assert expected_seconds - TOLERANCE_SECONDS < other.retry_after_seconds <= expected_seconds


async def test_a_date_is_the_providers(database_url: str, tenant_id: str) -> None:
    """A Retry-After that is a date is read by the provider's clock, which may be hours off ours."""
    their_now = datetime.now(UTC) + timedelta(hours=9)
    reply = limited(format_datetime(their_now + timedelta(seconds=40), usegmt=True))
    dated = Reply(
        status=429,
        headers={**reply.headers, "Date": format_datetime(their_now, usegmt=True)},
        body=reply.body,
    )
    async with (
        ModelServer(dated, "hi") as server,
        replicas(database_url, server) as (here, there),
    ):
        first = await refusal(here, tenant_id)

        second = await refusal(there, tenant_id)

        assert len(server.requests) == 1
    assert first.retry_after_seconds == pytest.approx(40, abs=1)
    assert second.retry_after_seconds == pytest.approx(40, abs=TOLERANCE_SECONDS)


async def test_a_cooldown_ends(database_url: str, tenant_id: str) -> None:
    """When the time is over, the same job is asked and paid for once, on any replica."""
    key, payload = new_key(), ToyPayload(tenant_id=tenant_id)
    async with (
        ModelServer(limited("1"), "hi") as server,
        replicas(database_url, server) as (here, there),
    ):
        await refusal(here, tenant_id, key)
        met = await refusal(there, tenant_id, key)
        await asyncio.sleep(met.retry_after_seconds or 0)

        receipt = await execute(toy_job(), payload, key, there)

        assert not receipt.is_replay
        assert len(server.requests) == 2
        (run,) = await rows(here.database, tenant_id, Run)
    assert (run.state, run.failures) == ("succeeded", 0)


async def test_waiting_is_free(database: Database, tenant_id: str) -> None:
    """A job that meets a cooldown more often than it has attempts is done when it is over."""
    provider, key = ScriptedProvider(ProviderRateLimited(), "hi"), new_key()
    runtime = toy_runtime(database, provider, max_attempts=1)
    for _ in range(5):
        await refusal(runtime, tenant_id, key)
    await end_cooldown(database, provider)

    await execute(toy_job(), ToyPayload(tenant_id=tenant_id), key, runtime)

    outcomes = [call.outcome for call in await rows(database, tenant_id, LlmCall)]
    assert sorted(str(outcome) for outcome in outcomes) == ["answered", "provider_rate_limited"]
    assert len(provider.prompts) == 2


async def test_no_money_left_stops_every_replica(database_url: str, tenant_id: str) -> None:
    """`insufficient_quota` is the operator's to solve: 503, and nobody hammers the provider."""
    async with (
        ModelServer(limited(None, "insufficient_quota"), "hi") as server,
        replicas(database_url, server) as (here, there),
    ):
        first = await refusal(here, tenant_id)

        second = await refusal(there, tenant_id)

        assert len(server.requests) == 1
    assert isinstance(first, ProviderMisconfigured)
    assert isinstance(second, ProviderMisconfigured)
    assert (second.status, second.is_counted) == (503, False)
    assert second.retry_after_seconds == pytest.approx(60, abs=TOLERANCE_SECONDS)


TOO_LARGE = (
    "Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, "
    "Requested 45000. The input or output tokens must be reduced in order to run successfully."
)
ECHO = "1 validation error: input_value='my résumé mentions billing_error and a 429'"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            Reply(
                status=429,
                body={"error": {"message": TOO_LARGE, "code": "rate_limit_exceeded"}},
                headers={"Retry-After": "60"},
            ),
            ["context_too_long"] * 4,
        ),
        (
            Reply(status=403, body=b"<html>Blocked", headers={"Content-Type": "text/html"}),
            [*["provider_error"] * 3, "attempts_exhausted"],
        ),
        (
            Reply(status=400, body={"error": {"message": ECHO, "code": "invalid_request"}}),
            [*["provider_error"] * 3, "attempts_exhausted"],
        ),
    ],
    ids=["too large for a minute", "a firewall's page", "an echo of the prompt"],
)
async def test_one_jobs_refusal_stops_nobody_else(
    database_url: str, tenant_id: str, reply: Reply, expected: list[str]
) -> None:
    """What the provider says of one prompt cools nothing down, and the job that has it ends."""
    async with (
        ModelServer() as server,
        replicas(database_url, server) as (here, there),
    ):
        key, ends = new_key(), []
        for _ in range(4):
            server.answers(reply)
            ends.append((await refusal(here, tenant_id, key)).code)
            server.answers("hi")

            receipt = await execute(
                toy_job(), ToyPayload(tenant_id=f"{tenant_id}-other"), new_key(), there
            )

            assert not receipt.is_replay
    assert ends == expected


async def test_a_rejected_key_fails_no_job(database_url: str, tenant_id: str) -> None:
    """However long the provider rejects the key, jobs wait for an operator and then succeed."""
    rejected = Reply(status=401, body={"error": {"message": "no", "code": "invalid_api_key"}})
    async with (
        ModelServer(rejected) as server,
        replicas(database_url, server) as (here, _),
    ):
        key, quota = new_key(), here.provider.quota_for(PROMPT)
        for _ in range(5):
            failure = await refusal(here, tenant_id, key)
            await end_cooldown(here.database, ScriptedProvider(quota=quota))
        server.answers("hi")

        receipt = await execute(toy_job(), ToyPayload(tenant_id=tenant_id), key, here)

        assert len(server.requests) == 6
    assert (failure.code, receipt.is_replay) == ("provider_misconfigured", False)


@pytest.mark.parametrize("changes", [{"api_key": "sk-new"}, {"model": "gpt-4o-mini"}])
async def test_a_cooldown_is_of_a_key_and_a_model(
    database_url: str, tenant_id: str, changes: Mapping[str, str]
) -> None:
    """A new key is free of the old one's limit at once, and so is another model."""
    async with (
        ModelServer(limited("3600"), "hi") as server,
        replicas(database_url, server, changes=changes) as (here, there),
    ):
        await refusal(here, tenant_id)

        receipt = await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), there)

    assert not receipt.is_replay


async def test_other_failures_cool_nothing(database: Database, tenant_id: str) -> None:
    """A provider that fails is asked again as soon as the job comes back."""
    provider = ScriptedProvider(ProviderError(retry_after_seconds=60), "hi")
    runtime, key = toy_runtime(database, provider), new_key()
    await refusal(runtime, tenant_id, key)

    receipt = await execute(toy_job(), ToyPayload(tenant_id=tenant_id), key, runtime)

    assert not receipt.is_replay


async def test_the_longest_pause_holds(database: Database, tenant_id: str) -> None:
    """Calls that were in flight may bring shorter pauses and do not shorten the longer one."""
    replies = (
        ProviderRateLimited(retry_after_seconds=600),
        ProviderMisconfigured(retry_after_seconds=2),
    )
    quota = new_key()
    hung = [HungUntilTold(reply, quota) for reply in replies]
    running = [
        asyncio.create_task(refusal(toy_runtime(database, provider), tenant_id))
        for provider in hung
    ]
    await until(lambda: all(provider.asked for provider in hung))
    for provider, run in zip(hung, running, strict=True):
        provider.go_on.set()
        await run

    met = await refusal(
        toy_runtime(database, ScriptedProvider("never asked", quota=quota)), tenant_id
    )

    assert met.code == "provider_rate_limited"
    assert met.retry_after_seconds == pytest.approx(600, abs=TOLERANCE_SECONDS)


async def test_the_databases_clock_decides(database: Database, tenant_id: str) -> None:
    """The end of a cooldown is a time of the database's, whatever the replicas' clocks say."""
    provider = ScriptedProvider(ProviderRateLimited(retry_after_seconds=100))
    await refusal(toy_runtime(database, provider), tenant_id)

    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        left = await connection.execute(
            text(
                "select extract(epoch from expires_at - clock_timestamp())::float "
                "from ai_provider_cooldowns where quota = :quota"
            ),
            {"quota": provider.quota},
        )

        assert left.scalar_one() == pytest.approx(100, abs=TOLERANCE_SECONDS)


async def test_the_check_costs_no_statement(database: Database, tenant_id: str) -> None:
    """A run that meets a cooldown costs fewer statements than one that is asked."""
    statements: list[str] = []
    provider = ScriptedProvider(ProviderRateLimited())
    runtime = toy_runtime(database, provider)
    await refusal(runtime, tenant_id)

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    try:
        await refusal(runtime, tenant_id)
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", count)

    # Claim, permit and release, each behind the tenant's setting.
    assert len(statements) == 6 < STATEMENTS_OF_A_RUN, "\n".join(statements)
    assert provider.prompts == [PROMPT]
