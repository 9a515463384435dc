import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from pytest_httpx import HTTPXMock
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import Database
from app.runs.claim import claim_run
from app.runs.close import RunPolicy
from app.runs.deliver import (
    DEAD_AFTER_SECONDS,
    LOCK_SECONDS,
    REQUEST_TIMEOUT_SECONDS,
    Relay,
    oldest_due_seconds,
)
from app.runs.tables import Claim, OutboxEvent
from tests.core_api import Answer, CoreApi
from tests.runs.toy_job import ToyPayload, new_key, rows, toy_job, until

SECRET = "secret-of-the-tests"
URL = "http://core-api.example"
PATH = "/internal/ai-jobs/complete"


@pytest.fixture(autouse=True)
async def quiet_outbox(database: Database) -> None:
    """Nothing is left in the outbox of what other tests wrote."""
    await change_events(database, "delivered_at = now()", "delivered_at is null")


async def change_events(database: Database, assignment: str, where: str = "true") -> None:
    """Set columns of events, in SQL."""
    async with database.all_tenants() as session:
        connection = await session.connection()
        await connection.execute(text(f"update ai_outbox set {assignment} where {where}"))
        await session.commit()


async def put_events(database: Database, tenant_id: str, number: int = 1) -> list[UUID]:
    """Events of one run, due now."""
    policy = RunPolicy(
        max_attempts=3,
        abandoned_after_seconds=86_400,
        deadline_seconds=20,
        is_student_notified=False,
    )
    claim = await claim_run(database, toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), policy)
    assert isinstance(claim, Claim)
    events = [
        OutboxEvent(
            tenant_id=tenant_id,
            run_id=claim.run_id,
            path=PATH,
            body={"tenantId": tenant_id, "number": position},
        )
        for position in range(number)
    ]
    async with database.tenant(tenant_id) as session:
        session.add_all(events)
        await session.commit()
    return [event.id for event in events]


async def the_event(database: Database, tenant_id: str) -> OutboxEvent:
    """The tenant's only event as it stands."""
    (event,) = await rows(database, tenant_id, OutboxEvent)
    return event


def seconds_until(moment: datetime) -> float:
    """Between now and a moment of the database's clock."""
    return (moment - datetime.now(UTC)).total_seconds()


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    """A relay in the background, stopped on exit."""
    task = asyncio.create_task(relay.run_until_stopped())
    try:
        yield
    finally:
        relay.stop()
        await task


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_a_callback_is_delivered(
    database: Database, tenant_id: str, httpx_mock: HTTPXMock, status: int
) -> None:
    """core-api is told once, with the secret and the event's own id, whatever 2xx it answers."""
    httpx_mock.add_response(url=URL + PATH, method="POST", status_code=status)
    (event_id,) = await put_events(database, tenant_id)
    relay = Relay(database, core_api_url=URL, secret=SECRET)

    await relay.drain()
    await relay.drain()

    (request,) = httpx_mock.get_requests()
    assert request.headers["x-internal-secret"] == SECRET
    assert request.headers["webhook-id"] == str(event_id)
    event = await the_event(database, tenant_id)
    assert event.delivered_at
    assert (event.attempts, event.last_status, event.dead_at) == (1, status, None)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_callback_that_is_not_taken_now_waits(
    database: Database, tenant_id: str, httpx_mock: HTTPXMock, status: int
) -> None:
    """An answer that says "not now" is followed by a short, jittered wait."""
    httpx_mock.add_response(status_code=status)
    await put_events(database, tenant_id)

    await Relay(database, core_api_url=URL, secret=SECRET).drain()

    event = await the_event(database, tenant_id)
    assert (event.delivered_at, event.dead_at, event.last_status) == (None, None, status)
    assert event.locked_until is None
    assert 0 < seconds_until(event.next_attempt_at) <= 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
    ],
    ids=lambda trouble: type(trouble).__name__,
)
async def test_a_callback_without_an_answer_waits(
    database: Database, tenant_id: str, httpx_mock: HTTPXMock, trouble: Exception
) -> None:
    """A connection that is refused, slow or cut is tried again."""
    httpx_mock.add_exception(trouble)
    await put_events(database, tenant_id)

    await Relay(database, core_api_url=URL, secret=SECRET).drain()

    event = await the_event(database, tenant_id)
    assert (event.delivered_at, event.dead_at, event.last_status) == (None, None, 0)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_a_callback_that_is_refused_is_dead(
    database: Database, tenant_id: str, httpx_mock: HTTPXMock, status: int
) -> None:
    """Any other 4xx will not get better; the event is kept as dead and not sent again."""
    httpx_mock.add_response(status_code=status)
    await put_events(database, tenant_id)
    relay = Relay(database, core_api_url=URL, secret=SECRET)

    await relay.drain()
    await relay.drain()

    event = await the_event(database, tenant_id)
    assert event.dead_at
    assert (event.delivered_at, event.attempts, event.last_status) == (None, 1, status)
    assert await oldest_due_seconds(database) is None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(
    database: Database, tenant_id: str, httpx_mock: HTTPXMock, status: int
) -> None:
    """The secret goes to core-api's own address only; a redirect is an error to be tried again."""
    httpx_mock.add_response(status_code=status, headers={"location": "http://evil.example/"})
    await put_events(database, tenant_id)

    await Relay(database, core_api_url=URL, secret=SECRET).drain()

    assert [request.url.host for request in httpx_mock.get_requests()] == ["core-api.example"]
    event = await the_event(database, tenant_id)
    assert (event.delivered_at, event.last_status) == (None, status)


