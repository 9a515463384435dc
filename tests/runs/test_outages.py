import pytest
from structlog.testing import capture_logs

from app.db.engine import Database
from app.errors import (
    AiWorkerError,
    InternalError,
    InvalidOutput,
    ModelTimeout,
    ServiceAway,
)
from app.runs.execute import execute
from app.runs.job import Outcome, RunContext
from app.runs.tables import JobError, Run
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import (
    FlakyDatabase,
    ToyPayload,
    ask_once,
    expire_leases,
    new_key,
    rows,
    toy_job,
    toy_runtime,
)

# Two transactions around the model call's two; BEGIN and COMMIT are not counted.
STATEMENTS_OF_A_RUN = 11


@pytest.mark.parametrize(
    "outage", [ConnectionRefusedError(), TimeoutError(), OSError("reset")], ids=repr
)
async def test_a_database_that_goes_away_is_not_the_models_fault(
    database: Database, tenant_id: str, outage: Exception
) -> None:
    """An outage while records are read is answered 503 and counts against nobody."""
    flaky = FlakyDatabase(database)

    async def read_records(_: ToyPayload, context: RunContext) -> Outcome[str]:
        flaky.outages = [outage]
        async with context.database.tenant(tenant_id):
            return Outcome("never read")

    with capture_logs() as logs, pytest.raises(ServiceAway) as caught:
        await execute(
            toy_job(read_records),
            ToyPayload(tenant_id=tenant_id),
            new_key(),
            toy_runtime(flaky, ScriptedProvider()),
        )

    said = {line["event"]: line["log_level"] for line in logs}
    assert (said.get("run_lost_database"), "run_crashed" in said) == ("warning", False)
    assert (caught.value.status, caught.value.code) == (503, "unavailable")
    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.failures) == ("waiting", 0)


async def test_an_outage_during_release_is_survived(database: Database, tenant_id: str) -> None:
    """A run that cannot be released keeps its answer; its lease frees it later."""
    flaky, key, payload = FlakyDatabase(database), new_key(), ToyPayload(tenant_id=tenant_id)

    async def lose_database(_: ToyPayload, __: RunContext) -> Outcome[str]:
        flaky.outages = [OSError("away")]
        raise KeyError

    with capture_logs() as logs, pytest.raises(InternalError):
        await execute(toy_job(lose_database), payload, key, toy_runtime(flaky, ScriptedProvider()))

    assert "run_crashed" in {line["event"] for line in logs}
    assert (await rows(database, tenant_id, Run))[0].state == "running"


async def test_an_outage_while_a_failure_is_stored_is_retryable(
    database: Database, tenant_id: str
) -> None:
    """A failure that could not be written down is not told as final; the journal saves the call."""
    flaky, key, payload = FlakyDatabase(database), new_key(), ToyPayload(tenant_id=tenant_id)
    provider = ScriptedProvider("not what we asked for")

    async def ask_and_fail(given: ToyPayload, context: RunContext) -> Outcome[str]:
        await ask_once(given, context)
        flaky.outages = [OSError("away")] if provider.prompts and context.claim.attempt == 1 else []
        raise InvalidOutput(raw_answer="x")

    with pytest.raises(ServiceAway):
        await execute(toy_job(ask_and_fail), payload, key, toy_runtime(flaky, provider))
    await expire_leases(database, tenant_id)
    with pytest.raises(InvalidOutput):
        await execute(toy_job(ask_and_fail), payload, key, toy_runtime(flaky, provider))

    assert len(provider.prompts) == 1
    assert len(await rows(database, tenant_id, JobError)) == 1


@pytest.mark.parametrize("ending", [InvalidOutput(), ModelTimeout()], ids=lambda end: end.code)
async def test_a_statement_that_is_wrong_is_not_taken_for_an_outage(
    database: Database, tenant_id: str, ending: AiWorkerError
) -> None:
    """A closing statement that fails for good is a bug that is seen, not an outage waited out."""
    flaky = FlakyDatabase(database)

    async def break_it(_: ToyPayload, __: RunContext) -> Outcome[str]:
        flaky.outages = [ZeroDivisionError()]
        raise ending

    with pytest.raises(ZeroDivisionError):
        await execute(
            toy_job(break_it),
            ToyPayload(tenant_id=tenant_id),
            new_key(),
            toy_runtime(flaky, ScriptedProvider()),
        )

    assert (await rows(database, tenant_id, Run))[0].state == "running"
