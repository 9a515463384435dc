"""Postings: employers' ads, as core-api knows them (`job_id` on the wire)."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.columns import moment


class Posting(SQLModel, table=True):
    """An employer's ad in one tenant; normally written by core-api."""

    __tablename__ = "postings"

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    title: str
    description: str
    company: str | None = None
    updated_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


async def put_posting(session: AsyncSession, posting: Posting) -> Posting:
    """Insert the posting, or replace what is stored under the id; gives the stored row."""
    values = posting.model_dump(exclude={"updated_at"})
    rows = await session.exec(
        insert(Posting)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["tenant_id", "id"], set_={**values, "updated_at": func.now()}
        )
        .returning(Posting)
    )
    stored: Posting = rows.scalar_one()
    return stored


async def find_posting(session: AsyncSession, tenant_id: str, posting_id: str) -> Posting | None:
    """The tenant's posting with this id."""
    rows = await session.exec(
        select(Posting).where(Posting.tenant_id == tenant_id, Posting.id == posting_id)
    )
    return rows.one_or_none()
