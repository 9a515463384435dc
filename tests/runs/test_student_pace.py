from collections.abc import AsyncIterator

import pytest

from app.db.engine import Database
from app.errors import ProviderError, StudentRateLimited, TenantRateLimited
from app.jobs import catalogue
from app.runs.execute import Runtime, execute
from app.runs.job import AnyJob
from app.runs.tables import Run
from app.runs.tenant_pace import TenantPace
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import ToyPayload, new_key, rows, toy_job, toy_runtime


@pytest.fixture
async def pace() -> AsyncIterator[TenantPace]:
    """Two runs a minute for a student, counted in this process."""
    pace = TenantPace(2, None, namespace="student-runs")
    yield pace
    await pace.close()


def paced_job() -> AnyJob:
    """A job that is paced per student."""
    return toy_job(is_paced_per_student=True)


def paced_runtime(
    database: Database, student_pace: TenantPace, tenant_pace: TenantPace | None = None
) -> Runtime:
    """A process that counts what students start."""
    provider = ScriptedProvider("hi")
    return toy_runtime(database, provider, pace=tenant_pace, student_pace=student_pace)


async def test_a_student_that_hurries_waits(
    database: Database, tenant_id: str, pace: TenantPace
) -> None:
    """The third run within a minute is 429 with Retry-After and leaves none; others go on."""
    runtime = paced_runtime(database, pace)
    mine = ToyPayload(tenant_id=tenant_id, student_id="s-1")
    for _ in range(2):
        await execute(paced_job(), mine, new_key(), runtime)

    with pytest.raises(StudentRateLimited) as refused:
        await execute(paced_job(), mine, new_key(), runtime)

    theirs = ToyPayload(tenant_id=tenant_id, student_id="s-2")
    await execute(paced_job(), theirs, new_key(), runtime)
    await execute(toy_job(name="other"), mine, new_key(), runtime)
    assert (refused.value.status, refused.value.code) == (429, "student_rate_limited")
    assert (refused.value.retry_after_seconds or 0) > 0
    assert len(await rows(database, tenant_id, Run)) == 4


async def test_a_redelivery_is_counted_once(
    database: Database, tenant_id: str, pace: TenantPace
) -> None:
    """Replays and further attempts at one key leave the student the other runs."""
    runtime, key = paced_runtime(database, pace), new_key()
    mine = ToyPayload(tenant_id=tenant_id, student_id="s-1")
    failing = toy_runtime(database, ScriptedProvider(ProviderError()), student_pace=pace)
    with pytest.raises(ProviderError):
        await execute(paced_job(), mine, key, failing)
    for _ in range(3):
        await execute(paced_job(), mine, key, runtime)

    await execute(paced_job(), mine, new_key(), runtime)

    replay = await execute(paced_job(), mine, key, runtime)
    assert replay.is_replay
    assert len(await rows(database, tenant_id, Run)) == 2


async def test_a_run_the_tenant_may_not_start_is_not_counted(
    database: Database, tenant_id: str, pace: TenantPace
) -> None:
    """What is turned away for the tenant's sake leaves the student's count as it was."""
    tenant_pace = TenantPace(1, None)
    runtime = paced_runtime(database, pace, tenant_pace)
    mine = ToyPayload(tenant_id=tenant_id, student_id="s-1")
    await execute(paced_job(), mine, new_key(), runtime)
    for _ in range(3):
        with pytest.raises(TenantRateLimited):
            await execute(paced_job(), mine, new_key(), runtime)

    await tenant_pace.close()
    receipt = await execute(paced_job(), mine, new_key(), paced_runtime(database, pace))

    assert not receipt.is_replay


async def test_a_job_about_nobody_is_nobodys(
    database: Database, tenant_id: str, pace: TenantPace
) -> None:
    """Without a student there is nothing to count."""
    runtime = paced_runtime(database, pace)

    for _ in range(3):
        await execute(paced_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

    assert len(await rows(database, tenant_id, Run)) == 3


def test_tailoring_is_paced() -> None:
    """Document 002's limit is tailor-resume's alone."""
    assert [job.name for job in catalogue().values() if job.is_paced_per_student] == [
        "tailor-resume"
    ]
