"""Notes: what a student uploaded beside the résumé, in their own words."""

from datetime import datetime

from sqlalchemy import Index, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.columns import moment


class Note(SQLModel, table=True):
    """A student's note in one tenant: a project report, a work log, feedback, anything in prose."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_student", "tenant_id", "student_id"),)

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    student_id: str
    title: str | None = None
    text: str
    updated_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


async def put_note(session: AsyncSession, note: Note) -> Note:
    """Insert the note, or replace what is stored under the id; gives the stored row."""
    values = note.model_dump(exclude={"updated_at"})
    rows = await session.exec(
        insert(Note)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["tenant_id", "id"], set_={**values, "updated_at": func.now()}
        )
        .returning(Note)
    )
    stored: Note = rows.scalar_one()
    return stored


async def find_note(session: AsyncSession, tenant_id: str, note_id: str) -> Note | None:
    """The tenant's note with this id."""
    rows = await session.exec(select(Note).where(Note.tenant_id == tenant_id, Note.id == note_id))
    return rows.one_or_none()
