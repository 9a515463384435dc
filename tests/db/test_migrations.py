import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from alembic import command
from app.db.engine import driver_address
from app.db.migrations import ALEMBIC_INI, migrate, newest_revision, revision

COLUMNS = (
    "select table_name, column_name, data_type, is_nullable, column_default "
    "from information_schema.columns where table_schema = 'public' order by 1, 2"
)
POLICIES = "select tablename, policyname, roles, qual, with_check from pg_policies order by 1, 2"
RIGHTS = (
    "select table_name, grantee, privilege_type from information_schema.role_table_grants "
    "where table_schema = 'public' and grantee like 'ai_worker%' order by 1, 2, 3"
)


async def alembic(url: str, order: str, *arguments: str) -> None:
    """Have Alembic do something to a database, as `migrate` does."""

    def obey(connection: Connection) -> None:
        config = Config(ALEMBIC_INI)
        config.attributes["connection"] = connection
        getattr(command, order)(config, *arguments)

    address, connect_args = driver_address(url)
    engine = create_async_engine(address, connect_args=connect_args)
    async with engine.begin() as connection:
        await connection.run_sync(obey)
    await engine.dispose()


async def schema(url: str) -> list[list[tuple[object, ...]]]:
    """Columns, policies and rights, as PostgreSQL lists them."""
    connection = await asyncpg.connect(url)
    found = [await connection.fetch(query) for query in (COLUMNS, POLICIES, RIGHTS)]
    await connection.close()
    return [[tuple(row) for row in listed] for listed in found]


async def test_the_tables_are_what_the_code_says(database_url: str) -> None:
    """`alembic check` finds nothing to add to the migrations."""
    await alembic(database_url, "check")

    assert await revision(database_url) == newest_revision()


async def test_a_run_is_unique_by_its_id_alone(database_url: str) -> None:
    """Two first deliveries at one moment meet in the one index that `on conflict` forgives."""
    connection = await asyncpg.connect(database_url)
    indexes = await connection.fetch(
        "select indexrelid::regclass::text as name from pg_index "
        "where indrelid = 'ai_job_runs'::regclass and indisunique"
    )
    await connection.close()

    assert [index["name"] for index in indexes] == ["ai_job_runs_pkey"]


async def test_there_and_back_again(empty_url: str) -> None:
    """Down to nothing and up again gives the same schema, policies and rights."""
    assert await revision(empty_url) is None
    await migrate(empty_url)
    first = await schema(empty_url)

    await alembic(empty_url, "downgrade", "base")
    nothing = await schema(empty_url)
    again = await migrate(empty_url)

    assert first[0]
    assert nothing[1:] == [[], []]
    assert {column[0] for column in nothing[0]} <= {"alembic_version"}
    assert await schema(empty_url) == first
    assert again == newest_revision()


async def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    """A database that is up to date stays as it is."""
    await migrate(empty_url)
    before = await schema(empty_url)

    await migrate(empty_url)

    assert await schema(empty_url) == before


async def test_tasks_that_migrate_at_once_take_turns(empty_url: str) -> None:
    """Five starts at one moment migrate once and all go on."""
    reached = await asyncio.gather(*(migrate(empty_url) for _ in range(5)))

    assert set(reached) == {newest_revision()}


async def test_processes_that_migrate_at_once_take_turns(empty_url: str) -> None:
    """Two `ai-worker migrate` at one moment both say what the database is at."""
    program = Path(sys.executable).with_name("ai-worker")
    environment = {**os.environ, "DATABASE_URL": empty_url}

    both = [
        await asyncio.create_subprocess_exec(
            program, "migrate", env=environment, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    said = [(await process.communicate())[0].decode() for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert all(f"is at revision {newest_revision()}" in line for line in said)


async def test_a_migration_that_fails_leaves_nothing(empty_url: str) -> None:
    """A migration is one transaction: a table in its way leaves the database as it was."""
    connection = await asyncpg.connect(empty_url)
    await connection.execute("create table resumes (stray integer)")

    with pytest.raises(Exception, match="already exists"):
        await migrate(empty_url)

    assert await revision(empty_url) is None
    tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    await connection.close()
    assert {table["tablename"] for table in tables} <= {"resumes", "alembic_version"}
