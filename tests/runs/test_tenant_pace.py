import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from app.db.engine import Database
from app.errors import IdempotencyMismatch, ProviderError, TenantRateLimited
from app.runs.execute import execute
from app.runs.tables import Run
from app.runs.tenant_pace import REDIS_TIMEOUT_SECONDS, SPREAD_SECONDS, TenantPace
from tests.fakes import ScriptedProvider
from tests.redis_server import RedisServer
from tests.runs.toy_job import ToyPayload, new_key, rows, toy_job, toy_runtime


@pytest.fixture(scope="session")
async def redis() -> AsyncIterator[RedisServer]:
    """A Redis that is well."""
    async with RedisServer() as server:
        yield server


@asynccontextmanager
async def paces(*redis_urls: str | None, runs_per_minute: int) -> AsyncIterator[list[TenantPace]]:
    """One replica's count for each address."""
    started = [TenantPace(runs_per_minute, url) for url in redis_urls]
    yield started
    for pace in started:
        await pace.close()


async def test_a_tenant_that_hurries_waits(database: Database, tenant_id: str) -> None:
    """The run that is one too many is answered 429 with the rest of the minute, and leaves none."""
    provider, payload = ScriptedProvider("hi"), ToyPayload(tenant_id=tenant_id)
    async with paces(None, runs_per_minute=2) as (pace,):
        runtime = toy_runtime(database, provider, pace=pace)
        for _ in range(2):
            await execute(toy_job(), payload, new_key(), runtime)

        with pytest.raises(TenantRateLimited) as refused:
            await execute(toy_job(), payload, new_key(), runtime)

    assert (refused.value.status, refused.value.code) == (429, "tenant_rate_limited")
    assert 50 < (refused.value.retry_after_seconds or 0) <= 60 + SPREAD_SECONDS
    assert len(provider.prompts) == 2
    assert len(await rows(database, tenant_id, Run)) == 2


async def test_refused_jobs_do_not_come_back_at_once(tenant_id: str) -> None:
    """A flood that is turned away is spread over the next minute, so that others get through."""
    async with paces(None, runs_per_minute=1) as (pace,):
        waits = [await pace.count(tenant_id) for _ in range(601)]

    seconds = Counter(int(wait) for wait in waits if wait is not None)
    assert seconds.total() == 600
    assert min(seconds) >= 50
    assert max(seconds.values()) < 60


async def test_one_tenants_hurry_is_not_anothers(database: Database, tenant_id: str) -> None:
    """A tenant that used up its minute takes nothing from its neighbour."""
    async with paces(None, runs_per_minute=1) as (pace,):
        runtime = toy_runtime(database, ScriptedProvider("hi"), pace=pace)
        await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)
        with pytest.raises(TenantRateLimited):
            await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

        other = ToyPayload(tenant_id=f"{tenant_id}-other")
        receipt = await execute(toy_job(), other, new_key(), runtime)

    assert receipt.tenant_id == f"{tenant_id}-other"


async def test_a_redelivery_is_counted_once(database: Database, tenant_id: str) -> None:
    """Replays, mismatches and further attempts at the same key leave the tenant its other runs."""
    provider, key = ScriptedProvider(ProviderError(), "hi"), new_key()
    payload = ToyPayload(tenant_id=tenant_id)
    async with paces(None, runs_per_minute=2) as (pace,):
        runtime = toy_runtime(database, provider, pace=pace)
        with pytest.raises(ProviderError):
            await execute(toy_job(), payload, key, runtime)
        for _ in range(5):
            await execute(toy_job(), payload, key, runtime)
        with pytest.raises(IdempotencyMismatch):
            await execute(
                toy_job(), ToyPayload(tenant_id=tenant_id, some_word="other"), key, runtime
            )

        receipt = await execute(toy_job(), payload, new_key(), runtime)

        assert not receipt.is_replay
        with pytest.raises(TenantRateLimited):
            await execute(toy_job(), payload, new_key(), runtime)


