import asyncio
import re
from urllib.parse import quote, unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.engine import Database
from app.errors import (
    AiWorkerError,
    AttemptsExhausted,
    IdempotencyMismatch,
    InvalidOutput,
    ModelTimeout,
    ProviderError,
    ProviderMisconfigured,
    ProviderRateLimited,
    RunInProgress,
    StoredFailure,
)
from app.runs.claim import MAX_CRASHES, claim_run, job_id_of, payload_hash, run_id_for
from app.runs.close import RunPolicy
from app.runs.execute import execute
from app.runs.receipt import Receipt
from app.runs.tables import Claim, JobError, LlmCall, OutboxEvent, Run
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import (
    ToyPayload,
    change_runs,
    end_cooldown,
    expire_leases,
    new_key,
    rows,
    toy_job,
    toy_runtime,
)

POLICY = RunPolicy(
    max_attempts=3, abandoned_after_seconds=86_400, deadline_seconds=20, is_student_notified=False
)
JOB = toy_job()


async def claimed(database: Database, payload: ToyPayload, key: str) -> Claim:
    """A run in the hands of somebody who never comes back."""
    claim = await claim_run(database, JOB, payload, key, POLICY)
    assert isinstance(claim, Claim)
    return claim


async def test_a_key_nobody_used_is_claimed(database: Database, tenant_id: str) -> None:
    """The first attempt of a key holds fence 1 and the run id its caller could compute."""
    key = new_key()

    claim = await claimed(database, ToyPayload(tenant_id=tenant_id, student_id="s"), key)

    (run,) = await rows(database, tenant_id, Run)
    assert run.claim() == claim
    assert (claim.run_id, claim.attempt, claim.fence) == (run_id_for(tenant_id, key), 1, 1)
    assert (run.state, run.failures, run.crashes) == ("running", 0, 0)


async def test_a_second_call_gets_the_first_result(database: Database, tenant_id: str) -> None:
    """A second call with the same key gets the first result, unasked."""
    provider = ScriptedProvider("well said")
    runtime, key = toy_runtime(database, provider), new_key()
    first = await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)

    second = await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)

    assert second == first.model_copy(update={"is_replay": True})
    assert not first.is_replay
    assert len(provider.prompts) == 1
    assert len(await rows(database, tenant_id, OutboxEvent)) == 1


async def test_a_run_in_other_hands_is_left_alone(database: Database, tenant_id: str) -> None:
    """While an attempt holds the run, another one is told to come back in a few seconds."""
    key, payload = new_key(), ToyPayload(tenant_id=tenant_id)
    await claimed(database, payload, key)

    with pytest.raises(RunInProgress) as caught:
        await claim_run(database, JOB, payload, key, POLICY)

    assert (caught.value.status, caught.value.code) == (409, "in_progress")
    assert caught.value.retry_after_seconds
    assert (await rows(database, tenant_id, Run))[0].attempts == 1


async def test_of_twenty_claims_at_once_one_wins(database: Database, tenant_id: str) -> None:
    """Twenty callers who find an expired lease at one moment do not share it."""
    key, payload = new_key(), ToyPayload(tenant_id=tenant_id)
    await claimed(database, payload, key)
    await expire_leases(database, tenant_id)

    outcomes = await asyncio.gather(
        *(claim_run(database, JOB, payload, key, POLICY) for _ in range(20)),
        return_exceptions=True,
    )

    assert [claim.fence for claim in outcomes if isinstance(claim, Claim)] == [2]
    assert sum(isinstance(outcome, RunInProgress) for outcome in outcomes) == 19
    (run,) = await rows(database, tenant_id, Run)
    assert (run.attempts, run.crashes) == (2, 1)


async def test_an_expired_lease_is_taken_over(database: Database, tenant_id: str) -> None:
    """A run whose holder vanished is taken by the next delivery, and the crash is counted."""
    key, payload = new_key(), ToyPayload(tenant_id=tenant_id)
    await claimed(database, payload, key)
    await expire_leases(database, tenant_id)

    receipt = await execute(JOB, payload, key, toy_runtime(database, ScriptedProvider("hi")))

    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.attempts, run.fence, run.crashes) == ("succeeded", 2, 2, 1)
    assert run.result_id == receipt.result_id


@pytest.mark.parametrize("change", ["payload", "job type"])
async def test_a_key_belongs_to_one_job(database: Database, tenant_id: str, change: str) -> None:
    """A key that comes back with another payload or job type is refused, and nothing is run."""
    runtime, key = toy_runtime(database, ScriptedProvider("hi")), new_key()
    await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)
    other_job = toy_job(name="other") if change == "job type" else JOB
    other_payload = ToyPayload(
        tenant_id=tenant_id, some_word="x" if change == "payload" else "hello"
    )

    with pytest.raises(IdempotencyMismatch) as caught:
        await execute(other_job, other_payload, key, runtime)

    assert (caught.value.status, caught.value.is_retryable) == (422, False)
    assert len(await rows(database, tenant_id, Run)) == 1


