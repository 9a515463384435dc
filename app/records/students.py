"""Students, as core-api knows them."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.columns import json, moment
from app.wire import JsonObject


class Student(SQLModel, table=True):
    """A student of one tenant; normally written by core-api."""

    __tablename__ = "students"

    tenant_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str
    profile: JsonObject = Field(sa_column=json())
    updated_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


async def put_student(session: AsyncSession, student: Student) -> Student:
    """Insert the student, or replace what is stored under the id; gives the stored row."""
    values = student.model_dump(exclude={"updated_at"})
    rows = await session.exec(
        insert(Student)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["tenant_id", "id"], set_={**values, "updated_at": func.now()}
        )
        .returning(Student)
    )
    stored: Student = rows.scalar_one()
    return stored


async def find_student(session: AsyncSession, tenant_id: str, student_id: str) -> Student | None:
    """The tenant's student with this id."""
    rows = await session.exec(
        select(Student).where(Student.tenant_id == tenant_id, Student.id == student_id)
    )
    return rows.one_or_none()
