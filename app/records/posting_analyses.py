"""Analyses of postings; for an hour each stands in for another look at an equal posting."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Index, func
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.columns import json, moment, run_of_result
from app.wire import JsonObject

# Document 003: "1-hour TTL for job analyses".
TTL_SECONDS = 3_600

# An analysis by rule gives way to a model's as soon as there is one.
OFFLINE = "offline/"


class StoredAnalysis(SQLModel, table=True):
    """What one run found that one posting asks for, as `app.analysing.analysis` has it.

    `content_hash` is over title, description and the versions that decided the analysis; `job_id`
    the posting it was made for first.
    """

    __tablename__ = "posting_analyses"
    __table_args__ = (
        Index("ix_posting_analyses_content", "tenant_id", "content_hash", "created_at"),
    )

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True, default_factory=lambda: str(uuid4()))
    job_id: str | None = None
    content_hash: str
    analysis: JsonObject = Field(sa_column=json())
    model: str
    prompt_version: int
    check_version: str
    ai_run_id: UUID | None = Field(default=None, sa_column=run_of_result())
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


async def find_fresh_analysis(
    session: AsyncSession, tenant_id: str, content_hash: str, *, is_by_rule_enough: bool
) -> StoredAnalysis | None:
    """The tenant's newest analysis of an equal posting within the last hour, on PostgreSQL's clock.

    `is_by_rule_enough`: nobody but the offline editor would make another.
    """
    fresh = select(StoredAnalysis).where(
        StoredAnalysis.tenant_id == tenant_id,
        StoredAnalysis.content_hash == content_hash,
        StoredAnalysis.created_at > func.clock_timestamp() - timedelta(seconds=TTL_SECONDS),
    )
    if not is_by_rule_enough:
        fresh = fresh.where(~col(StoredAnalysis.model).startswith(OFFLINE))
    newest = fresh.order_by(col(StoredAnalysis.created_at).desc(), col(StoredAnalysis.id))
    return (await session.exec(newest.limit(1))).one_or_none()


async def find_analysis(
    session: AsyncSession, tenant_id: str, analysis_id: str
) -> StoredAnalysis | None:
    """The tenant's analysis with this id, however old."""
    rows = await session.exec(
        select(StoredAnalysis).where(
            StoredAnalysis.tenant_id == tenant_id, StoredAnalysis.id == analysis_id
        )
    )
    return rows.one_or_none()
