import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app.db.engine import Database
from app.db.migrations import migrate
from app.lifecycle import Lifecycle
from app.main import create_app
from app.runs.tables import OutboxEvent, Run
from app.settings import Settings
from tests.api.stored import payload, store_resume
from tests.conftest import SECRET, StartService, empty_database
from tests.core_api import CoreApi
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import HungProvider, new_key, rows, until

ROUTE = "/jobs/rewrite-resume"
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


class SlowToWarmUp(ScriptedProvider):
    """A provider whose library takes as long to load as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.is_loaded = asyncio.Event()

    async def warm_up(self) -> None:
        """Wait for the test."""
        await self.is_loaded.wait()


class FailsToWarmUp(ScriptedProvider):
    """A provider whose library is broken."""

    async def warm_up(self) -> None:
        """Fail as an import does."""
        raise ImportError("canary")


@asynccontextmanager
async def starting(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The application from its first moment on."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://ai-worker",
            headers={"x-internal-secret": SECRET},
        ) as client,
    ):
        yield client


def settings(**values: object) -> Settings:
    """Settings as the environment would give them."""
    return Settings.model_validate({"core_api_internal_secret": SECRET, **values})


async def is_ready(client: httpx.AsyncClient) -> bool:
    """Whether jobs can be run."""
    return (await client.get("/ready")).status_code == httpx.codes.OK


async def has_schema(client: httpx.AsyncClient) -> bool:
    """Whether the database is open and up to date."""
    checks: dict[str, str] = (await client.get("/ready")).json()["checks"]
    return checks["migrations"] == "ok"


async def refusal(values: Settings, provider: ScriptedProvider | None = None) -> str | None:
    """Why a process with these settings must not go on."""
    refused = asyncio.Event()
    app = create_app(values, provider=provider or ScriptedProvider(), on_refused=refused.set)
    async with starting(app) as client:
        async with asyncio.timeout(20):
            await refused.wait()
        assert (await client.get("/ready")).status_code == 503
    lifecycle: Lifecycle = app.state.lifecycle
    return lifecycle.refusal


async def test_a_job_that_comes_too_early_is_sent_back(database_url: str) -> None:
    """While the model's library loads, /health is fine and a job is told what is missing."""
    provider = SlowToWarmUp()
    app = create_app(settings(database_url=database_url), provider=provider)
    async with starting(app) as client:
        early = await client.post(ROUTE, json=payload("t"))
        health = await client.get("/health")
        await until(lambda: has_schema(client), timeout_seconds=20)
        late = await client.post(ROUTE, json=payload("t"))
        provider.is_loaded.set()
        await until(lambda: is_ready(client), timeout_seconds=20)

    assert (early.status_code, early.json()["retryable"]) == (503, True)
    assert early.headers["retry-after"]
    assert (health.status_code, health.json()["worker_active"]) == (200, False)
    assert late.json()["detail"] == "The service is starting: provider is loading."


@pytest.mark.parametrize("app_env", ["development", "production"])
async def test_an_unreachable_database_refuses_the_start(app_env: str) -> None:
    """One line for the operator, without the address."""
    reason = await refusal(
        settings(
            app_env=app_env,
            database_url=NOWHERE,
            core_api_internal_url="http://core-api:4000",
            llm_provider="offline",
        )
    )

    assert reason == "the database (DATABASE_URL) cannot be reached"


async def test_production_does_not_migrate_itself(embedded_url: str) -> None:
    """In production a database that is behind refuses the start, and is left as it is."""
    async with empty_database(embedded_url) as url:
        reason = await refusal(
            settings(
                app_env="production",
                database_url=url,
                core_api_internal_url="http://core-api:4000",
                llm_provider="offline",
            )
        )
        connection = await asyncpg.connect(url)
        tables = await connection.fetch("select from pg_tables where schemaname = 'public'")
        await connection.close()

    assert reason == "pending migrations: run `ai-worker migrate` first"
    assert tables == []


async def test_a_role_that_may_not_migrate_is_told(embedded_url: str) -> None:
    """A login that may not create tables refuses the start and names the way out."""
    async with empty_database(embedded_url) as url:
        superuser = await asyncpg.connect(url)
        role = f"plain_{uuid4().hex}"
        await superuser.execute(f"create role {role} login")
        reason = await refusal(settings(database_url=url.replace("postgres:", f"{role}:", 1)))
        await superuser.execute(f"drop owned by {role}; drop role {role}")
        await superuser.close()

    assert reason
    assert "`ai-worker migrate`" in reason


