"""The schema's versions: which one a database is at, and how it gets to ours."""

from pathlib import Path

from sqlalchemy import Connection, func
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import select

from app.db.engine import driver_address

ALEMBIC_INI = Path(__file__).parents[2] / "alembic.ini"

# Any constant does; it keeps two processes from migrating at once. ASCII "aiw".
MIGRATION_LOCK = 0x616977


async def migrate(url: str) -> str:
    """Bring the database to this version's schema and name the revision it is at.

    Runs as the login role of `url`, which must be allowed to create tables and roles. Several
    processes may call it at once: they take turns.
    """
    engine = _login_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(select(func.pg_advisory_lock(MIGRATION_LOCK)))
            await connection.commit()
            await connection.run_sync(_upgrade)
            await connection.commit()
            await connection.execute(select(func.pg_advisory_unlock(MIGRATION_LOCK)))
    finally:
        await engine.dispose()
    return newest_revision()


async def revision(url: str) -> str | None:
    """The revision the database is at; `None` for an empty one."""
    engine = _login_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_revision)
    finally:
        await engine.dispose()


def newest_revision() -> str:
    """The revision this version of the service needs."""
    from alembic.config import Config  # noqa: PLC0415  Alembic takes 0.2 s, and the port must open
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return ScriptDirectory.from_config(Config(ALEMBIC_INI)).get_current_head() or ""


def _login_engine(url: str) -> AsyncEngine:
    address, arguments = driver_address(url)
    return create_async_engine(
        address, connect_args=arguments, poolclass=NullPool, hide_parameters=True
    )


def _upgrade(connection: Connection) -> None:
    from alembic.config import Config  # noqa: PLC0415

    from alembic import command  # noqa: PLC0415  as above

    config = Config(ALEMBIC_INI)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext  # noqa: PLC0415  as above

    return MigrationContext.configure(connection).get_current_revision()
