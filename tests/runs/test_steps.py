import pytest

from app.db.engine import Database
from app.errors import LeaseLost, ProviderError
from app.runs.execute import execute
from app.runs.job import Outcome, RunContext
from app.runs.progress import read_progress
from app.runs.tables import Run, RunStep, StepState
from app.wire import JsonObject
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import (
    ToyPayload,
    change_runs,
    new_key,
    rows,
    toy_job,
    toy_runtime,
)


async def steps_of(database: Database, tenant_id: str) -> dict[str, str]:
    """The state of each step of the tenant's only run."""
    return {step.name: step.state for step in await rows(database, tenant_id, RunStep)}


async def test_steps_are_announced_run_and_skipped(database: Database, tenant_id: str) -> None:
    """Each step is pending, running, done; what was not needed is skipped, and progress grows."""
    seen: list[tuple[dict[str, str], float | None]] = []

    async def look(context: RunContext) -> None:
        progress = await read_progress(database, tenant_id, context.claim.run_id)
        assert progress is not None
        seen.append(({step.name: step.state for step in progress.steps}, progress.share))

    async def process(payload: ToyPayload, context: RunContext) -> Outcome[str]:
        del payload
        await look(context)
        await context.steps.plan(["look", "think", "doubt"])
        async with context.steps.running("look"):
            await look(context)
        await context.steps.skip_rest()
        await look(context)
        return Outcome("done")

    payload = ToyPayload(tenant_id=tenant_id)
    receipt = await execute(
        toy_job(process=process), payload, new_key(), toy_runtime(database, ScriptedProvider())
    )

    done = await read_progress(database, tenant_id, receipt.run_id)
    assert seen == [
        ({}, None),
        ({"look": "running", "think": "pending", "doubt": "pending"}, 0.0),
        ({"look": "done", "think": "skipped", "doubt": "skipped"}, 1.0),
    ]
    assert done is not None
    assert (done.is_over, done.share) == (True, 1.0)


async def test_what_a_step_gave_is_kept_for_the_next_attempt(
    database: Database, tenant_id: str
) -> None:
    """A later attempt gets what the first one found; given something else, it looks again."""
    looked: list[str] = []
    got: list[JsonObject] = []

    async def process(payload: ToyPayload, context: RunContext) -> Outcome[str]:
        del payload
        await context.steps.plan(["look", "look closer"])

        async def look() -> JsonObject:
            looked.append(f"attempt {context.claim.attempt}")
            return {"found": len(looked)}

        got.append(await context.steps.once("look", {"at": 1}, look))
        got.append(await context.steps.once("look closer", {"at": context.claim.attempt}, look))
        async with context.steps.running("look"):
            if context.claim.attempt == 1:
                raise ProviderError
        return Outcome("done")

    runtime, key = toy_runtime(database, ScriptedProvider()), new_key()
    payload = ToyPayload(tenant_id=tenant_id)
    with pytest.raises(ProviderError):
        await execute(toy_job(process=process), payload, key, runtime)

    await execute(toy_job(process=process), payload, key, runtime)

    assert looked == ["attempt 1", "attempt 1", "attempt 2"]
    assert got == [{"found": 1}, {"found": 2}, {"found": 1}, {"found": 3}]
    assert await steps_of(database, tenant_id) == {"look": "done", "look closer": "done"}


async def test_a_change_has_a_larger_revision(database: Database, tenant_id: str) -> None:
    """Whoever saw a revision finds everything that changed since above it."""
    revisions: list[int] = []

    async def process(payload: ToyPayload, context: RunContext) -> Outcome[str]:
        await context.steps.plan(["a", "b"])
        for name in ("a", "b"):
            async with context.steps.running(name):
                found = await rows(database, payload.tenant_id, RunStep)
                revisions.append(max(step.revision for step in found))
        return Outcome("done")

    await execute(
        toy_job(process=process),
        ToyPayload(tenant_id=tenant_id),
        new_key(),
        toy_runtime(database, ScriptedProvider()),
    )

    assert revisions == sorted(set(revisions))


@pytest.mark.parametrize("what", ["plan", "running", "skip_rest", "once"])
async def test_who_lost_the_run_tells_no_steps(
    database: Database, tenant_id: str, what: str
) -> None:
    """A holder that was overtaken changes no step any more, and stops."""

    async def nothing() -> JsonObject:
        return {}

    async def process(payload: ToyPayload, context: RunContext) -> Outcome[str]:
        steps = context.steps
        await steps.plan(["look"])
        await change_runs(database, payload.tenant_id, "fence = fence + 1")
        if what == "plan":
            await steps.plan(["look", "again"])
        if what == "running":
            async with steps.running("look"):
                pass
        if what == "once":
            await steps.once("look", 1, nothing)
        await steps.skip_rest()
        return Outcome("done")

    with pytest.raises(LeaseLost):
        await execute(
            toy_job(process=process),
            ToyPayload(tenant_id=tenant_id),
            new_key(),
            toy_runtime(database, ScriptedProvider()),
        )

    assert await steps_of(database, tenant_id) == {"look": StepState.PENDING}


async def test_a_run_that_is_not_there_has_no_progress(database: Database, tenant_id: str) -> None:
    """Another tenant's run, and none at all, are the same: nothing."""
    payload = ToyPayload(tenant_id=tenant_id)
    runtime = toy_runtime(database, ScriptedProvider("hi"))
    receipt = await execute(toy_job(), payload, new_key(), runtime)

    other = await read_progress(database, f"{tenant_id}-other", receipt.run_id)

    assert other is None
    assert [run.id for run in await rows(database, tenant_id, Run)] == [receipt.run_id]