async def test_retry_after_is_obeyed(
    database: Database, tenant_id: str, httpx_mock: HTTPXMock
) -> None:
    """core-api says when to come back, in seconds."""
    httpx_mock.add_response(status_code=503, headers={"retry-after": "120"})
    await put_events(database, tenant_id)

    await Relay(database, core_api_url=URL, secret=SECRET).drain()

    event = await the_event(database, tenant_id)
    assert 100 < seconds_until(event.next_attempt_at) <= 120


async def test_an_absurd_retry_after_harms_nobody(
    database: Database, tenant_id: str, httpx_mock: HTTPXMock
) -> None:
    """A header nobody can mean neither stops the event for years nor undoes its delivery."""
    httpx_mock.add_response(
        status_code=200, headers={"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}
    )
    await put_events(database, tenant_id)

    await Relay(database, core_api_url=URL, secret=SECRET).drain()

    assert (await the_event(database, tenant_id)).delivered_at


async def test_the_id_is_the_same_on_every_repeat(database: Database, tenant_id: str) -> None:
    """core-api can tell a repeat by its webhook-id, and it sees nothing else change."""
    (event_id,) = await put_events(database, tenant_id)
    async with CoreApi(Answer(500), Answer(302, {"location": "/x"}), Answer()) as core_api:
        relay = Relay(database, core_api_url=core_api.url, secret=SECRET)
        for _ in range(3):
            await relay.drain()
            await change_events(database, "next_attempt_at = now()", "delivered_at is null")

    assert [told.headers["webhook-id"] for told in core_api.told] == [str(event_id)] * 3
    assert len({str(told.body) for told in core_api.told}) == 1
    assert (await the_event(database, tenant_id)).attempts == 3


async def test_two_relays_share_the_work(database: Database, tenant_id: str) -> None:
    """Of a hundred events and two relays each event is sent once."""
    ids = await put_events(database, tenant_id, 100)
    async with CoreApi(Answer(delay_seconds=0.01)) as core_api:
        relays = [Relay(database, core_api_url=core_api.url, secret=SECRET) for _ in range(2)]

        await asyncio.gather(*(relay.drain() for relay in relays))

    assert sorted(told.headers["webhook-id"] for told in core_api.told) == sorted(map(str, ids))
    events = await rows(database, tenant_id, OutboxEvent)
    assert all(event.delivered_at and event.attempts == 1 for event in events)


async def test_a_crash_between_sending_and_marking_repeats(
    database: Database, tenant_id: str
) -> None:
    """core-api hears it again, under the same id, after the lock of the dead relay is over."""
    (event_id,) = await put_events(database, tenant_id)

    class DyingDatabase(Database):
        transactions = 0

        @asynccontextmanager
        async def all_tenants(self) -> AsyncIterator[AsyncSession]:
            self.transactions += 1
            if self.transactions > 1:
                raise ConnectionResetError
            async with super().all_tenants() as session:
                yield session

    dying = DyingDatabase(database.engine.url.render_as_string(hide_password=False), pool_size=1)
    async with CoreApi() as core_api:
        with suppress(ConnectionResetError):
            await Relay(dying, core_api_url=core_api.url, secret=SECRET).drain()
        relay = Relay(database, core_api_url=core_api.url, secret=SECRET)
        await relay.drain()
        told_while_locked = len(core_api.told)
        await change_events(database, "locked_until = now()", "delivered_at is null")
        await relay.drain()
    await dying.close()

    assert told_while_locked == 1
    assert [told.headers["webhook-id"] for told in core_api.told] == [str(event_id)] * 2
    assert (await the_event(database, tenant_id)).delivered_at


async def test_an_event_dies_of_age(
    database: Database, tenant_id: str, httpx_mock: HTTPXMock
) -> None:
    """After a day of failures somebody has to look; the event is kept."""
    httpx_mock.add_response(status_code=503)
    await put_events(database, tenant_id)
    await change_events(
        database, f"created_at = now() - interval '{DEAD_AFTER_SECONDS + 1} seconds'"
    )

    await Relay(database, core_api_url=URL, secret=SECRET).drain()

    event = await the_event(database, tenant_id)
    assert (bool(event.dead_at), event.delivered_at, event.last_status) == (True, None, 503)


async def test_an_old_event_that_is_taken_at_last_is_delivered(
    database: Database, tenant_id: str, httpx_mock: HTTPXMock
) -> None:
    """A service that was down for two days still tells core-api what it has."""
    httpx_mock.add_response(status_code=204)
    await put_events(database, tenant_id)
    await change_events(database, "created_at = now() - interval '2 days'")

    await Relay(database, core_api_url=URL, secret=SECRET).drain()

    event = await the_event(database, tenant_id)
    assert (bool(event.delivered_at), event.dead_at) == (True, None)


async def test_a_dripping_core_api_holds_nobody_up(database: Database, tenant_id: str) -> None:
    """An answer that never ends is given up in time, long before another relay would send too."""
    await put_events(database, tenant_id)
    async with CoreApi(Answer(drip_seconds=0.1)) as core_api:
        relay = Relay(database, core_api_url=core_api.url, secret=SECRET, timeout_seconds=0.3)

        async with asyncio.timeout(2):
            await relay.drain()

    assert (await the_event(database, tenant_id)).last_status == 0
    assert LOCK_SECONDS > 2 * REQUEST_TIMEOUT_SECONDS


async def test_without_an_address_events_wait(database: Database, tenant_id: str) -> None:
    """A service that does not know core-api keeps its events for one that does."""
    await put_events(database, tenant_id)
    relay = Relay(database, core_api_url=None, secret=SECRET)

    async with running(relay):
        relay.nudge()

    event = await the_event(database, tenant_id)
    assert (event.attempts, event.delivered_at, event.dead_at) == (0, None, None)
    assert (await oldest_due_seconds(database) or 0) > 0


async def test_a_nudge_is_followed_at_once(database: Database, tenant_id: str) -> None:
    """A running relay does not wait for its next round when it is told of an event."""
    async with CoreApi() as core_api:
        relay = Relay(database, core_api_url=core_api.url, secret=SECRET)
        async with running(relay):
            await asyncio.sleep(0.1)
            await put_events(database, tenant_id)

            relay.nudge()
            await until(lambda: bool(core_api.told), timeout_seconds=1)

    assert (await the_event(database, tenant_id)).delivered_at


async def test_what_is_due_is_sent_before_the_end(database: Database, tenant_id: str) -> None:
    """A relay that is stopped sends what became due meanwhile, then ends."""
    async with CoreApi() as core_api:
        relay = Relay(database, core_api_url=core_api.url, secret=SECRET)
        async with running(relay):
            await asyncio.sleep(0.1)
            ids = await put_events(database, tenant_id, 45)

    assert len(core_api.told) == len(ids)


async def test_core_api_comes_back(database: Database, tenant_id: str) -> None:
    """core-api is down when a job ends and is told as soon as it is up, without being asked to."""
    port = free_port()
    relay = Relay(database, core_api_url=f"http://127.0.0.1:{port}", secret=SECRET)
    (event_id,) = await put_events(database, tenant_id)

    async with running(relay):
        await until_event(database, tenant_id, lambda event: event.last_status == 0)
        async with CoreApi(port=port) as core_api:
            relay.nudge()
            await until_event(database, tenant_id, lambda event: event.delivered_at is not None)

    assert [told.headers["webhook-id"] for told in core_api.told] == [str(event_id)]


async def until_event(
    database: Database, tenant_id: str, condition: Callable[[OutboxEvent], bool]
) -> None:
    """Wait until the tenant's event has come so far."""

    async def has_come_so_far() -> bool:
        return condition(await the_event(database, tenant_id))

    await until(has_come_so_far)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
