"""Keeps the index what the student's records are, also where core-api writes them itself.

Nothing tells this service of a change, so every search compares hashes first: the database's of
each record, then ours of each text. No connection is held while an embedder is asked.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakValueDictionary

from sqlalchemy import text
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import Database
from app.db.statements import run
from app.llm.embedding import Embedder
from app.retrieval.chunk import content_hash
from app.retrieval.material import FINGERPRINTS, Entries, Record, entries, fingerprints
from app.retrieval.tables import IndexedRecord, IndexedText, IndexedWord
from app.retrieval.vectors import close_records, embed_missing, missing_vectors

# Counts the ways records were cut into texts: another way makes all of them anew.
CUT_VERSION = 1

# One writer at a time for a student's index, until its transaction ends; no model is asked in it.
HOLD = text("select pg_advisory_xact_lock(hashtextextended(:key, 0))")

ADD_TEXTS = text("""
insert into retrieval_texts
    (tenant_id, student_id, source, record_id, path, heading, text, content_hash)
select :tenant_id, :student_id, :source, :record_id, path, heading, text, content_hash
from unnest(cast(:paths as text[]), cast(:headings as text[]), cast(:texts as text[]),
    cast(:content_hashes as text[])) as given (path, heading, text, content_hash)
""")

ADD_WORDS = text("""
insert into retrieval_words (tenant_id, student_id, source, record_id, word, hashes, sizes)
select tenant_id, student_id, source, record_id, word,
    array_agg(content_hash order by content_hash), array_agg(length(words) order by content_hash)
from (
    select distinct on (content_hash) *,
        to_tsvector('english', heading) || to_tsvector('english', text) as words
    from retrieval_texts
    where tenant_id = :tenant_id and student_id = :student_id
        and source = :source and record_id = :record_id
) as standing, unnest(tsvector_to_array(words)) as word
group by tenant_id, student_id, source, record_id, word
""")

# A vector without a text is the trace of a text that its student took back.
DROP_VECTORS = text("""
delete from retrieval_vectors as vector
where tenant_id = :tenant_id and student_id = :student_id and not exists (
    select from retrieval_texts as standing
    where standing.tenant_id = :tenant_id and standing.student_id = :student_id
        and standing.content_hash = vector.content_hash)
""")

# Everything a search must know first, in one round trip. To look at every text for its vector
# would take as long as the search itself, so records are marked once theirs are all there.
STATE = """
with standing as (FINGERPRINTS), indexed as (
    select source, record_id, fingerprint, embedded_by from retrieval_records
    where tenant_id = :tenant_id and student_id = :student_id
)
select
    not exists (
        select from standing full join indexed using (source, record_id)
        where indexed.fingerprint is distinct from :cut_version || standing.fingerprint
            or indexed.embedded_by is distinct from :model
    ) as is_current,
    exists (
        select from retrieval_queries
        where tenant_id = :tenant_id and model = :model and content_hash = :query_hash
    ) as has_query
""".replace("FINGERPRINTS", FINGERPRINTS)

# Runs of one student in one process wait for each other instead of paying for the same texts;
# those of two processes may both pay, and the first vector stays.
_turns: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True)
class State:
    """Whether the index is what the records are, and whether the query's vector is stored."""

    is_current: bool
    has_query: bool


async def index_state(
    session: AsyncSession, tenant_id: str, student_id: str, model: str, query: str
) -> State:
    """What there is to do before a search. One statement."""
    rows = await run(
        session,
        text(STATE),
        tenant_id=tenant_id,
        student_id=student_id,
        model=model,
        cut_version=f"{CUT_VERSION}:",
        query_hash=content_hash(query),
    )
    row = rows.one()
    return State(is_current=row.is_current, has_query=row.has_query)


async def bring_up_to_date(
    database: Database, embedder: Embedder, tenant_id: str, student_id: str
) -> None:
    """Have the index hold exactly what the student's records say, each text with its vector.

    Raises:
        AiWorkerError: as the embedder does; what it answered before is stored.
    """
    whose = (tenant_id, student_id, embedder.model)
    turn = _turns.setdefault(whose, asyncio.Lock())
    async with turn:
        async with database.tenant(tenant_id) as session:
            if await _changed(session, tenant_id, student_id):
                await _take_up_changes(session, tenant_id, student_id)
            missing = await missing_vectors(session, *whose)
            await session.commit()
        await embed_missing(database, embedder, tenant_id, student_id, missing)
        async with database.tenant(tenant_id) as session:
            await close_records(session, *whose)
            await session.commit()


async def _changed(
    session: AsyncSession, tenant_id: str, student_id: str
) -> dict[Record, str | None]:
    """Of each record that is not indexed as it stands its fingerprint now; None if it is gone."""
    standing: dict[Record, str | None] = {
        record: f"{CUT_VERSION}:{fingerprint}"
        for record, fingerprint in (await fingerprints(session, tenant_id, student_id)).items()
    }
    rows = await session.exec(
        select(IndexedRecord.source, IndexedRecord.record_id, IndexedRecord.fingerprint).where(
            IndexedRecord.tenant_id == tenant_id, IndexedRecord.student_id == student_id
        )
    )
    indexed = {(source, record_id): fingerprint for source, record_id, fingerprint in rows}
    changed = {record: now for record, now in standing.items() if now != indexed.get(record)}
    return changed | dict.fromkeys(indexed.keys() - standing.keys())


async def _take_up_changes(session: AsyncSession, tenant_id: str, student_id: str) -> None:
    await run(session, HOLD, key=f"retrieval:{tenant_id}\x1f{student_id}")
    # Once more: it may have waited for somebody who did it.
    changed = await _changed(session, tenant_id, student_id)
    await _drop(session, tenant_id, student_id, changed)
    standing = {record for record, now in changed.items() if now is not None}
    for found in await entries(session, tenant_id, student_id, standing):
        await _add(session, tenant_id, student_id, found, changed)
    await run(session, DROP_VECTORS, tenant_id=tenant_id, student_id=student_id)


async def _drop(
    session: AsyncSession, tenant_id: str, student_id: str, records: Iterable[Record]
) -> None:
    for source, record_id in records:
        for table in (IndexedText, IndexedWord, IndexedRecord):
            await session.exec(
                delete(table).where(
                    col(table.tenant_id) == tenant_id,
                    col(table.student_id) == student_id,
                    col(table.source) == source,
                    col(table.record_id) == record_id,
                )
            )


async def _add(
    session: AsyncSession,
    tenant_id: str,
    student_id: str,
    found: Entries,
    changed: Mapping[Record, str | None],
) -> None:
    key = {
        "tenant_id": tenant_id,
        "student_id": student_id,
        "source": found.source.value,
        "record_id": found.record_id,
    }
    # The content may be newer than this hash: then the next search takes it up once more.
    fingerprint = changed[found.source.value, found.record_id]
    session.add(IndexedRecord(**key, fingerprint=fingerprint or ""))
    await session.flush()
    await run(
        session,
        ADD_TEXTS,
        **key,
        paths=[chunk.path for chunk in found.chunks],
        headings=[chunk.heading for chunk in found.chunks],
        texts=[chunk.text for chunk in found.chunks],
        content_hashes=[chunk.content_hash for chunk in found.chunks],
    )
    await run(session, ADD_WORDS, **key)
