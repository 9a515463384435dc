import asyncio
from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

from app.llm.client import Completion, Usage
from app.main import create_app
from app.settings import Settings
from tests.api.stored import payload, store_resume
from tests.conftest import Service, StartService
from tests.fakes import ScriptedProvider

LIE = '{"edits": [{"path": "projects.0.bullets.0", "text": "Led a team of 12 on Kubernetes"}]}'
NOTHING = '{"edits": [], "summary": null}'

Figures = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


async def figures(client: httpx.AsyncClient) -> Figures:
    """Every sample of /metrics by its name and labels."""
    answer = await client.get("/metrics", headers={"x-internal-secret": ""})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def grown(before: Figures, after: Figures, name: str, **labels: str) -> float:
    """By how much a counter grew."""
    key = (f"ai_worker_{name}", frozenset(labels.items()))
    return after.get(key, 0.0) - before.get(key, 0.0)


async def test_a_run_is_counted_where_it_should_be(
    start_service: StartService, tenant_id: str
) -> None:
    """A run, its replay, its calls, tokens, dollars and refusals each add what they are."""
    provider = ScriptedProvider(LIE, NOTHING, model="scripted/metered")
    labels = {"tenant": tenant_id, "model": "scripted/metered"}
    async with start_service(provider, metrics_tenants=1_000) as service:
        await store_resume(service.client, tenant_id, "asha-verma-base")
        before = await figures(service.client)
        for _ in range(2):
            await service.client.post(
                "/jobs/rewrite-resume",
                json=payload(tenant_id),
                headers={"idempotency-key": "once"},
            )
        after = await figures(service.client)

    job = {"job_type": "rewrite-resume"}
    # Every proposal was refused, so the run failed, and its stored failure is what is replayed.
    assert grown(before, after, "runs_total", **job, outcome="guard_rejected") == 1
    assert grown(before, after, "runs_total", **job, outcome="replayed") == 1
    assert grown(before, after, "run_seconds_count", **job) == 1
    for step in ("claim", "journal", "model", "guard", "store", "rest"):
        assert grown(before, after, "run_step_seconds_count", step=step) == 1, step
    assert grown(before, after, "reused_total", what="receipt") == 1
    assert grown(before, after, "model_calls_total", **labels, outcome="answered") == 2
    assert grown(before, after, "model_tokens_total", **labels, direction="input") == 200
    assert grown(before, after, "model_tokens_total", **labels, direction="output") == 40
    assert round(grown(before, after, "model_cost_usd_total", **labels), 6) == 0.00009
    assert grown(before, after, "guard_proposals_total", **job, verdict="refused") == 1
    assert grown(before, after, "guard_refusals_total", **job, code="skill") == 1


async def test_an_unknown_price_is_not_zero(start_service: StartService, tenant_id: str) -> None:
    """A call of unknown price adds a call to those, and no dollars."""
    answer = Completion(NOTHING, "stop", "scripted/unpriced", Usage(10, 2, None))
    provider = ScriptedProvider(answer, model="scripted/unpriced")
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, "asha-verma-base")
        before = await figures(service.client)
        await service.client.post("/jobs/rewrite-resume", json=payload(tenant_id))
        after = await figures(service.client)

    assert grown(before, after, "model_calls_unpriced_total", model="scripted/unpriced") == 1
    assert not any(
        name == "ai_worker_model_cost_usd_total" and ("model", "scripted/unpriced") in labels
        for name, labels in after
    )


async def test_tenants_beyond_the_limit_are_counted_together(
    start_service: StartService, tenant_id: str
) -> None:
    """With METRICS_TENANTS=0 no tenant is named."""
    async with start_service(ScriptedProvider(NOTHING), metrics_tenants=0) as service:
        await store_resume(service.client, tenant_id, "asha-verma-base")
        before = await figures(service.client)
        await service.client.post("/jobs/rewrite-resume", json=payload(tenant_id))
        after = await figures(service.client)

    labels = {"tenant": "other", "model": "scripted/model", "outcome": "answered"}
    assert grown(before, after, "model_calls_total", **labels) == 1


async def test_metrics_need_no_secret_and_name_nobody(service: Service, tenant_id: str) -> None:
    """Prometheus reads without a secret what holds no id of a student, résumé or run."""
    await store_resume(service.client, tenant_id, "asha-verma-base")
    answer = await service.client.post("/jobs/rewrite-resume", json=payload(tenant_id))

    page = await service.client.get("/metrics", headers={"x-internal-secret": "wrong"})

    assert page.status_code == 200
    for known in ("asha", answer.json()["runId"], answer.json()["resultId"], "northwind"):
        assert known not in page.text


async def test_without_a_database_the_process_still_tells_its_own() -> None:
    """Before start-up is over, counters are there, and what the database knows is no number."""
    app = create_app(Settings.model_validate({"llm_provider": "offline"}))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        page = await client.get("/metrics")

    assert "ai_worker_database_up 0.0" in page.text
    assert 'ai_worker_outbox_events{state="waiting"} NaN' in page.text
    assert "ai_worker_runs_in_flight" in page.text


async def test_a_scrape_does_not_wait_for_other_scrapes(service: Service) -> None:
    """Several readers at once get the same gauges."""
    pages = await asyncio.gather(*(figures(service.client) for _ in range(5)))

    assert {page["ai_worker_database_up", frozenset()] for page in pages} == {1}
