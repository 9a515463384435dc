import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.api.stored import payload, store_resume
from tests.core_api import CoreApi
from tests.e2e.service_process import KEY, ServiceProcess, free_port
from tests.fakes import ModelServer, Reply
from tests.runs.toy_job import until

ROUTE = "/jobs/rewrite-resume"
# LiteLLM is most of a start; `bench/start.py` has the seconds.
HEALTHY_SHARE = 0.75


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    """A model that takes two seconds."""
    async with ModelServer(Reply(delay_seconds=2)) as server:
        yield server


async def test_a_life(model: ModelServer, tmp_path: Path) -> None:
    """With nothing but a folder: healthy at once, ready later, and ended without losing a job.

    Why one test: a start costs seconds, and each step needs the one before.
    """
    async with (
        CoreApi() as core_api,
        ServiceProcess(
            tmp_path,
            DATA_DIR=str(tmp_path / "data"),
            LLM_PROVIDER="openai",
            OPENAI_API_KEY=KEY,
            LLM_API_BASE=model.url,
            CORE_API_INTERNAL_URL=core_api.url,
        ) as service,
    ):
        health = await service.answers("/health")
        healthy_after = time.monotonic() - service.started
        early = await service.client.post(ROUTE, json=payload("demo"))
        not_ready = await service.client.get("/ready")

        assert health.json() == {"status": "ok", "worker_active": False, "llm_provider": "openai"}
        assert (early.status_code, early.json()["code"]) == (503, "unavailable")
        assert early.json()["retryable"] is True
        assert int(early.headers["retry-after"]) > 0
        assert not_ready.status_code == 503
        assert not_ready.json()["status"] == "not ready"
        assert set(not_ready.json()["checks"]) == {"database", "migrations", "provider", "outbox"}

        ready = await service.answers("/ready")
        ready_after = time.monotonic() - service.started
        assert healthy_after < HEALTHY_SHARE * ready_after
        assert ready.json() == {
            "status": "ready",
            "checks": {
                "database": "ok",
                "migrations": "ok",
                "provider": "ok: openai gpt-4o",
                "outbox": "ok",
            },
        }
        assert (await service.client.get("/health")).json()["worker_active"] is True

        await store_resume(service.client, "demo", "asha-verma-base")
        job = asyncio.create_task(service.client.post(ROUTE, json=payload("demo")))
        await until(lambda: len(model.requests) == 1)
        service.terminate()
        answer = await job

        assert answer.status_code == 200, answer.text
        assert await service.exit_code() == 0
        assert [told.body["resultId"] for told in core_api.told] == [answer.json()["resultId"]]
        assert len(model.requests) == 1
        with pytest.raises(httpx.TransportError):
            await service.client.get("/health")
        await until(lambda: not (tmp_path / "data/postgres/postmaster.pid").exists())


async def test_a_database_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    """A process that cannot reach its database ends with a sentence that names the setting."""
    address = f"postgresql://canary:canary@127.0.0.1:{free_port()}/canary"
    async with ServiceProcess(tmp_path, DATABASE_URL=address, LLM_PROVIDER="offline") as service:
        code = await service.exit_code()

    assert code == 1
    last = service.log.strip().splitlines()[-1]
    assert last == "ai-worker: the database (DATABASE_URL) cannot be reached"
    assert "canary" not in service.log
    assert "Traceback" not in service.log


async def test_an_end_waits_for_the_call_and_begins_no_other(
    database_url: str, tenant_id: str, tmp_path: Path
) -> None:
    """SIGTERM in a call whose answer needs a second one: the next delivery pays for that alone."""
    async with (
        ModelServer(Reply("not JSON", delay_seconds=1), Reply()) as model,
        ServiceProcess(
            tmp_path,
            DATABASE_URL=database_url,
            LLM_PROVIDER="openai",
            OPENAI_API_KEY=KEY,
            LLM_API_BASE=model.url,
        ) as service,
    ):
        await service.answers("/ready")
        await store_resume(service.client, tenant_id, "asha-verma-base")
        job = asyncio.create_task(service.client.post(ROUTE, json=payload(tenant_id)))
        await until(lambda: len(model.requests) == 1)

        service.terminate()
        answer = await job

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.json()["retryable"] is True
        assert await service.exit_code() == 0
        assert len(model.requests) == 1
