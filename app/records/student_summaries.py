"""Summaries of students, made by AI for the placement office; each is kept as it was written."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, func
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.columns import json, moment, run_of_result
from app.errors import StudentNotFound
from app.records.students import Student
from app.wire import JsonObject


class StudentSummary(SQLModel, table=True):
    """One summary of one student; the one whose facts were read last is the current one.

    `sentences` lists `{topic, text, paths}` in reading order, `refusals` what the guard did not let
    in. `input_hash` is over the facts and the prompt's version, `read_at` the moment the facts were
    read, `generated_at` the moment the summary was stored.
    """

    __tablename__ = "student_ai_summaries"
    __table_args__ = (
        Index("ix_student_ai_summaries_current", "tenant_id", "student_id", "read_at"),
    )

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True, default_factory=lambda: str(uuid4()))
    student_id: str
    resume_id: str
    sentences: list[JsonObject] = Field(sa_column=json())
    refusals: list[JsonObject] = Field(default_factory=list, sa_column=json())
    input_hash: str
    model: str | None = None
    prompt_version: int
    guard_version: str
    ai_run_id: UUID | None = Field(default=None, sa_column=run_of_result())
    read_at: datetime = Field(sa_column=moment())
    generated_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


async def find_current_summary(
    session: AsyncSession, tenant_id: str, student_id: str
) -> StudentSummary | None:
    """The student's summary of the newest facts."""
    rows = await session.exec(
        select(StudentSummary)
        .where(StudentSummary.tenant_id == tenant_id, StudentSummary.student_id == student_id)
        .order_by(col(StudentSummary.read_at).desc(), col(StudentSummary.id))
        .limit(1)
    )
    return rows.one_or_none()


async def find_summary(
    session: AsyncSession, tenant_id: str, summary_id: str
) -> StudentSummary | None:
    """The tenant's summary with this id."""
    rows = await session.exec(
        select(StudentSummary).where(
            StudentSummary.tenant_id == tenant_id, StudentSummary.id == summary_id
        )
    )
    return rows.one_or_none()


async def lock_student(session: AsyncSession, tenant_id: str, student_id: str) -> None:
    """Hold the student until the transaction ends against whoever asks for the same.

    Raises:
        StudentNotFound: they were removed.
    """
    rows = await session.exec(
        select(Student.id)
        .where(Student.tenant_id == tenant_id, Student.id == student_id)
        .with_for_update(key_share=True)
    )
    if rows.one_or_none() is None:
        raise StudentNotFound


async def database_time(session: AsyncSession) -> datetime:
    """Now, on the clock that all replicas share."""
    now: datetime = (await session.exec(select(func.clock_timestamp()))).one()
    return now
