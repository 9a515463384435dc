"""Tailorings: how a variant was made for a posting, how it scored, and what the student lacks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.columns import json, moment, run_of_result
from app.wire import JsonObject


class Tailoring(SQLModel, table=True):
    """What one run of tailor-resume gave; its id is that of its variant in `resumes`.

    `evaluation` is the best attempt's, `history` every attempt's `{number, isBest, evaluation,
    refusals, changes}`, `gaps` the gap report, each as `app.tailoring` has them; `ending` says why
    there was no further attempt.
    """

    __tablename__ = "tailorings"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "id"], ["resumes.tenant_id", "resumes.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "analysis_id"], ["posting_analyses.tenant_id", "posting_analyses.id"]
        ),
    )

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    student_id: str
    base_resume_id: str
    job_id: str | None = None
    analysis_id: str
    attempts: int
    best_attempt: int
    ending: str
    evaluation: JsonObject = Field(sa_column=json())
    history: list[JsonObject] = Field(sa_column=json())
    gaps: list[JsonObject] = Field(sa_column=json())
    model: str | None = None
    prompt_version: int
    guard_version: str
    ai_run_id: UUID | None = Field(default=None, sa_column=run_of_result())
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


async def find_tailoring(
    session: AsyncSession, tenant_id: str, tailoring_id: str
) -> Tailoring | None:
    """The tenant's tailoring with this id."""
    rows = await session.exec(
        select(Tailoring).where(Tailoring.tenant_id == tenant_id, Tailoring.id == tailoring_id)
    )
    return rows.one_or_none()