async def test_a_mismatch_cannot_take_over(database: Database, tenant_id: str) -> None:
    """An expired lease is no way in for another payload under the same key."""
    key = new_key()
    await claimed(database, ToyPayload(tenant_id=tenant_id), key)
    await expire_leases(database, tenant_id)

    with pytest.raises(IdempotencyMismatch):
        await claim_run(
            database, JOB, ToyPayload(tenant_id=tenant_id, some_word="other"), key, POLICY
        )

    assert (await rows(database, tenant_id, Run))[0].fence == 1


def test_both_cases_of_keys_are_one_payload() -> None:
    """A payload in camelCase and the same in snake_case hash alike; absent and null do too."""
    snake = ToyPayload.model_validate({"tenant_id": "t", "some_word": "x"})
    camel = ToyPayload.model_validate({"tenantId": "t", "someWord": "x", "studentId": None})

    assert payload_hash(JOB, snake) == payload_hash(JOB, camel)
    assert payload_hash(JOB, snake) != payload_hash(toy_job(name="other"), snake)


async def test_a_terminal_failure_is_replayed_as_itself(database: Database, tenant_id: str) -> None:
    """What failed for good fails again with the same words, and the model is not asked again."""
    provider = ScriptedProvider(InvalidOutput("It was not JSON.", raw_answer="<html>"))
    runtime, key = toy_runtime(database, provider), new_key()
    with pytest.raises(InvalidOutput) as first:
        await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)

    with pytest.raises(StoredFailure) as second:
        await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)

    assert _told(second.value) == _told(first.value)
    assert len(provider.prompts) == 1
    assert len(await rows(database, tenant_id, JobError)) == 1


@pytest.mark.parametrize(
    "interruption",
    [ProviderError(), ModelTimeout(), ProviderRateLimited(), ProviderMisconfigured()],
    ids=lambda error: error.code,
)
async def test_a_retryable_failure_is_not_the_answer(
    database: Database, tenant_id: str, interruption: AiWorkerError
) -> None:
    """After a failure that passed, the next delivery runs the job at once."""
    provider = ScriptedProvider(interruption, "hi")
    runtime, key = toy_runtime(database, provider), new_key()
    with pytest.raises(type(interruption)):
        await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)
    await end_cooldown(database, provider)

    receipt = await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)

    assert not receipt.is_replay
    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.attempts, run.crashes, run.problem) == ("succeeded", 2, 0, None)
    assert await rows(database, tenant_id, JobError) == []


async def test_attempts_are_counted_by_the_service(database: Database, tenant_id: str) -> None:
    """After three failures of the provider the fourth delivery ends the run without asking."""
    provider = ScriptedProvider(ProviderError())
    runtime, key = toy_runtime(database, provider), new_key()
    for _ in range(3):
        with pytest.raises(ProviderError):
            await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)

    with pytest.raises(AttemptsExhausted) as fourth:
        await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)
    with pytest.raises(StoredFailure) as fifth:
        await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)

    assert len(provider.prompts) == 3
    assert _told(fifth.value) == _told(fourth.value)
    assert (fourth.value.code, fourth.value.is_retryable) == ("attempts_exhausted", False)
    (error,) = await rows(database, tenant_id, JobError)
    assert error.code == "attempts_exhausted"


@pytest.mark.parametrize("waiting", [ProviderRateLimited(), ProviderMisconfigured()])
async def test_waiting_for_somebody_else_is_free(
    database: Database, tenant_id: str, waiting: AiWorkerError
) -> None:
    """A provider that says "later" five times does not use up one of three attempts."""
    provider, key = ScriptedProvider(*[waiting] * 5, "hi"), new_key()
    runtime = toy_runtime(database, provider)
    for _ in range(5):
        with pytest.raises(type(waiting)):
            await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)
        await end_cooldown(database, provider)

    receipt = await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)

    assert isinstance(receipt, Receipt)
    (run,) = await rows(database, tenant_id, Run)
    assert (run.attempts, run.failures) == (6, 0)


async def test_crashes_are_counted_apart(database: Database, tenant_id: str) -> None:
    """A payload that kills its process ten times is given up; nine crashes alone end nothing."""
    key, payload = new_key(), ToyPayload(tenant_id=tenant_id)
    for _ in range(MAX_CRASHES + 1):
        await claimed(database, payload, key)
        await expire_leases(database, tenant_id)

    with pytest.raises(AttemptsExhausted):
        await claim_run(database, JOB, payload, key, POLICY)

    (run,) = await rows(database, tenant_id, Run)
    assert (run.state, run.crashes, run.failures) == ("failed", MAX_CRASHES, 0)
    assert await rows(database, tenant_id, LlmCall) == []


