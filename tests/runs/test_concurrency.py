import asyncio
from collections import Counter

import httpx

from app.db.engine import Database
from app.llm.client import Completion, Prompt, Usage
from app.records.resumes import Resume
from app.runs.tables import LlmCall, OutboxEvent, Run
from tests.api.stored import payload, store_resume
from tests.conftest import StartService
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import new_key, rows, until

ROUTE = "/jobs/rewrite-resume"
RESUME_ID = "asha-verma-base"
JOBS_IN_FLIGHT = 50


class SlowProvider(ScriptedProvider):
    """A model that takes its time once it may go on; `waiting` counts who asks it now."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.waiting = 0
        self.may_go_on = asyncio.Event()

    async def complete(self, prompt: Prompt) -> Completion:
        """An answer without edits, late."""
        self.prompts.append(prompt)
        self.waiting += 1
        await self.may_go_on.wait()
        await asyncio.sleep(self.seconds)
        self.waiting -= 1
        return Completion('{"edits": []}', "stop", self.model, Usage(1, 1, 1))


async def test_of_twenty_posts_with_one_key_one_is_paid(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """Twenty requests at one moment make one model call and one result; the rest wait or replay."""
    provider, key = SlowProvider(0.05), {"idempotency-key": new_key()}
    provider.may_go_on.set()
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        body = payload(tenant_id)

        answers = await asyncio.gather(
            *(service.client.post(ROUTE, json=body, headers=key) for _ in range(20))
        )
        replay = await service.client.post(ROUTE, json=body, headers=key)

    assert len(provider.prompts) == 1
    told = Counter((answer.status_code, answer.json().get("isReplay")) for answer in answers)
    assert told[200, False] == 1
    assert told[200, True] + told[409, None] == 19
    for answer in answers:
        if answer.status_code == httpx.codes.CONFLICT:
            problem = answer.json()
            assert (problem["code"], problem["retryable"]) == ("in_progress", True)
            assert int(answer.headers["retry-after"]) > 0
    assert (replay.status_code, replay.json()["isReplay"]) == (200, True)
    assert len([row for row in await rows(database, tenant_id, Resume) if row.is_ai_variant]) == 1
    assert len(await rows(database, tenant_id, OutboxEvent)) == 1
    assert len(await rows(database, tenant_id, LlmCall)) == 1


async def test_two_connections_carry_fifty_jobs(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """With a pool of two, fifty jobs wait for their model at once and no connection with them."""
    provider = SlowProvider(0.5)
    async with start_service(provider, database_pool_size=2) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        pool = service.lifecycle.runtime().database.engine.pool
        jobs = [
            asyncio.create_task(
                service.client.post(
                    ROUTE, json=payload(tenant_id), headers={"idempotency-key": new_key()}
                )
            )
            for _ in range(JOBS_IN_FLIGHT)
        ]

        await until(lambda: provider.waiting == JOBS_IN_FLIGHT, timeout_seconds=30)
        await until(lambda: pool.checkedout() == 0)  # type: ignore[attr-defined]  # QueuePool's
        probe = await service.client.get("/ready")
        provider.may_go_on.set()
        answers = await asyncio.gather(*jobs)

    assert probe.status_code == 200
    assert [answer.status_code for answer in answers] == [200] * JOBS_IN_FLIGHT
    assert {run.state for run in await rows(database, tenant_id, Run)} == {"succeeded"}
    assert len(await rows(database, tenant_id, OutboxEvent)) == JOBS_IN_FLIGHT
