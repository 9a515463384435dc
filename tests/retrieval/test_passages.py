from typing import Any

import pytest

from app.db.engine import Database
from app.llm.lexical_embedding import LexicalEmbedder
from app.records.notes import Note, put_note
from app.records.resumes import put_resume
from app.retrieval.passages import relevant_passages
from tests.retrieval.scripted_embedder import ScriptedEmbedder, store_bullets, store_note

RESUME: dict[str, Any] = {
    "summary": "Civil engineering student.",
    "experience": [
        {
            "title": "Site Intern",
            "company": "Narmada Builders",
            "bullets": [
                "Checked the reinforcement of 14 columns before each pour",
                "Kept the daily register of cement bags",
            ],
        }
    ],
    "projects": [{"name": "Mess menu", "bullets": ["Deployed the site on k8s"]}],
    "skills": ["AutoCAD", "Total station"],
}


async def store(database: Database, tenant_id: str, student_id: str = "s-1") -> None:
    """One résumé and one note of a student."""
    async with database.tenant(tenant_id) as session:
        await put_resume(
            session,
            tenant_id=tenant_id,
            resume_id=f"{student_id}-r",
            student_id=student_id,
            resume=RESUME,
        )
        note = Note(
            tenant_id=tenant_id,
            id=f"{student_id}-n",
            student_id=student_id,
            title="Field work",
            text="Levelling camp:\n- Ran a levelling traverse of 2 km\n- Wrote the camp report\n",
        )
        await put_note(session, note)
        await session.commit()


async def test_what_was_said_is_found(database: Database, tenant_id: str) -> None:
    """A query in other words finds the bullet, the project and the note, each with its place."""
    await store(database, tenant_id)
    embedder = LexicalEmbedder()

    first = [
        (await relevant_passages(database, embedder, tenant_id, "s-1", query))[0]
        for query in ("checking column reinforcements", "Kubernetes deployment", "levelling")
    ]

    assert [(found.source, found.record_id, found.path) for found in first] == [
        ("resume", "s-1-r", "experience.0.bullets.0"),
        ("resume", "s-1-r", "projects.0.bullets.0"),
        ("note", "s-1-n", "chunks.0"),
    ]
    assert first[0].text == RESUME["experience"][0]["bullets"][0]
    assert all(0 < found.score <= 1 for found in first)


async def test_a_text_in_many_places_is_one_passage(database: Database, tenant_id: str) -> None:
    """The résumé that was written last is named before older ones and notes."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, "Sold tea", resume_id="z-old")
    await store_bullets(database, tenant_id, "Kept books", "Sold tea", resume_id="a-new")
    await store_note(database, tenant_id, "Sold tea", title="Intern")

    found = await relevant_passages(database, embedder, tenant_id, "s-1", "tea")

    assert [(one.text, one.record_id, one.path) for one in found] == [
        ("Sold tea", "a-new", "experience.0.bullets.1"),
        ("Kept books", "a-new", "experience.0.bullets.0"),
    ]
    assert found[0].score == 1
    assert found[0].heading == "Intern"


async def test_only_the_sources_asked_for(database: Database, tenant_id: str) -> None:
    """A search in notes finds no bullet, also for a text that stands in both."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, "Sold tea", "Brewed tea")
    await store_note(database, tenant_id, "Sold tea", title="Intern")

    found = [
        await relevant_passages(database, embedder, tenant_id, "s-1", "tea", sources=sources)
        for sources in (["note"], ["resume"], ["variant_original"], [], ["nowhere"])
    ]

    assert [[one.source for one in passages] for passages in found] == [
        ["note"],
        ["resume", "resume"],
        [],
        [],
        [],
    ]


async def test_no_more_than_asked_for(database: Database, tenant_id: str) -> None:
    """25 at most unless told otherwise, the best first, scores falling and within 0 and 1."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, *(f"Sold tea at stall {at}" for at in range(150)))

    usual = await relevant_passages(database, embedder, tenant_id, "s-1", "tea stall 7")
    all_of_them = await relevant_passages(
        database, embedder, tenant_id, "s-1", "tea stall 7", limit=500
    )
    none = await relevant_passages(database, embedder, tenant_id, "s-1", "tea", limit=0)

    scores = [passage.score for passage in all_of_them]
    assert (len(usual), len(all_of_them), none) == (25, 150, [])
    assert usual == all_of_them[:25]
    assert usual[0].text == "Sold tea at stall 7"
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] < scores[0] <= 1


@pytest.mark.parametrize("query", ["", " \n", "?!", "\x00", "🙂", "---"])
async def test_a_query_without_a_word_finds_nothing(
    database: Database, tenant_id: str, query: str
) -> None:
    """Nothing was asked, so nobody is."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, "Sold tea")

    assert await relevant_passages(database, embedder, tenant_id, "s-1", query) == []
    assert embedder.asked == []


@pytest.mark.parametrize(
    "query",
    [
        "tea'); drop table notes; --",
        "tea & !coffee | (milk:* <-> \\'",
        "tea :tenant_id %s $1",
        "tea \x00 \ud800 \u202e",
        "the of and tea",
        "चाय tea",
        "tea " * 20_000,
        " ".join(f"word{number}" for number in range(9_000)) + " tea",
    ],
    ids=lambda query: query[:12].encode("ascii", "replace").decode(),
)
async def test_any_text_can_be_searched_for(database: Database, tenant_id: str, query: str) -> None:
    """Operators, quotes, surrogates, other scripts and whole postings are words like any other."""
    await store_bullets(database, tenant_id, "Sold tea")

    found = await relevant_passages(database, ScriptedEmbedder(), tenant_id, "s-1", query)

    assert [passage.text for passage in found] == ["Sold tea"]


async def test_a_student_without_material_has_no_passages(
    database: Database, tenant_id: str
) -> None:
    """Nobody's material, and an empty résumé's, is nothing; another student's is not shown."""
    embedder = ScriptedEmbedder()
    await store_bullets(database, tenant_id, student_id="s-1")
    await store_bullets(database, tenant_id, "Sold tea", student_id="s-2", resume_id="r-2")

    found = [
        await relevant_passages(database, embedder, tenant_id, student_id, "tea")
        for student_id in ("s-1", "nobody")
    ]

    assert found == [[], []]


async def test_the_same_search_gives_the_same(database: Database, tenant_id: str) -> None:
    """A redelivered run finds the same passages in the same order, also among equal ones."""
    await store_bullets(database, tenant_id, *(f"Sold tea {letter}" for letter in "abcdefghij"))

    first, *others = [
        await relevant_passages(database, ScriptedEmbedder(), tenant_id, "s-1", "tea")
        for _ in range(4)
    ]

    assert all(other == first for other in others)
