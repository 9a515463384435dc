"""An embedder that does what a test tells it, and the student's records that tests search in."""

import asyncio
from collections.abc import Sequence
from typing import Any

from app.db.engine import Database
from app.llm.embedding import Vector
from app.llm.lexical_embedding import lexical_vector
from app.records.notes import Note, put_note
from app.records.resumes import put_resume

STUDENT = "s-1"


class ScriptedEmbedder:
    """Lexical vectors under another name; `asked` records each call's texts.

    `failures` are raised in turn, one for each call that has one; `None` lets a call through.
    """

    def __init__(self, model: str = "scripted/model", dimensions: int | None = None) -> None:
        self.model = model
        self.dimensions = dimensions
        self.asked: list[list[str]] = []
        self.failures: list[Exception | None] = []

    @property
    def texts(self) -> list[str]:
        """Everything that was asked for, in order."""
        return [text for asked in self.asked for text in asked]

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """The next failure, or a vector for each text."""
        self.asked.append(list(texts))
        await asyncio.sleep(0.01)
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise failure
        return [lexical_vector(text)[: self.dimensions] for text in texts]


async def store_bullets(
    database: Database,
    tenant_id: str,
    *bullets: object,
    resume_id: str = "r-1",
    student_id: str = STUDENT,
) -> None:
    """A résumé with one position that has these bullets."""
    resume: dict[str, Any] = {"experience": [{"title": "Intern", "bullets": list(bullets)}]}
    async with database.tenant(tenant_id) as session:
        await put_resume(
            session,
            tenant_id=tenant_id,
            resume_id=resume_id,
            student_id=student_id,
            resume=resume,
        )
        await session.commit()


async def store_note(
    database: Database, tenant_id: str, text: str, *, title: str | None = None, note_id: str = "n-1"
) -> None:
    """A note of the student's."""
    async with database.tenant(tenant_id) as session:
        await put_note(
            session,
            Note(tenant_id=tenant_id, id=note_id, student_id=STUDENT, title=title, text=text),
        )
        await session.commit()
