from app.db.engine import Database
from app.records.postings import Posting, find_posting, put_posting


async def test_a_posting_is_replaced_within_the_tenant(database: Database, tenant_id: str) -> None:
    """A second put of an id replaces the ad, an absent company too; other tenants see nothing."""
    first = Posting(tenant_id=tenant_id, id="p", title="Intern", description="x", company="Acme")
    second = Posting(tenant_id=tenant_id, id="p", title="Trainee", description="y")
    async with database.tenant(tenant_id) as session:
        await put_posting(session, first)
        stored = await put_posting(session, second)
        await session.commit()

    async with database.tenant(tenant_id) as session:
        found = await find_posting(session, tenant_id, "p")
        absent = await find_posting(session, tenant_id, "q")
    async with database.tenant(f"{tenant_id}-other") as session:
        foreign = await find_posting(session, tenant_id, "p")

    assert found == stored
    assert (stored.title, stored.description, stored.company) == ("Trainee", "y", None)
    assert absent is foreign is None
