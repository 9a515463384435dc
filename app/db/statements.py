"""Statements in SQL of their own, for what reads worse in anything else."""

from typing import Any

from sqlalchemy import CursorResult, TextClause
from sqlmodel.ext.asyncio.session import AsyncSession


async def run(
    session: AsyncSession, statement: TextClause, **values: object
) -> CursorResult[*tuple[Any, ...]]:
    """What the statement gives, its parameters by name."""
    result: CursorResult[*tuple[Any, ...]] = await session.exec(statement, params=values)  # type: ignore[call-overload]  # SQLModel's types know no text
    return result
