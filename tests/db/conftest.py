"""A connection past row-level security, for tests of it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest


@pytest.fixture
async def superuser(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the test database that row-level security does not bind."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()
