from app.db.engine import Database
from app.llm.lexical_embedding import LexicalEmbedder
from app.records.notes import Note, put_note
from app.records.resumes import put_resume
from app.retrieval.passages import relevant_passages

RESUME = {
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
    assert first[0].text == RESUME["experience"][0]["bullets"][0]  # type: ignore[index]
    assert all(0 < found.score <= 1 for found in first)