async def test_the_last_crash_granted_is_not_cut_short(database: Database, tenant_id: str) -> None:
    """An attempt that runs after many crashes keeps its lease like any other."""
    key, payload = new_key(), ToyPayload(tenant_id=tenant_id)
    await claimed(database, payload, key)
    await change_runs(database, tenant_id, f"crashes = {MAX_CRASHES}")

    with pytest.raises(RunInProgress):
        await claim_run(database, JOB, payload, key, POLICY)

    assert (await rows(database, tenant_id, Run))[0].state == "running"


async def test_keys_of_two_tenants_do_not_meet(database: Database, tenant_id: str) -> None:
    """The same key in two tenants is two runs with two results."""
    runtime, key = toy_runtime(database, ScriptedProvider("one", "two")), new_key()
    other = f"{tenant_id}-other"

    first = await execute(JOB, ToyPayload(tenant_id=tenant_id), key, runtime)
    second = await execute(JOB, ToyPayload(tenant_id=other), key, runtime)

    assert first.run_id != second.run_id
    assert not second.is_replay
    assert len(await rows(database, tenant_id, Run)) == len(await rows(database, other, Run)) == 1


@given(
    job_id=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
    queue=st.text(st.characters(exclude_characters=":"), min_size=1),
    timestamp=st.sampled_from(["1789000000000", "0", "-5", "1789000000000.5", "1e+21", "5e-7"]),
)
def test_the_shims_keys_carry_the_job_id(job_id: str, queue: str, timestamp: str) -> None:
    """Whatever BullMQ calls a job, and whenever, is found in the shim's key, escapes undone."""
    is_plain = re.fullmatch(r"[ -$&-~]*", job_id)
    sent = job_id if is_plain else quote(job_id, safe="!'()*-._~")

    assert job_id_of(f"{queue}:{sent}:{timestamp}") == job_id


def parts_of(key: str) -> set[str]:
    """What stands between colons, runs of it too, escapes undone and not."""
    parts = key.split(":")
    runs = {":".join(parts[1:end]) for end in range(2, len(parts))}
    return runs | {unquote(run) for run in runs}


@given(key=st.text(min_size=1, max_size=255) | st.from_regex(r"q:[a%0-9:]+:\d+", fullmatch=True))
def test_any_other_key_is_its_own_job_id(key: str) -> None:
    """No key is too odd to have a job id, and it is never empty where a key is not."""
    job_id = job_id_of(key)

    assert job_id in {key, *parts_of(key)}
    assert job_id


@pytest.mark.parametrize(
    ("key", "job_id"),
    [
        ("just-a-key", "just-a-key"),
        ("ai-jobs:7", "ai-jobs:7"),
        (":7:1789", ":7:1789"),
        ("ai-jobs:7:soon", "ai-jobs:7:soon"),
        ("ai-jobs:tenant:42:1789", "tenant:42"),
        ("ai-jobs::1789", "ai-jobs::1789"),
        ("ai-jobs:7:", "ai-jobs:7:"),
        ("ai-jobs:7:-", "ai-jobs:7:-"),
        ("ai-jobs:7:٣", "ai-jobs:7:٣"),
        ("ai-jobs:7:-5", "7"),
        ("ai-jobs:%E0%A4%85%20%25:1789", "अ %"),
        ("ai-jobs:50%:1789", "50%"),
        ("ai-jobs:%sha256-ab12:1789", "%sha256-ab12"),
        ("ai-jobs:%FF:1789", "%FF"),
        ("ai-jobs:a%00b:1789", "a%00b"),
    ],
)
def test_keys_of_another_form(key: str, job_id: str) -> None:
    """A key that is not the shim's is the job id as a whole."""
    assert job_id_of(key) == job_id


@given(st.text(), st.text(), st.text(), st.text())
def test_run_ids_do_not_collide(tenant: str, key: str, other_tenant: str, other_key: str) -> None:
    """Two tenants or keys never share a run id, as long as no tenant holds a line break."""
    tenant, other_tenant = tenant.replace("\n", ""), other_tenant.replace("\n", "")

    ids: set[UUID] = {run_id_for(tenant, key), run_id_for(other_tenant, other_key)}

    assert (len(ids) == 1) == ((tenant, key) == (other_tenant, other_key))


def _told(error: AiWorkerError) -> tuple[int, str, str, str]:
    return error.status, error.code, error.title, error.detail
