"""Hybrid search: PostgreSQL's full text and pgvector, fused by reciprocal rank, in one statement.

Every vector of the student is looked at, so nothing is missed. Row-level security leaves no
choice: an index on vectors would see all tenants' rows, and PostgreSQL uses none whose operator
might tell of rows that a policy hides. Equality may use one, by which words are looked up.
"""

import re
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.statements import run
from app.retrieval.chunk import content_hash
from app.retrieval.material import Source

# The constant of reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009) is 60 there, where
# a text that is fortieth in both rankings comes before the first of one. Whoever asks in other
# words altogether finds a text by its vector alone; 10 and double weight let that be, and cost one
# of 300 where words are shared (`python bench/retrieval.py --set reworded` and `--set tuning`).
RANK_CONSTANT = 10
VECTOR_WEIGHT = 2

# How many of each ranking are fused: eight times what a caller takes.
POOL = 200

# A whole posting has hundreds of different words; those it says most are what it is about.
MAX_WORDS = 32

# Bullets have about ten words: a longer text that holds the same of the query says less of it, but
# one of two words is not five times as much about it.
LONG_WORDS = 10

_WORD = re.compile(r"\w+")

# The order in which one place is named for a text that stands in several is that of the list.
SEARCH = """
with asked as materialized (
    select vector, vector_dims(vector) as dimensions,
        tsvector_to_array(to_tsvector('english', cast(:words as text))) as words
    from retrieval_queries
    where tenant_id = :tenant_id and model = :model and content_hash = :query_hash
), hits as materialized (
    select distinct place.content_hash, said.word, place.size
    from retrieval_words as said, asked,
        unnest(said.hashes, said.sizes) as place (content_hash, size)
    where tenant_id = :tenant_id and student_id = :student_id
        and said.word = any(asked.words) {among}
), weights as (
    -- A word that half of the texts have says little of which one is meant.
    select word, ln(1 + (select count(distinct content_hash) from hits)::float / count(*)) as weight
    from hits group by word
), by_words as (
    select content_hash, sum(weight) / sqrt(max(size) + :long_words) as rank
    from hits join weights using (word)
    group by content_hash
    order by rank desc, content_hash
    limit :pool
), by_vector as (
    select content_hash, vector.vector <#> asked.vector as distance
    from retrieval_vectors as vector, asked
    where tenant_id = :tenant_id and student_id = :student_id and model = :model
        and vector_dims(vector.vector) = asked.dimensions {narrowed}
    order by distance, content_hash
    limit :pool
), ranked as (
    select content_hash, 1 as weight,
        row_number() over (order by rank desc, content_hash) as place
    from by_words
    union all
    select content_hash, :vector_weight as weight,
        row_number() over (order by distance, content_hash) as place
    from by_vector
), fused as (
    select content_hash, sum(weight * 1.0 / (:rank_constant + place))
        * (:rank_constant + 1) / (1 + :vector_weight) as score
    from ranked
    group by content_hash
    order by score desc, content_hash
    limit :limit
)
select text, source, record_id, path, score::float as score, heading
from fused cross join lateral (
    select indexed.text, indexed.source, indexed.record_id, indexed.path, indexed.heading
    from retrieval_texts as indexed
    left join resumes on resumes.tenant_id = :tenant_id and resumes.id = indexed.record_id
        and indexed.source <> 'note'
    where indexed.tenant_id = :tenant_id and indexed.student_id = :student_id
        and indexed.content_hash = fused.content_hash
        and indexed.source = any(cast(:sources as text[]))
    order by array_position(array['resume', 'variant_original', 'note'], indexed.source),
        resumes.updated_at desc nulls last, indexed.record_id, indexed.path
    limit 1
) as place
order by score desc, content_hash
"""

# Left out where all sources are searched, because every vector has a text in one of them.
AMONG = """
            and source = any(cast(:sources as text[]))"""
NARROWED = """
        and content_hash in (
            select content_hash from retrieval_texts
            where tenant_id = :tenant_id and student_id = :student_id
                and source = any(cast(:sources as text[])))"""

IN_ALL = text(SEARCH.format(among="", narrowed=""))
IN_SOME = text(SEARCH.format(among=AMONG, narrowed=NARROWED))


@dataclass(frozen=True)
class Found:
    """A text, its place and its fused score, 0 to 1."""

    text: str
    source: str
    record_id: str
    path: str
    score: float
    heading: str


@dataclass(frozen=True)
class Search:
    """What is searched, for whom, and how much of it."""

    tenant_id: str
    student_id: str
    model: str
    query: str
    sources: frozenset[str]
    limit: int


async def search(session: AsyncSession, wanted: Search) -> list[Found]:
    """The best of both rankings; equal scores in the order of their hashes. One statement."""
    rows = await run(
        session,
        IN_ALL if wanted.sources >= set(Source) else IN_SOME,
        tenant_id=wanted.tenant_id,
        student_id=wanted.student_id,
        model=wanted.model,
        query_hash=content_hash(wanted.query),
        words=most_said(wanted.query),
        sources=sorted(wanted.sources),
        limit=wanted.limit,
        pool=max(POOL, wanted.limit),
        rank_constant=RANK_CONSTANT,
        vector_weight=VECTOR_WEIGHT,
        long_words=LONG_WORDS,
    )
    return [Found(**row._mapping) for row in rows]  # noqa: SLF001  SQLAlchemy's documented name


def most_said(query: str) -> str:
    """The words the query says most, apart."""
    said = Counter(_WORD.findall(query.casefold()))
    return " ".join(word for word, _ in said.most_common(MAX_WORDS))
