import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.db.engine import Database
from app.db.outage import is_outage


def wrapped(original: Exception, *, is_invalidated: bool = False) -> DBAPIError:
    """An error as SQLAlchemy hands on the driver's."""
    return DBAPIError("select 1", None, original, connection_invalidated=is_invalidated)


class DriverError(Exception):
    """A driver's error with PostgreSQL's code."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        PoolTimeoutError(),
        OperationalError("select 1", None, Exception()),
        InterfaceError("select 1", None, Exception()),
        wrapped(DriverError("08006")),
        wrapped(DriverError("28P01")),
        wrapped(DriverError("3D000")),
        wrapped(DriverError("53300")),
        wrapped(DriverError("57P01")),
        wrapped(DriverError(None), is_invalidated=True),
    ],
    ids=repr,
)
def test_a_database_that_is_away(error: Exception) -> None:
    """Refused, slow, full, shutting down, not letting us in: the statement may succeed later."""
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        wrapped(DriverError("23505")),
        wrapped(DriverError("22P05")),
        wrapped(DriverError("42501")),
        wrapped(DriverError(None)),
        ValueError(),
        KeyError(),
    ],
    ids=repr,
)
def test_a_statement_that_is_wrong(error: Exception) -> None:
    """A row that is refused, or a bug, is refused again tomorrow."""
    assert not is_outage(error)


async def test_a_backend_that_is_ended_in_the_middle(
    database: Database, superuser: asyncpg.Connection
) -> None:
    """What a real PostgreSQL says when an operator ends a connection is an outage."""
    async with database.engine.connect() as connection:
        pid = (await connection.execute(text("select pg_backend_pid()"))).scalar_one()
        await superuser.execute("select pg_terminate_backend($1)", pid)
        with pytest.raises(Exception) as caught:  # noqa: PT011  its class is the driver's affair
            await connection.execute(text("select 1"))

    assert is_outage(caught.value)


async def test_nobody_listens() -> None:
    """What a real refused connection raises is an outage."""
    away = Database("postgresql://nobody@127.0.0.1:1/nothing", pool_size=1)

    with pytest.raises(Exception) as caught:  # noqa: PT011  its class is the driver's affair
        await away.engine.connect()

    assert is_outage(caught.value)
    await away.close()


async def test_a_value_postgresql_cannot_hold_is_no_outage(
    database: Database, tenant_id: str
) -> None:
    """A NUL in a text is a bug of ours; waiting does not help."""
    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        with pytest.raises(Exception) as caught:  # noqa: PT011  its class is the driver's affair
            await connection.execute(text("select cast(:v as text)"), {"v": "a\x00b"})

    assert not is_outage(caught.value)
