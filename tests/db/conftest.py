"""Databases of their own, for tests that change the schema."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest


@pytest.fixture
async def fresh_url(embedded_url: str) -> AsyncIterator[str]:
    """The address of an empty database."""
    name = f"fresh_{uuid4().hex}"
    superuser = await asyncpg.connect(embedded_url)
    await superuser.execute(f"create database {name}")
    yield embedded_url.replace("/postgres?", f"/{name}?")
    await superuser.execute(f"drop database {name} with (force)")
    await superuser.close()


@pytest.fixture
async def superuser(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the test database that row-level security does not bind."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()
