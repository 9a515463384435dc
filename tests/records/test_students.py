from app.db.engine import Database
from app.records.students import Student, find_student, put_student


async def test_a_student_is_replaced_within_the_tenant(database: Database, tenant_id: str) -> None:
    """A second put of an id replaces name and profile; another tenant never sees them."""
    async with database.tenant(tenant_id) as session:
        await put_student(session, Student(tenant_id=tenant_id, id="s", name="A", profile={"a": 1}))
        stored = await put_student(
            session, Student(tenant_id=tenant_id, id="s", name="B", profile={})
        )
        await session.commit()

    async with database.tenant(tenant_id) as session:
        found = await find_student(session, tenant_id, "s")
        absent = await find_student(session, tenant_id, "t")
    async with database.tenant(f"{tenant_id}-other") as session:
        foreign = await find_student(session, tenant_id, "s")

    assert found == stored
    assert (stored.name, stored.profile) == ("B", {})
    assert absent is foreign is None
