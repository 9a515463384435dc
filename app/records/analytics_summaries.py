"""Analytics summaries: what was told of a cohort's figures, with the table it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Index
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.columns import json, moment, run_of_result
from app.wire import JsonObject


class AnalyticsSummary(SQLModel, table=True):
    """What one run told one audience of one period.

    `sentences` are `{text, cells}`, the cells by id; `figures` is `{packageUnit, cells, methods}`
    with each cell `{id, section, group, subject, metric, tense, value, unit, rank, outlier, label}`
    and its value a decimal string; `refusals` are `{path, text, span, code, reason}`.
    """

    __tablename__ = "placement_analytics_summaries"
    __table_args__ = (
        Index("ix_placement_analytics_summaries_period", "tenant_id", "period_end", "period_start"),
    )

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True, default_factory=lambda: str(uuid4()))
    audience: str
    period_label: str
    period_start: date
    period_end: date
    previous_label: str | None = None
    sentences: list[JsonObject] = Field(sa_column=json())
    figures: JsonObject = Field(sa_column=json())
    refusals: list[JsonObject] = Field(sa_column=json())
    model: str | None = None
    prompt: str | None = None
    check_version: str
    ai_run_id: UUID | None = Field(default=None, sa_column=run_of_result())
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


async def find_analytics_summary(
    session: AsyncSession, tenant_id: str, summary_id: str
) -> AnalyticsSummary | None:
    """The tenant's summary with this id."""
    rows = await session.exec(
        select(AnalyticsSummary).where(
            AnalyticsSummary.tenant_id == tenant_id, AnalyticsSummary.id == summary_id
        )
    )
    return rows.one_or_none()


@dataclass(frozen=True)
class Choice:
    """Which summaries: of periods that touch the days from `since` to `until`, for an audience."""

    since: date | None
    until: date | None
    audience: str | None
    limit: int


async def list_analytics_summaries(
    session: AsyncSession, tenant_id: str, choice: Choice
) -> Sequence[AnalyticsSummary]:
    """The tenant's chosen summaries, the newest first."""
    chosen = select(AnalyticsSummary).where(AnalyticsSummary.tenant_id == tenant_id)
    if choice.since:
        chosen = chosen.where(AnalyticsSummary.period_end >= choice.since)
    if choice.until:
        chosen = chosen.where(AnalyticsSummary.period_start <= choice.until)
    if choice.audience:
        chosen = chosen.where(AnalyticsSummary.audience == choice.audience)
    newest = chosen.order_by(col(AnalyticsSummary.created_at).desc(), col(AnalyticsSummary.id))
    return (await session.exec(newest.limit(choice.limit))).all()
