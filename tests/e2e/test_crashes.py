import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.db.engine import Database
from app.records.resumes import Resume
from app.runs.tables import LlmCall, OutboxEvent
from tests.api.stored import example, payload, store_resume
from tests.core_api import CoreApi
from tests.e2e.service_process import KEY, SECRET, ServiceProcess, free_port
from tests.fakes import ModelServer, Reply
from tests.runs.toy_job import expire_leases, new_key, rows, until

ROUTE = "/jobs/rewrite-resume"
RESUME_ID = "asha-verma-base"
MODEL_LIMIT_SECONDS = 4

# Sleeps while a row of one tenant is written, or, deferred, while its transaction commits: long
# enough to kill a process meanwhile.
SLEEPY = """\
create function pg_temp_sleep() returns trigger language plpgsql as $$
begin
  if new.tenant_id = tg_argv[0] then perform pg_sleep(1.5); end if;
  return new;
end $$
"""
BEFORE_COMMIT = """\
create trigger sleepy before insert on resumes
for each row execute function pg_temp_sleep('{tenant}')
"""
DURING_COMMIT = """\
create constraint trigger sleepy after insert on ai_outbox deferrable initially deferred
for each row execute function pg_temp_sleep('{tenant}')
"""
ASLEEP = """\
select count(*) from pg_stat_activity
where wait_event = 'PgSleep' and datname = current_database()
"""


@dataclass
class House:
    """Processes on one database, and the servers around them."""

    survivor: ServiceProcess
    victims: list[ServiceProcess]
    model: ModelServer
    core_api_port: int
    superuser: asyncpg.Connection


