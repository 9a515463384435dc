import asyncio

import pytest

from app.db.engine import Database
from app.errors import VariantIsImmutable
from app.records.resumes import Resume, find_resume, put_resume


async def put(database: Database, tenant_id: str, resume_id: str, text: str) -> Resume:
    """Store a résumé with one line."""
    async with database.tenant(tenant_id) as session:
        stored = await put_resume(
            session,
            tenant_id=tenant_id,
            resume_id=resume_id,
            student_id="s-1",
            resume={"summary": text},
        )
        await session.commit()
    return stored


async def find(database: Database, tenant_id: str, resume_id: str) -> Resume | None:
    """What is stored."""
    async with database.tenant(tenant_id) as session:
        return await find_resume(session, tenant_id, resume_id)


async def test_a_second_put_replaces(database: Database, tenant_id: str) -> None:
    """The later résumé is what is stored; it was created once and updated after."""
    first = await put(database, tenant_id, "r-1", "old")

    second = await put(database, tenant_id, "r-1", "new")

    found = await find(database, tenant_id, "r-1")
    assert found is not None
    assert found.resume == second.resume == {"summary": "new"}
    assert found.created_at == first.created_at
    assert found.updated_at > first.updated_at
    assert (found.is_ai_variant, found.provenance, found.refusals) == (False, {}, [])


async def test_a_variant_is_not_overwritten(database: Database, tenant_id: str) -> None:
    """A put at a variant's id is refused, and the variant is as it was."""
    async with database.tenant(tenant_id) as session:
        session.add(
            Resume(
                tenant_id=tenant_id,
                id="v-1",
                student_id="s-1",
                resume={"summary": "by AI"},
                is_ai_variant=True,
                base_resume_id="r-1",
            )
        )
        await session.commit()

    with pytest.raises(VariantIsImmutable):
        await put(database, tenant_id, "v-1", "mine")

    found = await find(database, tenant_id, "v-1")
    assert found is not None
    assert found.resume == {"summary": "by AI"}


async def test_a_resume_is_the_tenants(database: Database, tenant_id: str) -> None:
    """One id in two tenants is two résumés, and an unknown id is none."""
    other = f"{tenant_id}-other"
    await put(database, tenant_id, "r-1", "mine")
    await put(database, other, "r-1", "theirs")

    mine, theirs = await find(database, tenant_id, "r-1"), await find(database, other, "r-1")

    assert mine is not None
    assert theirs is not None
    assert (mine.resume, theirs.resume) == ({"summary": "mine"}, {"summary": "theirs"})
    assert await find(database, tenant_id, "r-2") is None


async def test_puts_at_once_leave_one_row(database: Database, tenant_id: str) -> None:
    """Ten writers of one id do not fail each other; one of their texts is stored."""
    texts = [f"text {number}" for number in range(10)]

    await asyncio.gather(*(put(database, tenant_id, "r-1", text) for text in texts))

    found = await find(database, tenant_id, "r-1")
    assert found is not None
    assert found.resume["summary"] in texts