async def test_development_migrates_itself(embedded_url: str) -> None:
    """On a developer's machine a start brings the schema with it."""
    async with empty_database(embedded_url) as url:
        app = create_app(settings(database_url=url), provider=ScriptedProvider())
        async with starting(app) as client:
            await until(lambda: is_ready(client), timeout_seconds=20)
        assert await migrate(url)


async def test_a_start_that_breaks_is_refused(database_url: str) -> None:
    """A bug at start-up ends the process with a sentence that repeats nothing of the bug's own."""
    reason = await refusal(settings(database_url=database_url), FailsToWarmUp())

    assert reason == "start-up failed; the log says where"


async def test_a_database_that_does_not_exist_is_said(embedded_url: str) -> None:
    """A DATABASE_URL that leads to a server without this database names the setting."""
    reason = await refusal(
        settings(database_url=embedded_url.replace("/postgres?", "/no_such_database?"))
    )

    assert reason
    assert "DATABASE_URL" in reason


async def test_ready_tells_of_a_lost_database(start_service: StartService) -> None:
    """A service whose database went away says so, and is ready no longer."""
    async with start_service(ScriptedProvider()) as service:
        runtime = service.lifecycle.runtime()
        whole, runtime.database.engine = (
            runtime.database.engine,
            Database(NOWHERE, pool_size=1).engine,
        )
        away = await service.client.get("/ready")
        runtime.database.engine = whole
        back = await service.client.get("/ready")

    assert away.status_code == 503
    assert away.json()["checks"]["database"] == "cannot be reached"
    assert away.json()["checks"]["outbox"] == "unknown"
    assert back.status_code == 200


async def test_ready_tells_how_long_callbacks_wait(
    start_service: StartService, tenant_id: str
) -> None:
    """An outbox nobody drains is told with its age, and does not stop jobs."""
    async with start_service(ScriptedProvider()) as service:
        await store_resume(service.client, tenant_id, "asha-verma-base")
        await service.client.post(ROUTE, json=payload(tenant_id))
        ready = await service.client.get("/ready")

    assert ready.status_code == 200
    assert "the oldest callback waits" in ready.json()["checks"]["outbox"]


async def test_an_end_tells_core_api_first(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A process that stops right after a job has told core-api of it when it is gone."""
    async with CoreApi() as core_api:
        async with start_service(ScriptedProvider(), core_api_internal_url=core_api.url) as service:
            await store_resume(service.client, tenant_id, "asha-verma-base")
            await service.client.post(ROUTE, json=payload(tenant_id))
        told = core_api.told_of(tenant_id)

    (event,) = await rows(database, tenant_id, OutboxEvent)
    assert [each.headers["webhook-id"] for each in told] == [str(event.id)]
    assert event.delivered_at


async def test_an_end_frees_what_it_cuts_off(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A request that is cancelled at the very end is answered 503 and its run is free at once."""
    provider = HungProvider()
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, "asha-verma-base")
        job = asyncio.create_task(
            service.client.post(
                ROUTE, json=payload(tenant_id), headers={"idempotency-key": new_key()}
            )
        )
        await until(lambda: provider.asked == 1)
        job.cancel()
        lifecycle = service.lifecycle
    await asyncio.gather(job, return_exceptions=True)

    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.crashes, run.failures) == ("waiting", 0, 0)
    assert not lifecycle.is_active


async def test_nothing_is_taken_after_the_end(start_service: StartService, tenant_id: str) -> None:
    """A process that shuts down sends jobs to another one."""
    async with start_service(ScriptedProvider()) as service:
        app_client, lifecycle = service.client, service.lifecycle
        await lifecycle.end()
        answer = await app_client.post(ROUTE, json=payload(tenant_id))
        ready = await app_client.get("/ready")

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
    assert (ready.status_code, ready.json()["checks"]["service"]) == (503, "shutting down")


async def test_an_end_before_the_start_is_an_end(database_url: str) -> None:
    """A process that is stopped while it starts stops."""
    app = create_app(settings(database_url=database_url), provider=SlowToWarmUp())

    async with asyncio.timeout(10), starting(app) as client:
        assert (await client.get("/health")).status_code == 200

    assert not app.state.lifecycle.is_active
