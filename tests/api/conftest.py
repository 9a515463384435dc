"""A service with nothing stored, in the process and behind a real port."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app.db.migrations import migrate
from app.main import create_app
from app.settings import Settings
from tests.conftest import SECRET, Service, empty_database
from tests.fakes import ScriptedProvider


@pytest.fixture(scope="session")
async def shared_app(embedded_url: str) -> AsyncIterator[FastAPI]:
    """The application on a database of its own; its model proposes nothing.

    It lives on beside other tests, whose runs its sweeper would close.
    """
    async with empty_database(embedded_url) as url:
        await migrate(url)
        settings = Settings.model_validate(
            {"database_url": url, "core_api_internal_secret": SECRET}
        )
        yield create_app(settings, provider=ScriptedProvider())


@pytest.fixture(scope="session")
async def port(shared_app: FastAPI) -> AsyncIterator[int]:
    """The port it listens on, for what no HTTP client can be made to send."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(shared_app, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not shared_app.state.lifecycle.is_active:  # noqa: ASYNC110  a lifecycle tells nobody
        await asyncio.sleep(0.01)
    yield listening.getsockname()[1]
    server.should_exit = True
    await serving


@pytest.fixture(scope="session")
async def service(shared_app: FastAPI, port: int) -> AsyncIterator[Service]:
    """The same one without a network between, for tests that keep to a tenant of their own."""
    assert port
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(shared_app, raise_app_exceptions=False),
        base_url="http://ai-worker",
        headers={"x-internal-secret": SECRET},
    ) as client:
        yield Service(client, shared_app.state.lifecycle)