@pytest.fixture(scope="module")
async def house(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """One process that lives and three that will not, all ready, started together."""
    folder: Path = tmp_path_factory.mktemp("house")
    core_api_port = free_port()
    async with ModelServer() as model, AsyncExitStack() as stack:
        environment = {
            "DATABASE_URL": database_url,
            "LLM_PROVIDER": "openai",
            "OPENAI_API_KEY": KEY,
            "LLM_API_BASE": model.url,
            "LLM_TIMEOUT_SECONDS": str(MODEL_LIMIT_SECONDS),
            "CORE_API_INTERNAL_URL": f"http://127.0.0.1:{core_api_port}",
        }
        processes = [
            await stack.enter_async_context(ServiceProcess(folder / str(n), **environment))
            for n in range(4)
        ]
        await asyncio.gather(*(process.answers("/ready") for process in processes))
        superuser = await asyncpg.connect(database_url)
        await superuser.execute(SLEEPY)
        yield House(processes[0], processes[1:], model, core_api_port, superuser)
        await superuser.execute("drop function pg_temp_sleep cascade")
        await superuser.close()


async def post(service: ServiceProcess, tenant_id: str, key: str) -> httpx.Response:
    """One delivery of the job."""
    return await service.client.post(
        ROUTE, json=payload(tenant_id), headers={"idempotency-key": key}
    )


async def kill_when(
    house: House, tenant_id: str, key: str, moment: Callable[[], Awaitable[bool]]
) -> None:
    """Deliver the job to the next victim and kill it at the moment."""
    victim = house.victims.pop()
    delivery = asyncio.create_task(post(victim, tenant_id, key))

    async def has_come() -> bool:
        assert not delivery.done(), delivery.result().text
        return await moment()

    await until(has_come, timeout_seconds=20)
    victim.kill()
    with pytest.raises(httpx.TransportError):
        await delivery


async def variants(database: Database, tenant_id: str) -> list[Resume]:
    """What AI made for the tenant."""
    return [row for row in await rows(database, tenant_id, Resume) if row.is_ai_variant]


async def test_two_processes_and_twenty_posts(
    house: House, database: Database, tenant_id: str
) -> None:
    """Twenty deliveries of one job to two processes at one moment: one call, one result."""
    house.model.answers(Reply(delay_seconds=0.3))
    paid_before, key = len(house.model.requests), new_key()
    await store_resume(house.survivor.client, tenant_id, RESUME_ID)
    processes = [house.survivor, house.victims[0]] * 10

    answers = await asyncio.gather(*(post(process, tenant_id, key) for process in processes))

    results = {answer.json()["resultId"] for answer in answers if answer.status_code == 200}
    assert len(house.model.requests) - paid_before == 1
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert results == {row.id for row in await variants(database, tenant_id)}
    assert len(results) == 1
    assert len(await rows(database, tenant_id, OutboxEvent)) == 1


async def test_killed_between_answer_and_commit(
    house: House, database: Database, tenant_id: str
) -> None:
    """A kill -9 while the result is being stored: the next delivery stores it and pays nothing."""
    house.model.answers(Reply())
    paid_before, key = len(house.model.requests), new_key()
    await store_resume(house.survivor.client, tenant_id, RESUME_ID)
    await house.superuser.execute(BEFORE_COMMIT.format(tenant=tenant_id))

    async def is_storing() -> bool:
        return bool(await house.superuser.fetchval(ASLEEP))

    await kill_when(house, tenant_id, key, is_storing)
    early = await post(house.survivor, tenant_id, key)
    await expire_leases(database, tenant_id)
    redelivered = await post(house.survivor, tenant_id, key)
    await house.superuser.execute("drop trigger sleepy on resumes")

    assert (early.status_code, early.json()["code"]) == (409, "in_progress")
    assert (redelivered.status_code, redelivered.json()["isReplay"]) == (200, False)
    assert len(house.model.requests) - paid_before == 1
    assert [row.id for row in await variants(database, tenant_id)] == [
        redelivered.json()["resultId"]
    ]
    assert len(await rows(database, tenant_id, OutboxEvent)) == 1


async def test_killed_between_commit_and_response(
    house: House, database: Database, tenant_id: str
) -> None:
    """A kill -9 after the database was told to commit: the next delivery replays the result."""
    house.model.answers(Reply())
    paid_before, key = len(house.model.requests), new_key()
    await store_resume(house.survivor.client, tenant_id, RESUME_ID)
    await house.superuser.execute(DURING_COMMIT.format(tenant=tenant_id))

    async def is_committing() -> bool:
        return bool(await house.superuser.fetchval(ASLEEP))

    await kill_when(house, tenant_id, key, is_committing)
    redelivered = await post(house.survivor, tenant_id, key)
    await house.superuser.execute("drop trigger sleepy on ai_outbox")

    assert (redelivered.status_code, redelivered.json()["isReplay"]) == (200, True)
    assert len(house.model.requests) - paid_before == 1
    assert [row.id for row in await variants(database, tenant_id)] == [
        redelivered.json()["resultId"]
    ]
    assert len(await rows(database, tenant_id, OutboxEvent)) == 1


async def test_killed_during_the_model_call(
    house: House, database: Database, tenant_id: str
) -> None:
    """A kill -9 while the model thinks costs at most that call; the ledger knows of both."""
    house.model.answers(Reply(delay_seconds=1), Reply())
    paid_before, key = len(house.model.requests), new_key()
    await store_resume(house.survivor.client, tenant_id, RESUME_ID)

    async def is_asked() -> bool:
        return len(house.model.requests) > paid_before

    await kill_when(house, tenant_id, key, is_asked)
    await expire_leases(database, tenant_id)
    redelivered = await post(house.survivor, tenant_id, key)

    assert (redelivered.status_code, redelivered.json()["isReplay"]) == (200, False)
    assert len(house.model.requests) - paid_before == 2
    assert len(await variants(database, tenant_id)) == 1
    outcomes = sorted(str(call.outcome) for call in await rows(database, tenant_id, LlmCall))
    assert outcomes == ["None", "answered"]


async def test_core_api_comes_back(house: House, database: Database, tenant_id: str) -> None:
    """A job that ends while core-api is down still has its callback delivered, under one id."""
    house.model.answers(Reply())
    await store_resume(house.survivor.client, tenant_id, RESUME_ID)
    receipt = (await post(house.survivor, tenant_id, "ai-jobs:77:1789000000000")).json()

    async def is_tried() -> bool:
        return (await rows(database, tenant_id, OutboxEvent))[0].last_status == 0

    await until(is_tried)
    async with CoreApi(port=house.core_api_port) as core_api:
        await until(lambda: bool(core_api.told_of(tenant_id)), timeout_seconds=25)

    (event,) = await rows(database, tenant_id, OutboxEvent)
    (told,) = core_api.told_of(tenant_id)
    assert told.path == "/internal/ai-jobs/complete"
    assert (told.headers["webhook-id"], told.headers["x-internal-secret"]) == (
        str(event.id),
        SECRET,
    )
    assert {key: told.body[key] for key in ("jobId", "jobType", "tenantId", "resultId")} == {
        "jobId": "77",
        "jobType": "rewrite-resume",
        "tenantId": tenant_id,
        "resultId": receipt["resultId"],
    }


async def test_a_dripping_model_is_given_up(house: House, tenant_id: str) -> None:
    """An answer that comes byte by byte is a timeout within a second of the limit."""
    house.model.answers(Reply(drip_seconds=0.2))
    await store_resume(house.survivor.client, tenant_id, RESUME_ID)
    started = time.monotonic()

    answer = await post(house.survivor, tenant_id, new_key())

    seconds = time.monotonic() - started
    assert (answer.status_code, answer.json()["code"]) == (504, "llm_timeout")
    assert "rewrite-resume" in answer.json()["detail"]
    assert answer.json()["retryable"] is True
    assert MODEL_LIMIT_SECONDS <= seconds <= MODEL_LIMIT_SECONDS + 1


async def test_nothing_of_anybody_is_logged(house: House, tenant_id: str) -> None:
    """At DEBUG, whatever goes wrong, no log repeats a student, employer, model or secret."""
    resume = json.loads(json.dumps(example("resumes", RESUME_ID)["resume"]))
    resume["experience"][0]["bullets"][0] = "Kept a canaryresume in the billing module"
    body: dict[str, Any] = {**payload(tenant_id), "job_description": "We want a canaryposting"}
    client, headers = house.survivor.client, {"x-tenant-id": tenant_id}
    stored = await client.put(
        f"/resumes/{RESUME_ID}",
        json={"student_id": body["student_id"], "resume": resume},
        headers=headers,
    )
    assert stored.status_code == 200
    troubles: list[str | Reply] = [
        Reply(status=500, body={"error": {"message": f"canaryupstream {KEY}"}}),
        Reply(body=b"<html>canaryupstream</html>"),
        Reply(is_reset=True),
        "canaryanswer, which is no JSON",
        json.dumps({"edits": [{"path": "experience.0.bullets.0", "text": "Led canaryanswer 99"}]}),
        Reply("canaryanswer", refusal="canaryanswer"),
        Reply(status=429, headers={"Retry-After": "1"}, body=b"<html>canaryupstream</html>"),
        # Last, because it stops every call for a minute.
        Reply(status=401, body={"error": {"message": f"canaryupstream {KEY}"}}),
    ]

    statuses = []
    for trouble in troubles:
        house.model.answers(trouble)
        answer = await client.post(ROUTE, json=body, headers={"idempotency-key": new_key()})
        statuses.append(answer.status_code)
        assert "canary" not in answer.text, answer.text
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            await asyncio.sleep(1)
    wrong = await client.post(ROUTE, json=body, headers={"x-internal-secret": "canarywrong"})
    broken = await client.post(
        ROUTE, content=b'{"canaryresume": "\xff', headers={"content-type": "application/json"}
    )

    assert statuses == [502, 502, 502, 422, 422, 422, 429, 503]
    assert (wrong.status_code, broken.status_code) == (401, 422)
    log = house.survivor.log
    assert "run_request_ended" in log
    assert [line for line in log.splitlines() if "canary" in line or KEY in line] == []
