from datetime import UTC, date, datetime
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from app.db.engine import RELAY_ROLE, SERVICE_ROLE, Database
from app.llm.journal import JournalledProvider
from app.llm.lexical_embedding import LexicalEmbedder
from app.records.analytics_summaries import AnalyticsSummary
from app.records.notes import Note
from app.records.posting_analyses import StoredAnalysis
from app.records.postings import Posting
from app.records.resumes import Resume
from app.records.student_summaries import StudentSummary
from app.records.students import Student
from app.records.suggestions import ResumeSuggestion, SuggestionSet, add_suggestion_set
from app.retrieval.passages import relevant_passages
from app.retrieval.tables import IndexedRecord, IndexedText, QueryVector, TextVector
from app.runs.claim import claim_run
from app.runs.close import RunPolicy
from app.runs.execute import execute
from app.runs.tables import Claim, JobError, LlmCall, OutboxEvent, Run, RunStep
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import PROMPT, ToyPayload, new_key, rows, toy_job, toy_runtime

TABLES = (
    *(Student, Resume, Posting, Run, LlmCall, OutboxEvent, JobError),
    *(SuggestionSet, ResumeSuggestion, StudentSummary, AnalyticsSummary, StoredAnalysis, RunStep),
    *(Note, IndexedRecord, IndexedText, TextVector, QueryVector),
)
RELAYED = (Run, OutboxEvent, JobError)
POLICY = RunPolicy(
    max_attempts=3, abandoned_after_seconds=86_400, deadline_seconds=20, is_student_notified=False
)


async def fill(database: Database, tenant_id: str) -> None:
    """At least one row of every table."""
    async with database.tenant(tenant_id) as session:
        session.add(Student(tenant_id=tenant_id, id="s-1", name="Mira Test", profile={}))
        session.add(Resume(tenant_id=tenant_id, id="r-1", student_id="s-1", resume={}))
        session.add(Note(tenant_id=tenant_id, id="n-1", student_id="s-1", text="I ran a stall."))
        await session.commit()
    await relevant_passages(database, LexicalEmbedder(), tenant_id, "s-1", "stall")
    runtime = toy_runtime(database, ScriptedProvider("hi"))
    payload = ToyPayload(tenant_id=tenant_id)
    receipt = await execute(toy_job(), payload, new_key(), runtime)
    async with database.tenant(tenant_id) as session:
        error = JobError(
            tenant_id=tenant_id, run_id=receipt.run_id, job_type="toy", code="x", message="y"
        )
        session.add(error)
        today = date(2026, 11, 21)
        narrated = AnalyticsSummary(
            tenant_id=tenant_id,
            audience="management",
            period_label="today",
            period_start=today,
            period_end=today,
            sentences=[],
            figures={},
            refusals=[],
            check_version="1",
            ai_run_id=receipt.run_id,
        )
        session.add(narrated)
        whole = SuggestionSet(
            tenant_id=tenant_id, student_id="s-1", resume_id="r-1", ai_run_id=receipt.run_id
        )
        suggestion = {"kind": "rewording", "section": "summary", "original": "a", "suggested": "b"}
        checked = {"reason": "It is better.", "guard_version": "1"}
        await add_suggestion_set(session, whole, [suggestion | checked])
        summary = StudentSummary(
            tenant_id=tenant_id,
            student_id="s-1",
            resume_id="r-1",
            sentences=[],
            input_hash="0",
            prompt_version=1,
            guard_version="1",
            ai_run_id=receipt.run_id,
            read_at=datetime.now(UTC),
        )
        session.add(summary)
        analysis = StoredAnalysis(
            tenant_id=tenant_id,
            content_hash="0",
            analysis={},
            model="m",
            prompt_version=1,
            check_version="1",
            ai_run_id=receipt.run_id,
        )
        session.add(analysis)
        step = RunStep(
            tenant_id=tenant_id, run_id=receipt.run_id, name="look", position=0, revision=1
        )
        session.add(step)
        await session.commit()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__tablename__)
async def test_a_tenant_sees_its_own_rows_only(
    database: Database, tenant_id: str, table: type[Run]
) -> None:
    """A query that forgot its tenant gives no row of another one, in any table."""
    other = f"{tenant_id}-other"
    await fill(database, tenant_id)
    await fill(database, other)

    mine = await rows(database, tenant_id, table)
    theirs = await rows(database, other, table)

    assert {row.tenant_id for row in mine} == {tenant_id}
    assert {row.tenant_id for row in theirs} == {other}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__tablename__)
async def test_nobody_sees_nothing(database: Database, tenant_id: str, table: type[Run]) -> None:
    """A connection whose tenant was not set, or was set before and is no longer, sees no row."""
    await fill(database, tenant_id)

    async with database.engine.connect() as connection:
        never_set = (await connection.execute(select(table))).all()
    async with database.engine.connect() as connection:
        await connection.execute(text("select set_config('app.tenant_id', 'x', true)"))
        await connection.commit()
        set_before = (await connection.execute(select(table))).all()

    assert never_set == set_before == []


async def test_a_row_of_another_tenant_cannot_be_written(
    database: Database, tenant_id: str
) -> None:
    """A row with another tenant's id is refused, and so is moving one there."""
    await fill(database, tenant_id)
    foreign = Student(tenant_id=f"{tenant_id}-other", id="s-2", name="Mira", profile={})

    async with database.tenant(tenant_id) as session:
        session.add(foreign)
        with pytest.raises(DBAPIError, match="row-level security"):
            await session.flush()
    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        with pytest.raises(DBAPIError, match="row-level security"):
            await connection.execute(text("update students set tenant_id = 'elsewhere'"))