async def test_a_known_run_passes_a_full_minute(database: Database, tenant_id: str) -> None:
    """Where the minute is used up, a finished run is still replayed and an open one goes on."""
    provider, done, waiting = ScriptedProvider("hi", ProviderError(), "hi"), new_key(), new_key()
    payload = ToyPayload(tenant_id=tenant_id)
    async with paces(None, runs_per_minute=2) as (pace,):
        runtime = toy_runtime(database, provider, pace=pace)
        await execute(toy_job(), payload, done, runtime)
        with pytest.raises(ProviderError):
            await execute(toy_job(), payload, waiting, runtime)
        with pytest.raises(TenantRateLimited):
            await execute(toy_job(), payload, new_key(), runtime)

        replayed = await execute(toy_job(), payload, done, runtime)
        resumed = await execute(toy_job(), payload, waiting, runtime)

    assert (replayed.is_replay, resumed.is_replay) == (True, False)


async def test_replicas_count_together(redis: RedisServer, tenant_id: str) -> None:
    """Two processes with one Redis let through what one would."""
    async with paces(redis.url, redis.url, runs_per_minute=5) as (here, there):
        waits = await asyncio.gather(
            *(pace.count(tenant_id) for pace in (here, there) for _ in range(10))
        )

        assert waits.count(None) == 5
        assert all(wait is None or 50 < wait <= 60 + SPREAD_SECONDS for wait in waits)
        await asyncio.gather(*(here.take_back(tenant_id) for _ in range(16)))
        assert await there.count(tenant_id) is None
        assert await there.count(tenant_id)


async def test_a_redis_that_is_away_fails_no_job(database: Database, tenant_id: str) -> None:
    """While Redis is dead each process counts for itself, and says so once."""
    async with (
        RedisServer() as redis,
        paces(redis.url, runs_per_minute=3) as (pace,),
    ):
        runtime = toy_runtime(database, ScriptedProvider("hi"), pace=pace)
        payload = ToyPayload(tenant_id=tenant_id)
        await execute(toy_job(), payload, new_key(), runtime)
        await redis.kill()
        with capture_logs() as logs:
            for _ in range(3):
                await execute(toy_job(), payload, new_key(), runtime)
            with pytest.raises(TenantRateLimited):
                await execute(toy_job(), payload, new_key(), runtime)

    said = [line["event"] for line in logs if line["log_level"] == "warning"]
    assert said == ["tenant_limits_without_redis"]


async def test_a_redis_that_hangs_is_not_waited_for(tenant_id: str) -> None:
    """A Redis that accepts and never answers costs one short wait, not one for every job."""
    async with RedisServer() as redis, paces(redis.url, runs_per_minute=100) as (pace,):
        await pace.count(tenant_id)
        redis.freeze()
        started = time.monotonic()

        waits = [await pace.count(tenant_id) for _ in range(20)]

        took = time.monotonic() - started
        assert set(waits) == {None}
        assert REDIS_TIMEOUT_SECONDS <= took < REDIS_TIMEOUT_SECONDS * 4


async def test_a_redis_that_comes_back_counts_again(tenant_id: str) -> None:
    """After an outage replicas count together again, without a restart."""
    async with RedisServer() as redis:
        pace = TenantPace(1, redis.url, alone_seconds=0.1)
        await redis.kill()
        alone = [await pace.count(tenant_id), await pace.count(tenant_id)]
        await redis.start()
        await asyncio.sleep(0.1)

        together = [await pace.count(tenant_id), await pace.count(tenant_id)]

        await pace.close()
    assert [wait is None for wait in (*alone, *together)] == [True, False, True, False]


async def test_a_long_outage_is_one_outage(tenant_id: str) -> None:
    """However often Redis is tried in vain, the log says so once."""
    async with RedisServer() as redis:
        await redis.kill()
    pace = TenantPace(100, redis.url, alone_seconds=0)

    with capture_logs() as logs:
        waits = [await pace.count(tenant_id) for _ in range(5)]

    await pace.close()
    assert waits == [None] * 5
    assert [line["event"] for line in logs] == ["tenant_limits_without_redis"]
