"""The passages of a student's own material that say most about a query."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.db.engine import Database
from app.llm.embedding import Embedder
from app.retrieval.index import bring_up_to_date, index_state
from app.retrieval.material import Source
from app.retrieval.search import Found, Search, search
from app.retrieval.vectors import add_query

__all__ = ["ALL_SOURCES", "DEFAULT_LIMIT", "Passage", "Source", "relevant_passages"]

ALL_SOURCES: frozenset[str] = frozenset(Source)

# Issue and document 002: what a prompt has room for beside the résumé.
DEFAULT_LIMIT = 25


@dataclass(frozen=True)
class Passage:
    """What the student wrote, word for word, and where.

    `source` is `resume`, `variant_original` or `note`, `record_id` the résumé's, variant's or
    note's id, `path` the place in it (`experience.0.bullets.2`; `chunks.3` in a note), `heading`
    what it stands under. `score` is 0 to 1: how near the top of both rankings it stood, 1 for the
    first of both. It compares passages of one search, not of two.
    """

    text: str
    source: str
    record_id: str
    path: str
    score: float
    heading: str = ""


async def relevant_passages(  # noqa: PLR0913  what is searched, for whom, and how much of it
    database: Database,
    embedder: Embedder,
    tenant_id: str,
    student_id: str,
    query: str,
    *,
    sources: Collection[str] = ALL_SOURCES,
    limit: int = DEFAULT_LIMIT,
) -> list[Passage]:
    """Up to `limit` passages, the most relevant first, none twice; the same order every time.

    A text that stands in several places is one passage, at the first of: the résumé written last,
    other résumés, variants, notes. A student without material, a query without a word and no
    source give none. Holds no connection while the embedder is asked.

    Raises:
        AiWorkerError: as the embedder does.
    """
    if not sources or limit < 1 or not any(character.isalnum() for character in query):
        return []
    search_for = Search(tenant_id, student_id, embedder.model, query, frozenset(sources), limit)
    async with database.tenant(tenant_id) as session:
        state = await index_state(session, tenant_id, student_id, embedder.model, query)
        if state.is_current and state.has_query:
            return _passages(await search(session, search_for))
    if not state.is_current:
        await bring_up_to_date(database, embedder, tenant_id, student_id)
    vectors = [] if state.has_query else await embedder.embed([query])
    async with database.tenant(tenant_id) as session:
        for vector in vectors:
            await add_query(session, tenant_id, embedder.model, query, vector)
        found = await search(session, search_for)
        await session.commit()
    return _passages(found)


def _passages(found: Iterable[Found]) -> list[Passage]:
    return [Passage(**vars(row)) for row in found]
