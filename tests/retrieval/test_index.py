import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import TextClause, text
from sqlmodel import select

from app.db.engine import Database
from app.db.statements import run
from app.errors import ProviderError, ProviderRateLimited
from app.llm.embedding import MAX_TEXTS, Vector
from app.llm.lexical_embedding import DIMENSIONS
from app.retrieval import index as index_module
from app.retrieval.index import bring_up_to_date
from app.retrieval.passages import relevant_passages
from app.retrieval.tables import IndexedText, TextVector
from app.retrieval.vectors import CLOSE, MISSING
from tests.retrieval.scripted_embedder import (
    STUDENT,
    ScriptedEmbedder,
    store_bullets,
    store_note,
)
from tests.runs.toy_job import rows


async def found(
    database: Database, embedder: ScriptedEmbedder, tenant_id: str, query: str = "tea"
) -> list[str]:
    """The texts of a search."""
    passages = await relevant_passages(database, embedder, tenant_id, STUDENT, query)
    return [passage.text for passage in passages]


async def test_a_text_is_embedded_once(database: Database, tenant_id: str) -> None:
    """A second search asks for nothing, and a change asks for the new text alone."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, "Sold tea", "Kept the till")
    await found(database, embedder, tenant_id)
    first = len(embedder.texts)

    await found(database, embedder, tenant_id)
    second = len(embedder.texts)
    await store_bullets(database, tenant_id, "Sold tea", "Washed cups")
    await found(database, embedder, tenant_id)

    assert (first, second) == (3, 3)
    assert embedder.texts[3:] == ["Intern\nWashed cups"]


@pytest.mark.parametrize(("statement", "lookups"), [(CLOSE, 2), (MISSING, 1)])
async def test_vectors_are_looked_up_not_compared(
    database: Database, tenant_id: str, statement: TextClause, lookups: int
) -> None:
    """With or without statistics, texts find their vectors in a hash table, not one by one."""
    async with database.tenant(tenant_id) as session:
        plan = await run(
            session,
            text(f"explain {statement.text}"),
            tenant_id=tenant_id,
            student_id=STUDENT,
            model="scripted",
        )
        lines = [row[0] for row in plan]

    assert sum("hashed SubPlan" in line for line in lines) == lookups, lines


async def test_what_was_taken_back_is_gone(database: Database, tenant_id: str) -> None:
    """A text that its record no longer has is not found, and leaves neither words nor vector."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, "Sold tea", "Kept the till")
    await store_note(database, tenant_id, "Sold tea in the rain")
    await found(database, embedder, tenant_id)

    await store_bullets(database, tenant_id, "Kept the till")
    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        await connection.execute(text("delete from notes"))
        await session.commit()
    now = await found(database, embedder, tenant_id)

    assert now == ["Kept the till"]
    assert len(await rows(database, tenant_id, IndexedText)) == 1
    assert len(await rows(database, tenant_id, TextVector)) == 1


async def test_a_row_that_core_api_wrote_is_noticed(database: Database, tenant_id: str) -> None:
    """A change in the table itself, with no time and no word to this service, is found at once."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, "Sold tea")
    await found(database, embedder, tenant_id)

    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        change = "update resumes set resume = replace(resume::text, 'Sold', 'Brewed')::jsonb"
        await connection.execute(text(change))
        await session.commit()

    assert await found(database, embedder, tenant_id) == ["Brewed tea"]


async def test_a_resume_that_changes_hands_is_found_by_its_student(
    database: Database, tenant_id: str
) -> None:
    """A record that was given to another student leaves the first one's index."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, "Sold tea")
    await found(database, embedder, tenant_id)

    await store_bullets(database, tenant_id, "Sold tea", student_id="s-2")
    mine = await found(database, embedder, tenant_id)
    theirs = await relevant_passages(database, embedder, tenant_id, "s-2", "tea")

    assert mine == []
    assert [passage.text for passage in theirs] == ["Sold tea"]


async def test_what_another_student_of_the_tenant_wrote_is_paid_for(
    database: Database, tenant_id: str
) -> None:
    """The same words in one tenant have one price; another tenant pays its own."""
    embedder = ScriptedEmbedder()
    other = f"{tenant_id}-x"
    await store_bullets(database, tenant_id, "Sold tea")
    await store_bullets(database, tenant_id, "Sold tea", student_id="s-2", resume_id="r-2")
    await store_bullets(database, other, "Sold tea")
    await found(database, embedder, tenant_id)

    await relevant_passages(database, embedder, tenant_id, "s-2", "tea")
    within = len(embedder.texts)
    await found(database, embedder, other)

    assert (within, len(embedder.texts)) == (2, 4)


