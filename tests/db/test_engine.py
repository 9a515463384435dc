import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.engine import CONNECT_TIMEOUT_SECONDS, SSL_MODES, Database, driver_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgres://u:p@db:5432/name", "postgresql+asyncpg://u:p@db:5432/name"),
        ("postgresql://u@db/name", "postgresql+asyncpg://u@db/name"),
        (
            "postgresql://postgres:@/postgres?host=/tmp/pg&schema=public&pgbouncer=true",
            "postgresql+asyncpg://postgres:@/postgres?host=%2Ftmp%2Fpg",
        ),
    ],
    ids=["heroku", "libpq", "socket and Prisma"],
)
def test_addresses_of_other_tools_are_understood(url: str, address: str) -> None:
    """A libpq, Heroku or Prisma address becomes one that SQLAlchemy's asyncpg takes."""
    assert driver_address(url) == (address, {"timeout": CONNECT_TIMEOUT_SECONDS})


@pytest.mark.parametrize("mode", sorted(SSL_MODES))
def test_sslmode_is_not_lost(mode: str) -> None:
    """The encryption an operator asked for is asked for."""
    address, arguments = driver_address(f"postgresql://u@db/name?sslmode={mode}")

    assert "sslmode" not in address
    assert arguments["ssl"] == mode


def test_an_unknown_sslmode_is_left_out() -> None:
    """A mode PostgreSQL does not know is not passed on."""
    assert "ssl" not in driver_address("postgresql://u@db/name?sslmode=please")[1]


async def test_a_transaction_is_rolled_back_unless_committed(
    database: Database, tenant_id: str
) -> None:
    """What nobody committed is not there."""
    statement = text(
        "insert into students (tenant_id, id, name, profile) values (:tenant, 's', 'Mira', '{}')"
    )

    async with database.tenant(tenant_id) as session:
        await (await session.connection()).execute(statement, {"tenant": tenant_id})

    async with database.tenant(tenant_id) as session:
        found = await (await session.connection()).execute(text("select * from students"))
        assert found.all() == []


async def test_an_exception_holds_no_value_of_a_row(database: Database, tenant_id: str) -> None:
    """A refused statement's text does not repeat what a student wrote."""
    statement = text("insert into students (tenant_id, id, name) values (:tenant, 's', :name)")

    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        with pytest.raises(DBAPIError) as caught:
            await connection.execute(statement, {"tenant": tenant_id, "name": "canary"})

    assert "[SQL parameters hidden" in str(caught.value)


async def test_a_connection_that_died_is_replaced(database_url: str, tenant_id: str) -> None:
    """A backend that was ended between two requests is nobody's error."""
    single = Database(database_url, pool_size=1)
    me, end = text("select pg_backend_pid()"), text("select pg_terminate_backend(:pid)")
    other = Database(database_url, pool_size=1)
    async with single.tenant(tenant_id) as session:
        pid = (await (await session.connection()).execute(me)).scalar_one()
    async with other.engine.connect() as connection:
        await connection.execute(text("set role postgres"))
        await connection.execute(end, {"pid": pid})

    async with single.tenant(tenant_id) as session:
        new_pid = (await (await session.connection()).execute(me)).scalar_one()

    assert new_pid != pid
    await single.close()
    await other.close()
