"""Vectors: which are missing, who has them already, and asking for the rest."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import Database
from app.db.statements import run
from app.db.vectors import vector_text
from app.llm.embedding import MAX_TEXTS, Embedder, Vector
from app.retrieval.chunk import content_hash

# "not in" is answered from a hash table. Of "not exists" PostgreSQL makes a join, and where it has
# no statistics yet it takes one row for many and compares every text with every vector.
WITHOUT_VECTOR = """
where tenant_id = :tenant_id and student_id = :student_id and content_hash not in (
    select content_hash from retrieval_vectors
    where tenant_id = :tenant_id and student_id = :student_id and model = :model)
"""

CLOSE = text(
    """
update retrieval_records set embedded_by = :model
where tenant_id = :tenant_id and student_id = :student_id
    and embedded_by is distinct from :model and (source, record_id) not in (
        select source, record_id from retrieval_texts WITHOUT_VECTOR)
""".replace("WITHOUT_VECTOR", WITHOUT_VECTOR)
)

MISSING = text(
    """
select distinct content_hash, case heading when '' then text else heading || E'\\n' || text end
from retrieval_texts WITHOUT_VECTOR
order by content_hash
""".replace("WITHOUT_VECTOR", WITHOUT_VECTOR)
)

# What another student of the tenant wrote word for word is paid for.
SHARE_VECTORS = text("""
insert into retrieval_vectors (tenant_id, student_id, model, content_hash, vector)
select distinct on (content_hash) tenant_id, cast(:student_id as varchar), model, content_hash,
    vector
from retrieval_vectors
where tenant_id = :tenant_id and model = :model
    and content_hash = any(cast(:content_hashes as text[]))
on conflict do nothing
returning content_hash
""")

ADD_VECTORS = text("""
insert into retrieval_vectors (tenant_id, student_id, model, content_hash, vector)
select cast(:tenant_id as varchar), cast(:student_id as varchar), cast(:model as varchar),
    content_hash, cast(vector as halfvec)
from unnest(cast(:content_hashes as text[]), cast(:vectors as text[]))
    as given (content_hash, vector)
-- Its text may have gone while the model was asked.
where exists (
    select from retrieval_texts as standing
    where standing.tenant_id = :tenant_id and standing.student_id = :student_id
        and standing.content_hash = given.content_hash)
on conflict do nothing
""")

# What nobody searched for within a month nobody's run is waiting for.
ADD_QUERY = text("""
with old as (
    delete from retrieval_queries
    where tenant_id = :tenant_id and created_at < now() - interval '30 days')
insert into retrieval_queries (tenant_id, model, content_hash, vector)
values (:tenant_id, :model, :content_hash, cast(:vector as halfvec))
on conflict do nothing
""")


async def missing_vectors(
    session: AsyncSession, tenant_id: str, student_id: str, model: str
) -> list[tuple[str, str]]:
    """`(content_hash, searched text)` of what has no vector of the model, shared ones given."""
    whose = {"tenant_id": tenant_id, "student_id": student_id, "model": model}
    missing = [(row[0], row[1]) for row in await run(session, MISSING, **whose)]
    if not missing:
        return []
    hashes = [found for found, _ in missing]
    shared = {row[0] for row in await run(session, SHARE_VECTORS, **whose, content_hashes=hashes)}
    return [(found, searched) for found, searched in missing if found not in shared]


async def embed_missing(
    database: Database,
    embedder: Embedder,
    tenant_id: str,
    student_id: str,
    missing: Sequence[tuple[str, str]],
) -> None:
    """Ask batch by batch and store each, so that what is paid for is kept whatever comes next.

    Raises:
        AiWorkerError: as the embedder does.
    """
    whose = {"tenant_id": tenant_id, "student_id": student_id, "model": embedder.model}
    for start in range(0, len(missing), MAX_TEXTS):
        batch = missing[start : start + MAX_TEXTS]
        vectors = await embedder.embed([searched for _, searched in batch])
        async with database.tenant(tenant_id) as session:
            await run(
                session,
                ADD_VECTORS,
                **whose,
                content_hashes=[found for found, _ in batch],
                vectors=[vector_text(vector) for vector in vectors],
            )
            await session.commit()


async def close_records(session: AsyncSession, tenant_id: str, student_id: str, model: str) -> None:
    """Mark the records whose texts all have a vector of the model, so that nobody looks again."""
    await run(session, CLOSE, tenant_id=tenant_id, student_id=student_id, model=model)


async def add_query(
    session: AsyncSession, tenant_id: str, model: str, query: str, vector: Vector
) -> None:
    """Keep the query's vector; one that is stored already stays, so that all find the same."""
    await run(
        session,
        ADD_QUERY,
        tenant_id=tenant_id,
        model=model,
        content_hash=content_hash(query),
        vector=vector_text(vector),
    )
