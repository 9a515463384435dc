"""Résumés: the students' own, and the variants made by AI from them."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.columns import json, moment, run_of_result
from app.errors import VariantIsImmutable
from app.resume.paths import PathInvalid, text_at
from app.wire import JsonObject


class Resume(SQLModel, table=True):
    """A résumé of one student.

    `provenance` maps the path of each text a job may change (in a student's own résumé, of each
    accepted suggestion) to `{source: original|ai, sourcePath, isVerified, guardVersion}`;
    `refusals` (variants only) lists what the guard did not let in as
    `{path, text, code, reason, span}`.
    """

    __tablename__ = "resumes"
    __table_args__ = (Index("ix_resumes_student", "tenant_id", "student_id", "updated_at"),)

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True, default_factory=lambda: str(uuid4()))
    student_id: str
    resume: JsonObject = Field(sa_column=json())
    is_ai_variant: bool = False
    base_resume_id: str | None = None
    provenance: JsonObject = Field(default_factory=dict, sa_column=json())
    refusals: list[JsonObject] = Field(default_factory=list, sa_column=json())
    ai_run_id: UUID | None = Field(default=None, sa_column=run_of_result())
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))
    updated_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


async def put_resume(
    session: AsyncSession, *, tenant_id: str, resume_id: str, student_id: str, resume: JsonObject
) -> Resume:
    """Insert a student's own résumé, or replace the one stored under the id; gives the stored row.

    The provenance of a text that stays as it was stays too. Two statements.

    Raises:
        VariantIsImmutable: the id belongs to a variant, whose provenance would no longer be true.
    """
    standing = await hold_resume(session, tenant_id, resume_id)
    changed = {
        "student_id": student_id,
        "resume": resume,
        "provenance": _provenance_kept(standing, resume) if standing else {},
    }
    rows = await session.exec(
        insert(Resume)
        .values(
            tenant_id=tenant_id,
            id=resume_id,
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
        .execution_options(populate_existing=True)
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


async def find_current_resume(
    session: AsyncSession, tenant_id: str, student_id: str
) -> Resume | None:
    """The student's own résumé that was written last; variants are for single postings."""
    rows = await session.exec(
        select(Resume)
        .where(
            Resume.tenant_id == tenant_id,
            Resume.student_id == student_id,
            ~col(Resume.is_ai_variant),
        )
        .order_by(col(Resume.updated_at).desc(), col(Resume.id))
        .limit(1)
    )
    return rows.one_or_none()


async def hold_resume(session: AsyncSession, tenant_id: str, resume_id: str) -> Resume | None:
    """The same, held against every other writer until the transaction ends. One statement."""
    rows = await session.exec(
        select(Resume)
        .where(Resume.tenant_id == tenant_id, Resume.id == resume_id)
        .with_for_update()
    )
    return rows.one_or_none()


async def reword_resume(
    session: AsyncSession, held: Resume, *, resume: JsonObject, provenance: JsonObject
) -> None:
    """Write a held résumé or variant with a text that the guard let through. One statement."""
    await session.exec(
        update(Resume)
        .where(col(Resume.tenant_id) == held.tenant_id, col(Resume.id) == held.id)
        # Not the transaction's beginning: it may have waited for another writer.
        .values(resume=resume, provenance=provenance, updated_at=func.clock_timestamp())
    )


def _provenance_kept(standing: Resume, resume: JsonObject) -> JsonObject:
    """Of the provenance, what is still true of the new document: its text did not change."""
    return {
        path: kept
        for path, kept in standing.provenance.items()
        if _text_at(standing.resume, path) == _text_at(resume, path)
    }


def _text_at(resume: JsonObject, path: str) -> str | None:
    try:
        return text_at(resume, path)
    except PathInvalid:
        return None
