"""What is deleted once nobody needs it any more, in batches that hold nobody up.

A run that is open is left alone, whatever its age: its next attempt needs what was paid for. A run
whose callback core-api has not taken stays, and so does the callback, given up or not.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import Database
from app.logs import log
from app.runs.tables import ENDED_STATES, JobError, LlmCall, OutboxEvent, Run

# How late a row is deleted does not matter, but ten million a day must be kept up with.
RETENTION_SECONDS = 60

# Milliseconds a batch, so that no claim or delivery waits for one.
BATCH_SIZE = 200

# Between batches: others use the database too.
PAUSE_SECONDS = 0.05

Batch: TypeAlias = Sequence[UUID]
DeleteBatch: TypeAlias = Callable[[AsyncSession, ColumnElement[datetime]], Awaitable[Batch]]


@dataclass(frozen=True)
class Retention:
    """How long what has ended is kept, in days.

    Runs for longer than a month: a tenant's budget is for a month, and its calls go with the run.
    """

    run_days: int
    answer_days: int
    callback_days: int


async def enforce(database: Database, retention: Retention) -> dict[str, int]:
    """Delete what is older than it is kept for; gives the numbers of what was deleted.

    Several processes may do so at once: each row is one's, and none waits for another.
    """
    deleted = {
        "answers": await _until_done(database, _delete_answers, retention.answer_days),
        "callbacks": await _until_done(database, _delete_callbacks, retention.callback_days),
        "runs": await _until_done(database, _delete_runs, retention.run_days),
    }
    if any(deleted.values()):
        log.info("retention_enforced", **deleted)
    return deleted


async def _until_done(database: Database, delete_batch: DeleteBatch, days: int) -> int:
    before: ColumnElement[datetime] = func.clock_timestamp() - timedelta(days=days)
    deleted = 0
    while True:
        async with database.all_tenants() as session:
            batch = await delete_batch(session, before)
            await session.commit()
        deleted += len(batch)
        if len(batch) < BATCH_SIZE:
            return deleted
        await asyncio.sleep(PAUSE_SECONDS)


async def _delete_answers(session: AsyncSession, before: ColumnElement[datetime]) -> Batch:
    """What models said in full; the calls' tokens and cost stay with the run."""
    runs = await _locked(session, *_ended(before), col(Run.answers_deleted_at).is_(None))
    await session.exec(update(LlmCall).where(col(LlmCall.run_id).in_(runs)).values(answer=None))
    await session.exec(
        update(JobError).where(col(JobError.run_id).in_(runs)).values(raw_answer=None)
    )
    await session.exec(
        update(Run).where(col(Run.id).in_(runs)).values(answers_deleted_at=func.clock_timestamp())
    )
    return runs


async def _delete_callbacks(session: AsyncSession, before: ColumnElement[datetime]) -> Batch:
    """What core-api took."""
    taken = (
        select(OutboxEvent.id)
        .where(col(OutboxEvent.delivered_at) <= before)
        .order_by(col(OutboxEvent.delivered_at))
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    )
    events = list(await session.exec(taken))
    await session.exec(delete(OutboxEvent).where(col(OutboxEvent.id).in_(events)))
    return events


async def _delete_runs(session: AsyncSession, before: ColumnElement[datetime]) -> Batch:
    """Runs with all that belongs to them. Results stay and let go of their run."""
    untaken = select(OutboxEvent.id).where(
        OutboxEvent.run_id == Run.id, col(OutboxEvent.delivered_at).is_(None)
    )
    runs = await _locked(session, *_ended(before), ~untaken.exists())
    for table in (OutboxEvent, JobError, LlmCall):
        await session.exec(delete(table).where(col(table.run_id).in_(runs)))
    await session.exec(delete(Run).where(col(Run.id).in_(runs)))
    return runs


async def _locked(session: AsyncSession, *which: ColumnElement[bool]) -> Batch:
    return list(
        await session.exec(
            select(Run.id)
            .where(*which)
            .order_by(col(Run.updated_at))
            .limit(BATCH_SIZE)
            .with_for_update(skip_locked=True, of=Run)
        )
    )


def _ended(before: ColumnElement[datetime]) -> tuple[ColumnElement[bool], ...]:
    return (col(Run.state).in_(ENDED_STATES), col(Run.updated_at) <= before)
