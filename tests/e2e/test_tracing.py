"""Spans of a running service, as a collector gets them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.api.stored import payload, store_resume
from tests.core_api import CoreApi
from tests.e2e.collector import Collector
from tests.e2e.service_process import KEY, ServiceProcess, free_port
from tests.fakes import ModelServer
from tests.runs.toy_job import until

NO_CHANGE = json.dumps({"edits": [], "summary": None})
PARENT = "00f067aa0ba902b7"


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    """Where spans go."""
    async with Collector() as running:
        yield running


async def test_a_job_is_one_trace(
    database_url: str, tenant_id: str, tmp_path: Path, collector: Collector
) -> None:
    """Request, steps and callback are spans of the producer's trace, each under what led to it.

    Model and core-api are told the span that asks them, and no span says what anybody wrote.
    """
    trace_id = uuid4().hex
    async with (
        ModelServer(NO_CHANGE) as model,
        CoreApi() as core_api,
        ServiceProcess(
            tmp_path,
            DATABASE_URL=database_url,
            LLM_PROVIDER="openai",
            OPENAI_API_KEY=KEY,
            LLM_API_BASE=model.url,
            CORE_API_INTERNAL_URL=core_api.url,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        ) as service,
    ):
        await service.answers("/ready")
        await store_resume(service.client, tenant_id, "asha-verma-base")

        await service.client.post(
            "/jobs/rewrite-resume",
            json=payload(tenant_id),
            headers={"traceparent": f"00-{trace_id}-{PARENT}-01"},
        )
        await until(lambda: bool(core_api.told_of(tenant_id)), timeout_seconds=20)
        service.terminate()
        assert await service.exit_code() == 0
        logged = service.log

    spans = {span.name: span for span in collector.spans if span.trace_id.hex() == trace_id}
    request = spans["POST /jobs/rewrite-resume"]
    assert request.parent_span_id.hex() == PARENT
    assert {"claim", "journal", "model", "store", "callback"} <= set(spans)
    for name in ("claim", "journal", "model", "store"):
        assert spans[name].parent_span_id == request.span_id, name
    assert spans["callback"].parent_span_id == spans["store"].span_id
    (told,) = core_api.told_of(tenant_id)
    assert model.requests[0].headers["traceparent"] == as_parent(spans["model"])
    assert told.headers["traceparent"] == as_parent(spans["callback"])
    assert collector.services == {"ai-worker"}
    assert f'"trace_id": "{trace_id}"' in logged
    assert not any(b"Asha" in span.SerializeToString() for span in collector.spans)
    assert not any("/ready" in span.name for span in collector.spans)


async def test_a_collector_that_is_away_stops_nobody(
    database_url: str, tenant_id: str, tmp_path: Path
) -> None:
    """Jobs are run, and the process ends in time, where spans cannot be sent."""
    async with ServiceProcess(
        tmp_path,
        DATABASE_URL=database_url,
        LLM_PROVIDER="offline",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}",
    ) as service:
        await service.answers("/ready")
        await store_resume(service.client, tenant_id, "asha-verma-base")
        answer = await service.client.post("/jobs/rewrite-resume", json=payload(tenant_id))
        service.terminate()

        assert answer.status_code == 200
        assert await service.exit_code() == 0


def as_parent(span: Span) -> str:
    """The `traceparent` of whoever is asked within this span."""
    return f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01"
