"""What a caller is told when a run may not start, or may not cost what it would."""

import asyncio

from tests.api.stored import payload, store_resume
from tests.conftest import StartService
from tests.fakes import ScriptedProvider
from tests.redis_server import RedisServer
from tests.runs.toy_job import HungProvider, until


async def test_replicas_hold_a_tenant_to_one_limit(
    start_service: StartService, tenant_id: str
) -> None:
    """With REDIS_URL set, a tenant's runs are counted by all services together."""
    async with (
        RedisServer() as redis,
        start_service(ScriptedProvider(), tenant_runs_per_minute=2, redis_url=redis.url) as here,
        start_service(ScriptedProvider(), tenant_runs_per_minute=2, redis_url=redis.url) as there,
    ):
        await store_resume(here.client, tenant_id, "asha-verma-base")
        posts = [
            await replica.client.post("/jobs/rewrite-resume", json=payload(tenant_id))
            for replica in (here, there, there)
        ]
        elsewhere = await there.client.post("/jobs/rewrite-resume", json=payload(f"{tenant_id}-b"))

    refused = posts[2]
    assert [post.status_code for post in posts] == [200, 200, 429]
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.json()["code"], refused.json()["retryable"]) == ("tenant_rate_limited", True)
    assert 0 < int(refused.headers["retry-after"]) <= 120
    assert elsewhere.json()["code"] == "resume_not_found"


async def test_a_full_process_asks_to_come_back(
    start_service: StartService, tenant_id: str
) -> None:
    """Beyond MAX_RUNS_IN_FLIGHT a job is answered 503 with Retry-After, and others go on."""
    provider = HungProvider()
    async with start_service(provider, max_runs_in_flight=1) as service:
        await store_resume(service.client, tenant_id, "asha-verma-base")
        running = asyncio.create_task(
            service.client.post("/jobs/rewrite-resume", json=payload(tenant_id))
        )
        await until(lambda: provider.asked == 1)

        refused = await service.client.post("/jobs/rewrite-resume", json=payload(tenant_id))

        read = await service.client.get(
            "/resumes/asha-verma-base", headers={"x-tenant-id": tenant_id}
        )
        provider.go_on.set()
        await running
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused.json()["retryable"] is True
    assert int(refused.headers["retry-after"]) > 0
    assert read.status_code == 200


async def test_a_budget_is_told_and_kept(start_service: StartService, tenant_id: str) -> None:
    """A tenant without budget gets 422 that no repeat helps, the same for the same key."""
    provider = ScriptedProvider()
    async with start_service(provider, tenant_monthly_cost_usd="0") as service:
        await store_resume(service.client, tenant_id, "asha-verma-base")
        answers = [
            await service.client.post(
                "/jobs/rewrite-resume",
                json=payload(tenant_id),
                headers={"idempotency-key": "one"},
            )
            for _ in range(2)
        ]

    first, second = answers
    assert (first.status_code, first.json()["code"]) == (422, "budget_exhausted")
    assert first.json()["retryable"] is False
    assert first.json() == second.json()
    assert provider.prompts == []
