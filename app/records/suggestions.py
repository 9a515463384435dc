"""Suggestions for a résumé: the set that a run made, and what the student decided about each."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Field, SQLModel, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.columns import json, moment, run_of_result
from app.wire import JsonObject


class SuggestionStatus(StrEnum):
    """What the student decided. An answered question is a stale one: its original is gone."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class SuggestionSet(SQLModel, table=True):
    """What one run of suggest-improvements gave, be it nothing; `refusals` as in `Resume`."""

    __tablename__ = "resume_suggestion_sets"

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True, default_factory=lambda: str(uuid4()))
    student_id: str
    resume_id: str
    job_id: str | None = None
    refusals: list[JsonObject] = Field(default_factory=list, sa_column=json())
    ai_run_id: UUID | None = Field(default=None, sa_column=run_of_result())
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


class ResumeSuggestion(SQLModel, table=True):
    """One suggestion for the text at `section`, a path such as `experience.0.bullets.2`.

    A `rewording` has `suggested`, a `question` to the student has `question`. `position` counts
    from 0 within the set, the weakest text first.
    """

    __tablename__ = "resume_suggestions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "set_id"],
            ["resume_suggestion_sets.tenant_id", "resume_suggestion_sets.id"],
        ),
        UniqueConstraint("tenant_id", "set_id", "section"),
        UniqueConstraint("tenant_id", "set_id", "position"),
        CheckConstraint("status in ('pending', 'accepted', 'rejected')"),
        CheckConstraint(
            "(kind = 'rewording' and suggested is not null and question is null)"
            " or (kind = 'question' and suggested is null and question is not null)"
        ),
        CheckConstraint("kind = 'rewording' or status <> 'accepted'"),
        CheckConstraint("(status = 'pending') = (decided_at is null)"),
        Index("ix_resume_suggestions_resume", "tenant_id", "resume_id"),
    )

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True, default_factory=lambda: str(uuid4()))
    set_id: str
    resume_id: str
    position: int
    kind: str
    section: str
    original: str
    suggested: str | None = None
    question: str | None = None
    reason: str
    guard_version: str
    status: str = SuggestionStatus.PENDING
    decided_at: datetime | None = Field(default=None, sa_column=moment(is_optional=True))
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


async def add_suggestion_set(
    session: AsyncSession, whole: SuggestionSet, suggestions: Sequence[dict[str, Any]]
) -> None:
    """Add a set and its suggestions (their columns but ids and positions), in this order.

    One statement, and a second one where there is a suggestion.
    """
    session.add(whole)
    # The suggestions refer to it.
    await session.flush()
    session.add_all(
        ResumeSuggestion(
            tenant_id=whole.tenant_id,
            set_id=whole.id,
            resume_id=whole.resume_id,
            position=position,
            **values,
        )
        for position, values in enumerate(suggestions)
    )
    await session.flush()


async def find_suggestion_set(
    session: AsyncSession, tenant_id: str, set_id: str
) -> SuggestionSet | None:
    """The tenant's set with this id, which is its run's result id. One statement."""
    rows = await session.exec(
        select(SuggestionSet).where(
            SuggestionSet.tenant_id == tenant_id, SuggestionSet.id == set_id
        )
    )
    return rows.one_or_none()


async def suggestions_of_set(
    session: AsyncSession, tenant_id: str, set_id: str
) -> list[ResumeSuggestion]:
    """Every suggestion of a set, in its order. One statement."""
    rows = await session.exec(
        select(ResumeSuggestion)
        .where(ResumeSuggestion.tenant_id == tenant_id, ResumeSuggestion.set_id == set_id)
        .order_by(col(ResumeSuggestion.position))
    )
    return list(rows)


async def suggestions_of_resume(
    session: AsyncSession, tenant_id: str, resume_id: str
) -> list[ResumeSuggestion]:
    """The suggestions of every run for a résumé, those of the newest run first. One statement.

    Of the same suggestion made by several runs only the newest is given.
    """
    same = (
        ResumeSuggestion.section,
        ResumeSuggestion.original,
        ResumeSuggestion.suggested,
        ResumeSuggestion.question,
    )
    newest = (
        select(col(ResumeSuggestion.id))
        .where(ResumeSuggestion.tenant_id == tenant_id, ResumeSuggestion.resume_id == resume_id)
        .ext(distinct_on(*map(col, same)))
        .order_by(*map(col, same), col(ResumeSuggestion.created_at).desc())
    )
    rows = await session.exec(
        select(ResumeSuggestion)
        .where(ResumeSuggestion.tenant_id == tenant_id, col(ResumeSuggestion.id).in_(newest))
        .order_by(
            col(ResumeSuggestion.created_at).desc(),
            col(ResumeSuggestion.set_id),
            col(ResumeSuggestion.position),
        )
    )
    return list(rows)


async def hold_suggestion(
    session: AsyncSession, tenant_id: str, suggestion_id: str
) -> ResumeSuggestion | None:
    """The tenant's suggestion, held against every other decision until the transaction ends.

    One statement.
    """
    rows = await session.exec(
        select(ResumeSuggestion)
        .where(ResumeSuggestion.tenant_id == tenant_id, ResumeSuggestion.id == suggestion_id)
        .with_for_update()
    )
    return rows.one_or_none()


async def decide(
    session: AsyncSession, held: ResumeSuggestion, status: SuggestionStatus
) -> ResumeSuggestion:
    """Write down what the student decided about a held suggestion. One statement."""
    rows = await session.exec(
        update(ResumeSuggestion)
        .where(
            col(ResumeSuggestion.tenant_id) == held.tenant_id, col(ResumeSuggestion.id) == held.id
        )
        # Not the transaction's beginning: it may have waited for another decision.
        .values(status=status, decided_at=func.clock_timestamp())
        .returning(ResumeSuggestion)
        .execution_options(populate_existing=True)
    )
    decided: ResumeSuggestion = rows.scalar_one()
    return decided