async def test_vectors_of_two_models_are_never_mixed(database: Database, tenant_id: str) -> None:
    """Another model embeds everything anew; going back finds the first one's still there."""
    first, second = ScriptedEmbedder("a/one"), ScriptedEmbedder("b/two", dimensions=40)
    await store_bullets(database, tenant_id, "Sold tea")
    await found(database, first, tenant_id)

    with_second = await found(database, second, tenant_id)
    again = await found(database, first, tenant_id)

    assert with_second == again == ["Sold tea"]
    assert (len(first.texts), len(second.texts)) == (2, 2)
    async with database.tenant(tenant_id) as session:
        sizes = text("select model, vector_dims(vector) from retrieval_vectors order by model")
        connection = await session.connection()
        assert (await connection.execute(sizes)).all() == [("a/one", DIMENSIONS), ("b/two", 40)]


async def test_a_model_that_changed_its_size_breaks_no_search(
    database: Database, tenant_id: str
) -> None:
    """Vectors of another length under one name are passed over; the words still find the text."""
    await store_bullets(database, tenant_id, "Sold tea")
    await found(database, ScriptedEmbedder(), tenant_id, "tea")

    now = await found(database, ScriptedEmbedder(dimensions=40), tenant_id, "tea seller")

    assert now == ["Sold tea"]


async def test_runs_of_one_student_do_not_pay_twice(database: Database, tenant_id: str) -> None:
    """Ten searches at one moment ask for each text once and find the same."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, *(f"Sold {number} teas" for number in range(70)))
    await found(database, embedder, tenant_id, "warm up")
    await store_note(database, tenant_id, "- Sold coffee\n- Sold milk")

    answers = await asyncio.gather(*(found(database, embedder, tenant_id) for _ in range(10)))

    assert all(answer == answers[0] for answer in answers)
    stored = [text for text in embedder.texts if text not in {"tea", "warm up"}]
    assert len(stored) == len(set(stored)) == 72


async def test_two_processes_that_index_at_once_agree(database: Database, tenant_id: str) -> None:
    """Two that index the same student, past the lock of one process, leave one vector a text."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, *(f"Sold {number} teas" for number in range(20)))

    async def index() -> None:
        index_module._turns.clear()  # noqa: SLF001  another process has none of these
        await bring_up_to_date(database, embedder, tenant_id, STUDENT)

    await asyncio.gather(*(index() for _ in range(4)))

    assert len(embedder.asked) > 1
    assert len(await rows(database, tenant_id, TextVector)) == 20
    assert len(await found(database, embedder, tenant_id)) == 20


async def test_what_was_paid_before_a_failure_is_kept(database: Database, tenant_id: str) -> None:
    """An embedder that fails in the second batch is asked for the rest only, the next time."""
    embedder = ScriptedEmbedder()
    embedder.failures = [None, ProviderRateLimited(retry_after_seconds=7)]
    await store_bullets(database, tenant_id, *(f"Sold {number} teas" for number in range(100)))

    with pytest.raises(ProviderRateLimited):
        await found(database, embedder, tenant_id)
    await found(database, embedder, tenant_id)

    assert [len(asked) for asked in embedder.asked] == [MAX_TEXTS, 36, 36, 1]


async def test_a_query_that_failed_is_asked_again(database: Database, tenant_id: str) -> None:
    """Nothing is stored of a query whose vector did not come."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, "Sold tea")
    embedder.failures = [None, ProviderError()]

    with pytest.raises(ProviderError):
        await found(database, embedder, tenant_id)

    assert await found(database, embedder, tenant_id) == ["Sold tea"]


async def test_no_connection_is_held_while_an_embedder_is_asked(
    database: Database, tenant_id: str
) -> None:
    """With one connection in the pool the embedder can use it itself."""
    single = Database(database.engine.url.render_as_string(hide_password=False), pool_size=1)

    class Reading(ScriptedEmbedder):
        async def embed(self, texts: Sequence[str]) -> list[Vector]:
            async with asyncio.timeout(2), single.tenant(tenant_id) as session:
                await session.exec(select(IndexedText.path))
            return await super().embed(texts)

    await store_bullets(database, tenant_id, "Sold tea")

    assert await found(single, Reading(), tenant_id) == ["Sold tea"]
    await single.close()
