"""Where runs and callbacks stand, as every replica sees it in the database."""

import asyncio
import math

from sqlalchemy import ColumnElement, ScalarSelect, func
from sqlmodel import col, select

from app.db.engine import Database
from app.logs import log
from app.runs.tables import OPEN_STATES, OutboxEvent, Run
from app.telemetry.metrics import (
    DATABASE_UP,
    OUTBOX_EVENTS,
    OUTBOX_OLDEST_SECONDS,
    RUNS_OPEN,
)

# Prometheus gives up after ten.
PATIENCE_SECONDS = 5

WAITING = (col(OutboxEvent.delivered_at).is_(None), col(OutboxEvent.dead_at).is_(None))
UNKNOWN = [math.nan] * (3 + len(OPEN_STATES))
DEAD = (col(OutboxEvent.dead_at).is_not(None),)


async def read_gauges(database: Database | None) -> None:
    """Set the gauges that come from the database; without it they are not a number."""
    figures = await _figures_in_time(database) if database else None
    DATABASE_UP.set(figures is not None)
    waiting, dead, oldest, *open_runs = figures or UNKNOWN
    OUTBOX_EVENTS.labels("waiting").set(waiting)
    OUTBOX_EVENTS.labels("dead").set(dead)
    OUTBOX_OLDEST_SECONDS.set(oldest)
    for state, number in zip(OPEN_STATES, open_runs, strict=True):
        RUNS_OPEN.labels(state).set(number)


async def _figures_in_time(database: Database) -> list[float] | None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await _figures(database)
    except Exception as error:  # noqa: BLE001  what this process counted is told all the same
        log.warning("gauges_without_database", error=error)
        return None


async def _figures(database: Database) -> list[float]:
    """Callbacks waiting and dead, the oldest one's seconds, and runs in each open state."""
    age = func.extract("epoch", func.clock_timestamp() - func.min(OutboxEvent.created_at))
    oldest = select(func.coalesce(age, 0)).where(*WAITING).scalar_subquery()
    states = (_count(Run, col(Run.state) == state) for state in OPEN_STATES)
    async with database.all_tenants() as session:
        connection = await session.connection()
        row = await connection.execute(
            select(_count(OutboxEvent, *WAITING), _count(OutboxEvent, *DEAD), oldest, *states)
        )
    return [float(figure) for figure in row.one()]


def _count(table: type[Run | OutboxEvent], *which: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(*which).scalar_subquery()
