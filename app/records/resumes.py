"""Résumés: the students' own, and the variants made by AI from them."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Column, Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.columns import json, moment
from app.errors import VariantIsImmutable
from app.wire import JsonObject


class Resume(SQLModel, table=True):
    """A résumé of one student.

    `provenance` (variants only) maps the path of each text a job may change to
    `{source: original|ai, sourcePath, isVerified, guardVersion}`; `refusals` lists what the guard
    did not let in as `{path, text, code, reason, span}`.
    """

    __tablename__ = "resumes"

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True, default_factory=lambda: str(uuid4()))
    student_id: str
    resume: JsonObject = Field(sa_column=json())
    is_ai_variant: bool = False
    base_resume_id: str | None = None
    provenance: JsonObject = Field(default_factory=dict, sa_column=json())
    refusals: list[JsonObject] = Field(default_factory=list, sa_column=json())
    ai_run_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("ai_job_runs.id"), unique=True)
    )
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))
    updated_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


async def put_resume(
    session: AsyncSession, *, tenant_id: str, resume_id: str, student_id: str, resume: JsonObject
) -> Resume:
    """Insert a student's own résumé, or replace the one stored under the id; gives the stored row.

    Raises:
        VariantIsImmutable: the id belongs to a variant, whose provenance would no longer be true.
    """
    changed = {"student_id": student_id, "resume": resume}
    rows = await session.exec(
        insert(Resume)
        .values(
            tenant_id=tenant_id,
            id=resume_id,
            provenance={},
            refusals=[],
            is_ai_variant=False,
            **changed,
        )
        .on_conflict_do_update(
            index_elements=["tenant_id", "id"],
            set_={**changed, "updated_at": func.now()},
            where=~col(Resume.is_ai_variant),
        )
        .returning(Resume)
    )
    stored: Resume | None = rows.scalar_one_or_none()
    if stored is None:
        raise VariantIsImmutable
    return stored


async def find_resume(session: AsyncSession, tenant_id: str, resume_id: str) -> Resume | None:
    """The tenant's résumé with this id."""
    rows = await session.exec(
        select(Resume).where(Resume.tenant_id == tenant_id, Resume.id == resume_id)
    )
    return rows.one_or_none()