async def test_a_row_of_another_tenant_cannot_be_changed(
    database: Database, tenant_id: str
) -> None:
    """Updates and deletions without a tenant reach nobody else's rows."""
    other = f"{tenant_id}-other"
    await fill(database, tenant_id)
    await fill(database, other)

    async with database.tenant(other) as session:
        connection = await session.connection()
        await connection.execute(text("update students set name = 'gone'"))
        await connection.execute(text("delete from resumes"))
        await session.commit()

    assert [row.name for row in await rows(database, tenant_id, Student)] == ["Mira Test"]
    assert len(await rows(database, tenant_id, Resume)) == 1


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__tablename__)
async def test_the_relay_sees_nothing_that_students_wrote(
    database: Database, tenant_id: str, table: type[Run]
) -> None:
    """Delivery and the sweeper read runs, callbacks and errors of all tenants, and no more."""
    await fill(database, tenant_id)
    own = select(table.tenant_id).where(table.tenant_id == tenant_id)

    async with database.all_tenants() as session:
        if table in RELAYED:
            assert (await session.exec(own)).all() != []
        else:
            with pytest.raises(DBAPIError, match="permission denied"):
                await session.exec(own)


async def test_the_relays_reach_ends_with_its_transaction(
    database: Database, tenant_id: str
) -> None:
    """A connection that was the relay's is the service's again for the next borrower."""
    await fill(database, tenant_id)
    single = Database(database.engine.url.render_as_string(hide_password=False), pool_size=1)
    who = text("select current_user")

    async with single.all_tenants() as session:
        as_relay = (await (await session.connection()).execute(who)).scalar_one()
        await session.commit()
    async with single.tenant("somebody") as session:
        as_service = (await (await session.connection()).execute(who)).scalar_one()
        seen = (await session.exec(select(Run))).all()
    await single.close()

    assert (as_relay, as_service, seen) == (RELAY_ROLE, SERVICE_ROLE, [])


async def test_a_broken_transaction_leaves_no_tenant_behind(
    database: Database, tenant_id: str
) -> None:
    """The tenant of a request that crashed is not the tenant of the next one."""
    await fill(database, tenant_id)
    single = Database(database.engine.url.render_as_string(hide_password=False), pool_size=1)

    with pytest.raises(ZeroDivisionError):
        async with single.tenant(tenant_id):
            raise ZeroDivisionError
    async with single.engine.connect() as connection:
        seen = (await connection.execute(select(Run))).all()
    await single.close()

    assert seen == []


async def test_the_roles_cannot_bypass_anything(superuser: asyncpg.Connection) -> None:
    """Neither role is a superuser, bypasses row-level security, may log in or make roles."""
    roles = await superuser.fetch(
        "select rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb "
        "from pg_roles where rolname = any($1)",
        [SERVICE_ROLE, RELAY_ROLE],
    )

    assert [any(role.values()) for role in roles] == [False, False]


async def test_the_roles_own_nothing(superuser: asyncpg.Connection) -> None:
    """No table belongs to a role of the service, which could then lift its own security."""
    owned = await superuser.fetch(
        "select relname from pg_class join pg_roles on pg_roles.oid = relowner "
        "where rolname = any($1)",
        [SERVICE_ROLE, RELAY_ROLE],
    )

    assert owned == []


async def test_every_tenants_table_is_secured(superuser: asyncpg.Connection) -> None:
    """Row-level security is on, and forced, for every table with a tenant, future ones too."""
    tables = await superuser.fetch(
        "select relname, relrowsecurity, relforcerowsecurity from pg_class "
        "join pg_attribute on attrelid = pg_class.oid "
        "where attname = 'tenant_id' and relkind in ('r', 'p') "
        "and relnamespace = 'public'::regnamespace"
    )

    assert {table["relname"] for table in tables} >= {table.__tablename__ for table in TABLES}
    assert [
        t["relname"] for t in tables if not (t["relrowsecurity"] and t["relforcerowsecurity"])
    ] == []


async def test_every_table_but_two_has_a_tenant(superuser: asyncpg.Connection) -> None:
    """Only the schema's version and the providers' cooldowns are everybody's."""
    without = await superuser.fetch(
        "select relname from pg_class where relkind in ('r', 'p') "
        "and relnamespace = 'public'::regnamespace and not exists "
        "(select from pg_attribute where attrelid = pg_class.oid and attname = 'tenant_id')"
    )

    assert {table["relname"] for table in without} == {"alembic_version", "ai_provider_cooldowns"}


async def test_a_run_of_another_tenant_cannot_be_called_for(
    database: Database, tenant_id: str
) -> None:
    """A forged claim on another tenant's run gets neither a journal entry nor a model call."""
    claimed = await claim_run(
        database, toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), POLICY
    )
    assert isinstance(claimed, Claim)
    forged = Claim(**{**vars(claimed), "tenant_id": f"thief-{uuid4()}"})
    provider = ScriptedProvider("hi")

    with pytest.raises(Exception, match="took this run over"):
        await JournalledProvider(provider, database, forged).complete(PROMPT)

    assert provider.prompts == []
