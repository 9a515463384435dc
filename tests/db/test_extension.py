import asyncpg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.db.engine import SERVICE_ROLE, driver_address
from app.db.extension import ExtensionAway, require_pgvector


async def require(url: str, before: str) -> None:
    """Ask for pgvector in one transaction, after a statement."""

    def ask(connection: Connection) -> None:
        connection.execute(text(before))
        require_pgvector(connection)

    address, arguments = driver_address(url)
    engine = create_async_engine(address, connect_args=arguments)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(ask)
    finally:
        await engine.dispose()


async def test_a_role_that_may_not_create_it_is_told(empty_url: str, database_url: str) -> None:
    """The error names pgvector and what a database's owner must run."""
    assert database_url

    with pytest.raises(ExtensionAway, match=r"42501.*create extension vector"):
        await require(empty_url, f"set local role {SERVICE_ROLE}")


async def test_an_extension_that_is_there_is_enough(empty_url: str, database_url: str) -> None:
    """Where somebody created it before, a role without rights goes on; a second time too."""
    assert database_url
    await require(empty_url, "select 1")

    await require(empty_url, f"set local role {SERVICE_ROLE}")


async def test_one_that_cannot_be_seen_is_told(empty_url: str) -> None:
    """An extension outside the search path, as an old one without halfvec, is an error too."""
    connection = await asyncpg.connect(empty_url)
    await connection.execute("create schema aside; create extension vector schema aside")
    await connection.close()

    with pytest.raises(ExtensionAway, match="alter extension vector update"):
        await require(empty_url, "select 1")
