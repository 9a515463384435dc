"""The door to PostgreSQL, always as a role that row-level security binds."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sqlalchemy import CursorResult, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

# Created by the first migration. The service's own role sees one tenant at a time; the relay's role
# sees runs and callbacks of all tenants and nothing of what students wrote.
SERVICE_ROLE = "ai_worker_service"
RELAY_ROLE = "ai_worker_relay"

CONNECT_TIMEOUT_SECONDS = 5

# Every statement takes milliseconds; a connection that died silently must not hang a heartbeat.
STATEMENT_TIMEOUT_SECONDS = 15

# The first statement of a transaction, for which the setting holds.
SET_TENANT = "select set_config('app.tenant_id', $1, true)"
SET_ROLE = "select set_config('role', $1, true)"

# A request that waits longer for a connection is better told to come back.
POOL_TIMEOUT_SECONDS = 20

# libpq's words, which DATABASE_URL uses and asyncpg's dialect does not know.
SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}


class Database:
    """PostgreSQL through a pool of connections, none of which may bypass row-level security."""

    def __init__(self, url: str, *, pool_size: int) -> None:
        address, arguments = driver_address(url)
        self.engine: AsyncEngine = create_async_engine(
            address,
            # As a start-up parameter it is also what RESET goes back to.
            connect_args={
                **arguments,
                "command_timeout": STATEMENT_TIMEOUT_SECONDS,
                "server_settings": {"role": SERVICE_ROLE},
            },
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            # A row's values have no place in an exception's text.
            hide_parameters=True,
        )

    @asynccontextmanager
    async def tenant(self, tenant_id: str) -> AsyncIterator[AsyncSession]:
        """A transaction that sees one tenant's rows; rolled back unless the caller commits."""
        async with await self._begun(SET_TENANT, tenant_id) as session:
            yield session

    @asynccontextmanager
    async def all_tenants(self) -> AsyncIterator[AsyncSession]:
        """A transaction that sees every tenant's runs and callbacks, and no other table."""
        async with await self._begun(SET_ROLE, RELAY_ROLE) as session:
            yield session

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()

    async def _begun(self, setting: str, value: str) -> AsyncSession:
        """A session whose transaction has the setting.

        Why: this statement also finds out whether the pooled connection still lives. Nothing was
        done before it, so it can be repeated on a new one; `pool_pre_ping` would take three more.
        """
        try:
            return await self._begun_once(setting, value)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        # The first loss emptied the pool of all that are as old.
        return await self._begun_once(setting, value)

    async def _begun_once(self, setting: str, value: str) -> AsyncSession:
        session = AsyncSession(self.engine, expire_on_commit=False)
        try:
            await session.run_sync(
                lambda sync: sync.connection().exec_driver_sql(setting, (value,))
            )
        except BaseException:
            await session.close()
            raise
        return session


async def execute(
    session: AsyncSession,
    statement: Executable,
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]],
) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement that was made once, with these values for its parameters, or with each.

    Why: to build, look up and map a statement through the ORM takes longer than PostgreSQL does.
    """
    return await session.run_sync(lambda sync: sync.connection().execute(statement, values))


def driver_address(url: str) -> tuple[str, dict[str, Any]]:
    """A libpq address as SQLAlchemy's asyncpg dialect wants it, with its connection arguments.

    `sslmode` and the time limit become arguments; other query parameters stay.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    arguments: dict[str, Any] = {"timeout": CONNECT_TIMEOUT_SECONDS}
    mode = query.pop("sslmode", None)
    if mode in SSL_MODES:
        arguments["ssl"] = mode
    # Prisma and PgBouncer add parameters of their own, which PostgreSQL refuses.
    query = {name: value for name, value in query.items() if name in {"host", "port"}}
    address = urlunsplit(("postgresql+asyncpg", parts.netloc, parts.path, urlencode(query), ""))
    return address, arguments
