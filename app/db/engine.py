"""The door to PostgreSQL, always as a role that row-level security binds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

# Created by the first migration. The service's own role sees one tenant at a time; the relay's role
# sees runs and callbacks of all tenants and nothing of what students wrote.
SERVICE_ROLE = "ai_worker_service"
RELAY_ROLE = "ai_worker_relay"

CONNECT_TIMEOUT_SECONDS = 5

# Every statement takes milliseconds; a connection that died silently must not hang a heartbeat.
STATEMENT_TIMEOUT_SECONDS = 15

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
            pool_pre_ping=True,
            # A row's values have no place in an exception's text.
            hide_parameters=True,
        )

    @asynccontextmanager
    async def tenant(self, tenant_id: str) -> AsyncIterator[AsyncSession]:
        """A transaction that sees one tenant's rows; rolled back unless the caller commits."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            await session.exec(select(func.set_config("app.tenant_id", tenant_id, True)))  # noqa: FBT003  PostgreSQL's own: is_local
            yield session

    @asynccontextmanager
    async def all_tenants(self) -> AsyncIterator[AsyncSession]:
        """A transaction that sees every tenant's runs and callbacks, and no other table."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            await session.exec(select(func.set_config("role", RELAY_ROLE, True)))  # noqa: FBT003  is_local
            yield session

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()


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
