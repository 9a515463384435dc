"""What a student wrote, read from résumés, variants and notes; never what AI wrote.

AI wrote a text whose provenance says so, or that carries `verified: true` where nothing says
otherwise. In the student's own résumé the original of an accepted suggestion takes its place; a
text by AI whose original nobody kept is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.statements import run
from app.records.notes import Note
from app.records.resumes import Resume
from app.records.suggestions import ResumeSuggestion, SuggestionStatus
from app.retrieval.chunk import Chunk
from app.retrieval.note_chunks import note_chunks
from app.retrieval.resume_chunks import resume_chunks


class Source(StrEnum):
    """Where a text stands, and which place is named for one that stands in several."""

    RESUME = "resume"
    VARIANT_ORIGINAL = "variant_original"
    NOTE = "note"


# A record: what kind, and its id.
Record = tuple[str, str]


@dataclass(frozen=True)
class Entries:
    """What there is of one record to be found."""

    source: Source
    record_id: str
    chunks: tuple[Chunk, ...]


# Of each of the student's records a hash of its content. MD5: who makes two of their own texts
# collide spoils their own index. The separator keeps a title apart from the text's beginning.
FINGERPRINTS = """
    select case when is_ai_variant then 'variant_original' else 'resume' end as source,
        id as record_id, md5(resume::text || provenance::text) as fingerprint
    from resumes where tenant_id = :tenant_id and student_id = :student_id
    union all
    select 'note', id, md5(coalesce(title, '') || chr(31) || text)
    from notes where tenant_id = :tenant_id and student_id = :student_id
"""


async def fingerprints(session: AsyncSession, tenant_id: str, student_id: str) -> dict[Record, str]:
    """Of each of the student's records a hash of its content, made by the database."""
    rows = await run(session, text(FINGERPRINTS), tenant_id=tenant_id, student_id=student_id)
    return {(source, record_id): fingerprint for source, record_id, fingerprint in rows}


async def entries(
    session: AsyncSession, tenant_id: str, student_id: str, records: Iterable[Record]
) -> list[Entries]:
    """What the student wrote in these records. Three statements at most."""
    ids: dict[str, set[str]] = {}
    for source, record_id in records:
        ids.setdefault(source, set()).add(record_id)
    in_notes = ids.pop(Source.NOTE, set())
    found: list[Entries] = []
    if in_notes:
        notes = await session.exec(
            select(Note).where(
                Note.tenant_id == tenant_id,
                Note.student_id == student_id,
                col(Note.id).in_(in_notes),
            )
        )
        found += [
            Entries(Source.NOTE, note.id, tuple(note_chunks(note.title, note.text)))
            for note in notes
        ]
    in_resumes = set().union(*ids.values())
    if in_resumes:
        resumes = await session.exec(
            select(Resume).where(
                Resume.tenant_id == tenant_id,
                Resume.student_id == student_id,
                col(Resume.id).in_(in_resumes),
            )
        )
        originals = await _originals(session, tenant_id, ids.get(Source.RESUME, set()))
        found += [_entries(resume, originals) for resume in resumes]
    return found


async def _originals(
    session: AsyncSession, tenant_id: str, resume_ids: Iterable[str]
) -> dict[tuple[str, str], str]:
    """By résumé and text: what the student had written before that suggestion was accepted."""
    accepted = await session.exec(
        select(
            ResumeSuggestion.resume_id, ResumeSuggestion.suggested, ResumeSuggestion.original
        ).where(
            ResumeSuggestion.tenant_id == tenant_id,
            col(ResumeSuggestion.resume_id).in_(resume_ids),
            ResumeSuggestion.status == SuggestionStatus.ACCEPTED,
            col(ResumeSuggestion.suggested).is_not(None),
        )
    )
    return {(resume_id, suggested or ""): original for resume_id, suggested, original in accepted}


def _entries(resume: Resume, originals: Mapping[tuple[str, str], str]) -> Entries:
    is_variant = resume.is_ai_variant
    chunks = _variants_originals(resume) if is_variant else _own_texts(resume, originals)
    source = Source.VARIANT_ORIGINAL if is_variant else Source.RESUME
    return Entries(source, resume.id, tuple(chunks))


def _variants_originals(resume: Resume) -> Iterator[Chunk]:
    """Of a variant only what its provenance says the student wrote: the rest is copied or AI's."""
    for chunk in resume_chunks(resume.resume):
        if _said_source(resume.provenance, chunk.path) == "original":
            yield chunk


def _own_texts(resume: Resume, originals: Mapping[tuple[str, str], str]) -> Iterator[Chunk]:
    for chunk in resume_chunks(resume.resume):
        said = _said_source(resume.provenance, chunk.path)
        if said == "ai" or (said is None and chunk.is_marked_verified):
            original = _students_text(resume.id, chunk.text, originals)
            if original is not None:
                yield replace(chunk, text=original)
        else:
            yield chunk


def _students_text(
    resume_id: str, written: str, originals: Mapping[tuple[str, str], str]
) -> str | None:
    """Where the chain of accepted suggestions that ends in this text began."""
    seen = {written}
    original = originals.get((resume_id, written))
    while original is not None and (earlier := originals.get((resume_id, original))):
        if original in seen:
            return None
        seen.add(original)
        original = earlier
    return original


def _said_source(provenance: Mapping[str, Any], path: str) -> object:
    said = provenance.get(path)
    return said.get("source") if isinstance(said, dict) else None
