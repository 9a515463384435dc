"""What every test may ask for: PostgreSQL, a tenant of its own, a service around a script."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import httpx
import hypothesis
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.db.embedded import start_embedded_postgres
from app.db.engine import Database, driver_address
from app.db.migrations import migrate
from app.lifecycle import Lifecycle
from app.llm.client import ConnectedProvider
from app.main import create_app
from app.settings import Settings

SECRET = "secret-of-the-tests"

# A busy machine is no reason for a property to fail, and a run can be repeated as it was.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True)
hypothesis.settings.load_profile("tests")


@pytest.fixture(scope="session")
def embedded_url() -> str:
    """The address of an embedded PostgreSQL, kept from one test session to the next."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return start_embedded_postgres(Path(".data/tests") / worker)


@asynccontextmanager
async def empty_database(embedded_url: str) -> AsyncIterator[str]:
    """The address of a database without a table, dropped on exit."""
    name = f"test_{uuid4().hex}"
    await _as_superuser(embedded_url, f"create database {name}")
    yield embedded_url.replace("/postgres?", f"/{name}?")
    await _as_superuser(embedded_url, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
async def database_url(embedded_url: str) -> AsyncIterator[str]:
    """The address of a fresh, migrated database."""
    async with empty_database(embedded_url) as url:
        await migrate(url)
        yield url


@pytest.fixture
async def empty_url(embedded_url: str) -> AsyncIterator[str]:
    """The address of a database without a table."""
    async with empty_database(embedded_url) as url:
        yield url


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """The database through the service's own door."""
    database = Database(database_url, pool_size=10)
    yield database
    await database.close()


@pytest.fixture
def tenant_id() -> str:
    """A tenant nobody else has."""
    return f"tenant-{uuid4()}"


class Service:
    """A running service: an HTTP client that shows the secret, and the lifecycle behind it."""

    def __init__(self, client: httpx.AsyncClient, lifecycle: Lifecycle) -> None:
        self.client = client
        self.lifecycle = lifecycle


class StartService(Protocol):
    """Starts a service; keyword arguments are settings."""

    def __call__(
        self, provider: ConnectedProvider, **settings: object
    ) -> AbstractAsyncContextManager[Service]:
        """The running service, ended on exit."""
        ...


@pytest.fixture(scope="session")
def idle_apps() -> dict[str, list[FastAPI]]:
    """Routes of ended services, by the settings that requests pass.

    Building them anew takes longer than most tests.
    """
    return defaultdict(list)


@pytest.fixture
def start_service(database_url: str, idle_apps: dict[str, list[FastAPI]]) -> StartService:
    """Starts the whole application on the test database, around a scripted provider."""

    @asynccontextmanager
    async def start(provider: ConnectedProvider, **values: object) -> AsyncIterator[Service]:
        settings = Settings.model_validate(
            {"database_url": database_url, "core_api_internal_secret": SECRET, **values}
        )
        fresh = create_app(settings, provider=provider)
        passed = (settings.accepted_secrets, settings.otel_exporter_otlp_endpoint)
        idle = idle_apps[repr((*passed, settings.metrics_tenants))]
        app = idle.pop() if idle else fresh
        app.state.lifecycle = fresh.state.lifecycle
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=transport,
                base_url="http://ai-worker",
                headers={"x-internal-secret": SECRET},
                timeout=60,
            ) as client,
        ):
            while (await client.get("/ready")).status_code != httpx.codes.OK:  # noqa: ASYNC110  as a probe
                await asyncio.sleep(0.01)
            yield Service(client, app.state.lifecycle)
        idle.append(app)

    return start


async def _as_superuser(url: str, statement: str) -> None:
    address, arguments = driver_address(url)
    engine = create_async_engine(address, connect_args=arguments, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
