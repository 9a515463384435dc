"""What a job costs PostgreSQL besides its statements; each message is work at both ends."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from app.db.engine import Database
from app.runs.deliver import Relay
from app.runs.execute import execute
from app.runs.tables import OutboxEvent
from tests.core_api import Answer, CoreApi
from tests.fakes import ScriptedProvider
from tests.runs.test_deliver import change_events, put_events
from tests.runs.toy_job import ToyPayload, new_key, rows, toy_job, toy_runtime

# Claim, permit, journal and result; what they hold is counted in test_execute.py.
FRAMES_OF_A_RUN = {"BEGIN;": 4, "COMMIT;": 4}


@pytest.fixture
async def single(database_url: str) -> AsyncIterator[Database]:
    """The database behind one connection."""
    single = Database(database_url, pool_size=1)
    yield single
    await single.close()


@asynccontextmanager
async def frames(database: Database) -> AsyncIterator[Counter[str]]:
    """What the driver sends by itself over a database's only connection, and how often."""
    sent: Counter[str] = Counter()

    def count(record: asyncpg.connection.LoggedQuery) -> None:
        sent[record.query] += 1

    async with database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, asyncpg.Connection)
    driver.add_query_logger(count)
    yield sent
    driver.remove_query_logger(count)


async def test_the_price_of_a_run_in_transactions(single: Database, tenant_id: str) -> None:
    """A run is four transactions, and no connection is asked whether it lives before it works."""
    runtime = toy_runtime(single, ScriptedProvider("hi"))
    await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

    async with frames(single) as sent:
        await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

    assert sent == FRAMES_OF_A_RUN


async def test_twenty_callbacks_cost_few_transactions(single: Database, tenant_id: str) -> None:
    """Answers that come together are written down together, not one transaction each."""
    await change_events(single, "delivered_at = now()", "delivered_at is null")
    await put_events(single, tenant_id, 19)

    async with CoreApi(Answer(delay_seconds=0.2)) as core_api, frames(single) as sent:
        await Relay(single, core_api_url=core_api.url, secret="x").drain()

    assert {event.last_status for event in await rows(single, tenant_id, OutboxEvent)} == {204}
    assert sent["COMMIT;"] < 19 / 2


async def test_a_late_answer_holds_up_no_other(single: Database, tenant_id: str) -> None:
    """What core-api took is written down while it still thinks about the next event."""
    await change_events(single, "delivered_at = now()", "delivered_at is null")
    await put_events(single, tenant_id, 2)

    async with CoreApi(Answer(), Answer(delay_seconds=30)) as core_api:
        draining = asyncio.create_task(Relay(single, core_api_url=core_api.url, secret="x").drain())
        async with asyncio.timeout(10):
            while not any(  # noqa: ASYNC110  the database tells nobody
                event.delivered_at for event in await rows(single, tenant_id, OutboxEvent)
            ):
                await asyncio.sleep(0.05)

        assert not draining.done()
        draining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await draining
