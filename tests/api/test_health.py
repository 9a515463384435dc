import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from app.main import create_app
from app.settings import Settings
from tests.api.stored import payload
from tests.conftest import SECRET, Service, StartService
from tests.fakes import ScriptedProvider


class SlowProvider(ScriptedProvider):
    """A provider that is loading until it is told to be done."""

    def __init__(self) -> None:
        super().__init__()
        self.is_loaded = asyncio.Event()

    async def warm_up(self) -> None:
        """Wait to be told."""
        await self.is_loaded.wait()


@asynccontextmanager
async def _starting(
    database_url: str, provider: ScriptedProvider
) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings.model_validate(
        {"database_url": database_url, "core_api_internal_secret": SECRET}
    )
    app = create_app(settings, provider=provider)
    transport = httpx.ASGITransport(app)
    headers = {"x-internal-secret": SECRET}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://x", headers=headers) as client,
    ):
        yield client


async def _until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(10):
        while (await client.get("/ready")).status_code != 200:  # noqa: ASYNC110  asked from outside
            await asyncio.sleep(0.01)


async def test_health_has_exactly_three_keys(service: Service) -> None:
    """Liveness says what document 000 says, in its spelling, and nothing else."""
    answer = await service.client.get("/health")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "worker_active": True, "llm_provider": "offline"}


async def test_health_names_the_provider_in_use(start_service: StartService) -> None:
    """`llm_provider` is who answers, not what was asked for."""
    async with start_service(ScriptedProvider(), anthropic_api_key="sk-ant-made-up") as service:
        answer = await service.client.get("/health")

    assert answer.json()["llm_provider"] == "anthropic"


async def test_an_application_needs_settings_only() -> None:
    """Without a provider given, the application makes its own, and loads it later."""
    app = create_app(Settings.model_validate({"llm_provider": "offline"}))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        answer = await client.get("/health")

    assert answer.json() == {"status": "ok", "worker_active": False, "llm_provider": "offline"}


async def test_ready_has_a_line_for_everything(service: Service) -> None:
    """Readiness tells database, migrations, provider and the outbox's age apart."""
    answer = await service.client.get("/ready")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    checks = answer.json()["checks"]
    assert checks.keys() == {"database", "migrations", "provider", "outbox"}
    assert (checks["database"], checks["migrations"]) == ("ok", "ok")
    assert checks["provider"] == "ok: offline editor"


async def test_a_job_that_comes_too_early_is_told_to_wait(database_url: str) -> None:
    """While something loads, /health lives, /ready says what is missing, and jobs get a 503."""
    provider = SlowProvider()

    async with _starting(database_url, provider) as client:
        health = await client.get("/health")
        early = await client.get("/ready")
        job = await client.post("/jobs/rewrite-resume", json=payload("t"))
        provider.is_loaded.set()
        await _until_ready(client)

    assert health.json()["worker_active"] is False
    assert (early.status_code, early.json()["status"]) == (503, "not ready")
    assert early.json()["checks"]["provider"].startswith("loading")
    assert (job.status_code, job.json()["code"]) == (503, "unavailable")
    assert job.json()["retryable"] is True
    assert "provider is loading" in job.json()["detail"]
    assert int(job.headers["retry-after"]) > 0


async def test_a_draining_service_takes_no_job(start_service: StartService) -> None:
    """After its end began, a service is alive, not ready, and sends jobs elsewhere."""
    async with start_service(ScriptedProvider()) as service:
        await service.lifecycle.end()

        health = await service.client.get("/health")
        ready = await service.client.get("/ready")
        job = await service.client.post("/jobs/rewrite-resume", json=payload("t"))

    assert (health.status_code, health.json()["worker_active"]) == (200, False)
    assert ready.status_code == 503
    assert ready.json()["checks"]["service"] == "shutting down"
    assert (job.status_code, job.json()["code"]) == (503, "unavailable")
    assert "retry-after" in job.headers
