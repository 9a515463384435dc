from datetime import UTC, datetime
from typing import Any

from app.db.engine import Database
from app.records.resumes import Resume
from app.records.suggestions import SuggestionSet, add_suggestion_set
from app.retrieval.material import Source, entries, fingerprints
from app.runs.execute import execute
from tests.fakes import ScriptedProvider
from tests.retrieval.scripted_embedder import STUDENT, store_bullets, store_note
from tests.runs.toy_job import ToyPayload, new_key, toy_job, toy_runtime

BY_AI = {"source": "ai", "sourcePath": "p", "isVerified": True, "guardVersion": "1"}
ORIGINAL = BY_AI | {"source": "original", "isVerified": False}
FIRST, SECOND = "experience.0.bullets.0", "experience.0.bullets.1"


async def add_resume(
    database: Database,
    tenant_id: str,
    bullets: list[Any],
    provenance: dict[str, Any],
    **more: Any,  # noqa: ANN401  columns of any type
) -> None:
    """A row as a job or core-api writes it."""
    resume = {"experience": [{"title": "Intern", "bullets": bullets}]}
    values: dict[str, Any] = {"id": "r-1", "resume": resume, "provenance": provenance} | more
    async with database.tenant(tenant_id) as session:
        session.add(Resume(tenant_id=tenant_id, student_id=STUDENT, **values))
        await session.commit()


async def accept(database: Database, tenant_id: str, *rewordings: tuple[str, str]) -> None:
    """Accepted suggestions of r-1, each from an original to another text."""
    receipt = await execute(
        toy_job(),
        ToyPayload(tenant_id=tenant_id),
        new_key(),
        toy_runtime(database, ScriptedProvider("x")),
    )
    async with database.tenant(tenant_id) as session:
        whole = SuggestionSet(
            tenant_id=tenant_id, student_id=STUDENT, resume_id="r-1", ai_run_id=receipt.run_id
        )
        suggestions = [
            {
                "kind": "rewording",
                "section": f"experience.0.bullets.{at}",
                "original": original,
                "suggested": suggested,
                "status": "accepted",
                "reason": "Better.",
                "guard_version": "1",
                "decided_at": datetime.now(UTC),
            }
            for at, (original, suggested) in enumerate(rewordings)
        ]
        await add_suggestion_set(session, whole, suggestions)
        await session.commit()


async def texts(database: Database, tenant_id: str) -> dict[tuple[str, str, str], str]:
    """`{(source, record id, path): text}` of all that is the student's own."""
    async with database.tenant(tenant_id) as session:
        records = await fingerprints(session, tenant_id, STUDENT)
        found = await entries(session, tenant_id, STUDENT, records)
    return {
        (entry.source.value, entry.record_id, chunk.path): chunk.text
        for entry in found
        for chunk in entry.chunks
    }


async def test_a_variant_gives_what_its_student_wrote(database: Database, tenant_id: str) -> None:
    """Of a variant only texts of original provenance count: no edit, nothing merely copied."""
    provenance = {FIRST: ORIGINAL, SECOND: BY_AI}
    bullets = ["Sold tea", "Drove tea sales", "Said by nobody"]
    await add_resume(database, tenant_id, bullets, provenance, id="v-1", is_ai_variant=True)

    found = await texts(database, tenant_id)

    assert found == {(Source.VARIANT_ORIGINAL, "v-1", FIRST): "Sold tea"}


async def test_an_accepted_suggestion_is_not_the_students(
    database: Database, tenant_id: str
) -> None:
    """In the student's own résumé the original stands in for what AI wrote, back to the first."""
    bullets = ["Drove tea sales", "Kept the till"]
    await add_resume(database, tenant_id, bullets, {FIRST: BY_AI})
    await accept(
        database, tenant_id, ("Managed tea", "Drove tea sales"), ("Sold tea", "Managed tea")
    )

    found = await texts(database, tenant_id)

    assert found == {
        (Source.RESUME, "r-1", FIRST): "Sold tea",
        (Source.RESUME, "r-1", SECOND): "Kept the till",
    }


async def test_what_ai_wrote_without_an_original_is_left_out(
    database: Database, tenant_id: str
) -> None:
    """A text by AI whose original nobody kept is not found, nor are two that name each other."""
    bullets = ["Drove tea sales", "Ran the till", {"text": "Led all", "verified": True}]
    await add_resume(database, tenant_id, bullets, {FIRST: BY_AI, SECOND: BY_AI})
    await accept(
        database, tenant_id, ("Ran the till", "Kept the till"), ("Kept the till", "Ran the till")
    )

    found = await texts(database, tenant_id)

    assert found == {}


async def test_a_bullet_that_its_provenance_calls_original_is_the_students(
    database: Database, tenant_id: str
) -> None:
    """The mark `verified` says nothing where the provenance does."""
    bullets = [{"text": "Sold tea", "verified": True}]
    await add_resume(database, tenant_id, bullets, {FIRST: ORIGINAL})

    found = await texts(database, tenant_id)

    assert list(found.values()) == ["Sold tea"]


async def test_a_fingerprint_follows_the_content(database: Database, tenant_id: str) -> None:
    """Any change of text, title or provenance changes it, and nothing else does."""
    await store_bullets(database, tenant_id, "Sold tea")
    await store_note(database, tenant_id, "b", title="a")

    async def now() -> dict[tuple[str, str], str]:
        async with database.tenant(tenant_id) as session:
            return await fingerprints(session, tenant_id, STUDENT)

    first = await now()
    await store_note(database, tenant_id, "b", title="a")
    same = await now()
    await store_note(database, tenant_id, "ab")
    await store_bullets(database, tenant_id, "Sold teas")
    other = await now()

    assert first == same
    assert first.keys() == other.keys() == {("resume", "r-1"), ("note", "n-1")}
    assert not set(first.values()) & set(other.values())


async def test_another_students_records_are_not_read(database: Database, tenant_id: str) -> None:
    """Neither another student's nor another tenant's record is among them."""
    await store_bullets(database, tenant_id, "Sold tea", student_id="s-2")
    await store_bullets(database, f"{tenant_id}-x", "Sold tea")

    found = await texts(database, tenant_id)

    assert found == {}
