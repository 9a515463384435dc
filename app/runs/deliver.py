"""The relay: tells core-api what the outbox holds, at least once, outside any transaction."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import httpx
from sqlalchemy import Boolean, Executable, Float, Integer, Uuid, bindparam, case, func, or_
from sqlmodel import col, select, update

from app.db.engine import Database, execute
from app.logs import log
from app.retry_after import retry_after_seconds
from app.runs.repeat import attempt
from app.runs.tables import OutboxEvent
from app.telemetry.correlation import log_ids
from app.telemetry.metrics import CALLBACKS
from app.telemetry.tracing import continued

# Enough to keep one connection pool busy, few enough to lose little to a crash.
BATCH_SIZE = 20

# Longer than a request may take, so that no second relay sends while the first still waits.
LOCK_SECONDS = 30
REQUEST_TIMEOUT_SECONDS = 10

# How long an idle relay sleeps when nobody nudges it: other processes' leftovers are this late.
POLL_SECONDS = 2

# Short deploys of core-api are over within minutes, so the wait grows only to 15 s at first; an
# outage of a night is waited out every five minutes, and after a day somebody has to look.
FIRST_WAIT_SECONDS = 1
SHORT_WAIT_CEILING_SECONDS = 15
PATIENT_AFTER_SECONDS = 600
LONG_WAIT_SECONDS = 300
DEAD_AFTER_SECONDS = 86_400

# Answers that say "not now": document 000's queue would have repeated them as well.
RETRIED_STATUSES = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Ending:
    """What became of one attempt; `wait_seconds` is until the next, `None` if there is none."""

    event_id: UUID
    status: int
    is_delivered: bool
    is_dead: bool
    wait_seconds: float | None

    @property
    def name(self) -> str:
        """What the metrics call it."""
        return "delivered" if self.is_delivered else "dead" if self.is_dead else "repeated"


class Relay:
    """Drains the outbox: at once when nudged, else every few seconds.

    Several processes may drain one outbox: SKIP LOCKED deals each event to one of them at a time.
    """

    def __init__(
        self,
        database: Database,
        *,
        core_api_url: str | None,
        secret: str,
        timeout_seconds: float = REQUEST_TIMEOUT_SECONDS,
    ) -> None:
        self._database = database
        self._core_api_url = core_api_url
        self._timeout_seconds = timeout_seconds
        self._nudged = asyncio.Event()
        self._is_stopping = False
        is_encrypted = (core_api_url or "").startswith("https:")
        # Internal traffic: no proxy of the environment, and a redirect is an error.
        self._client = httpx.AsyncClient(
            headers={"x-internal-secret": secret},
            timeout=timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            # To read the authorities takes longer than all else of a start but LiteLLM's import.
            verify=is_encrypted,
        )

    def nudge(self) -> None:
        """Something was put into the outbox."""
        self._nudged.set()

    async def run_until_stopped(self) -> None:
        """Drain, wait, drain again; after `stop` once more what is due, then return."""
        if self._core_api_url is None:
            log.warning("callbacks_wait", setting="CORE_API_INTERNAL_URL")
        while not self._is_stopping:
            self._nudged.clear()
            await attempt("relay", self.drain)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), POLL_SECONDS)
        await attempt("relay", self.drain)
        await self._client.aclose()

    def stop(self) -> None:
        """Have `run_until_stopped` return after a last round."""
        self._is_stopping = True
        self._nudged.set()

    async def drain(self) -> None:
        """Send every event that is due, once. No connection is held while core-api is asked."""
        if self._core_api_url is None:
            return
        while True:
            events = await self._lock_due()
            await self._deliver(events)
            if len(events) < BATCH_SIZE:
                return

    async def _lock_due(self) -> Sequence[OutboxEvent]:
        now = func.clock_timestamp()
        due = (
            select(OutboxEvent.id)
            .where(
                col(OutboxEvent.delivered_at).is_(None),
                col(OutboxEvent.dead_at).is_(None),
                col(OutboxEvent.next_attempt_at) <= now,
                or_(
                    col(OutboxEvent.locked_until).is_(None),
                    col(OutboxEvent.locked_until) <= now,
                ),
            )
            .order_by(col(OutboxEvent.next_attempt_at))
            .limit(BATCH_SIZE)
            .with_for_update(skip_locked=True)
        )
        async with self._database.all_tenants() as session:
            rows = await session.exec(
                update(OutboxEvent)
                .where(col(OutboxEvent.id).in_(due))
                .values(
                    attempts=col(OutboxEvent.attempts) + 1,
                    locked_until=now + timedelta(seconds=LOCK_SECONDS),
                )
                .returning(OutboxEvent)
                # No object of the session's is to be kept in step.
                .execution_options(synchronize_session=False)
            )
            events: Sequence[OutboxEvent] = rows.scalars().all()
            await session.commit()
        return events

    async def _deliver(self, events: Sequence[OutboxEvent]) -> None:
        """Send them all at once, and write down together what was answered in the meantime.

        Why: one transaction for many, and who answers late holds nobody else's answer up.
        """
        sending = {asyncio.create_task(self._attempt(event)): event for event in events}
        try:
            while sending:
                done, _ = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
                await self._write_down([(sending.pop(task), task.result()) for task in done])
        finally:
            for task in sending:
                task.cancel()

    async def _write_down(self, ended: Sequence[tuple[OutboxEvent, Ending]]) -> None:
        async with self._database.all_tenants() as session:
            await execute(session, _writing_down(), [vars(ending) for _, ending in ended])
            await session.commit()
        for event, ending in ended:
            _log(event, ending)

    async def _attempt(self, event: OutboxEvent) -> Ending:
        status, retry_after = await self._send(event)
        age_seconds = (datetime.now(UTC) - event.created_at).total_seconds()
        is_delivered = httpx.codes.is_success(status)
        is_dead = not is_delivered and (is_final(status) or age_seconds > DEAD_AFTER_SECONDS)
        is_over = is_delivered or is_dead
        wait = None if is_over else wait_seconds(event.attempts, age_seconds, retry_after)
        return Ending(event.id, status, is_delivered, is_dead, wait)

    async def _send(self, event: OutboxEvent) -> tuple[int, float | None]:
        """The status of one request, 0 without an answer, and the seconds core-api asks to wait."""
        try:
            # httpx limits each read, so a dripping answer would hold up everybody's callbacks.
            with continued(event.trace_headers or {}, "callback") as headers:
                async with asyncio.timeout(self._timeout_seconds):
                    answer = await self._client.post(
                        f"{self._core_api_url}{event.path}",
                        json=event.body,
                        headers={**headers, "webhook-id": str(event.id)},
                    )
        except (httpx.HTTPError, TimeoutError):
            return 0, None
        return answer.status_code, retry_after_seconds(
            answer.headers.get("retry-after"), datetime.now(UTC)
        )


async def oldest_due_seconds(database: Database) -> float | None:
    """How long the oldest undelivered event has waited, in seconds; `None` when there is none."""
    waited = func.extract("epoch", func.clock_timestamp() - func.min(OutboxEvent.created_at))
    async with database.all_tenants() as session:
        rows = await session.exec(
            select(waited).where(
                col(OutboxEvent.delivered_at).is_(None), col(OutboxEvent.dead_at).is_(None)
            )
        )
        age = rows.one()
    return None if age is None else float(age)


def is_final(status: int) -> bool:
    """Whether core-api will never take this event: a 4xx that does not say "later"."""
    return httpx.codes.is_client_error(status) and status not in RETRIED_STATUSES


def wait_seconds(attempts: int, age_seconds: float, retry_after: float | None) -> float:
    """How long to wait before the next attempt: growing, jittered, never shorter than asked for."""
    if age_seconds > PATIENT_AFTER_SECONDS:
        ceiling: float = LONG_WAIT_SECONDS
    else:
        # The exponent is bounded because 2 ** attempts outgrows a float within an outage's night.
        ceiling = min(FIRST_WAIT_SECONDS * 2 ** min(attempts - 1, 10), SHORT_WAIT_CEILING_SECONDS)
    jittered = ceiling * random.uniform(0.5, 1)  # noqa: S311  spreads load, guards nothing
    return max(jittered, retry_after or 0)


@cache
def _writing_down() -> Executable:
    """Writes what became of attempts."""
    now = func.clock_timestamp()
    wait = bindparam("wait_seconds", type_=Float())
    return (
        update(OutboxEvent)
        .where(col(OutboxEvent.id) == bindparam("event_id", type_=Uuid()))
        .values(
            last_status=bindparam("status", type_=Integer()),
            locked_until=None,
            delivered_at=case((bindparam("is_delivered", type_=Boolean()), now)),
            dead_at=case((bindparam("is_dead", type_=Boolean()), now)),
            next_attempt_at=func.coalesce(
                now + func.make_interval(0, 0, 0, 0, 0, 0, wait), col(OutboxEvent.next_attempt_at)
            ),
        )
    )


def _log(event: OutboxEvent, ending: Ending) -> None:
    report = log.error if ending.is_dead else log.info
    report(
        "callback_dead" if ending.is_dead else "callback_sent",
        event_id=str(event.id),
        run_id=str(event.run_id),
        attempt=event.attempts,
        status=ending.status,
        **log_ids(event.trace_headers or {}),
    )
    CALLBACKS.labels(ending.name).inc()
