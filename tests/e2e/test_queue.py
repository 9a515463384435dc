"""From the queue to the callback: real Redis, real shim, real service, a model that can be slow."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.demo.queue import Queue, running_queue
from app.demo.service_process import free_port
from app.local_queue.shim import FOLDER, node
from tests.api.stored import payload, store_resume
from tests.chaos.balancer import Balancer
from tests.contracts.test_deploy import OF_PROMETHEUS, QUERIES, selectors
from tests.core_api import CoreApi
from tests.e2e.service_process import KEY, SECRET, ServiceProcess
from tests.fakes import ModelServer, Reply
from tests.runs.toy_job import until

NO_CHANGE = json.dumps({"edits": [], "summary": None})
RESUME_ID = "asha-verma-base"

# Adds every job it reads, waits for all, and prints how each ended.
PRODUCER = """\
import { Queue, QueueEvents } from "bullmq";
import { text } from "node:stream/consumers";
const jobs = JSON.parse(await text(process.stdin));
const connection = { url: process.argv[1] };
const queue = new Queue("ai-jobs", { connection });
const events = new QueueEvents("ai-jobs", { connection });
await events.waitUntilReady();
const added = await queue.addBulk(jobs);
const ends = added.map((job) =>
  job.waitUntilFinished(events).then((value) => value, (error) => ({ failed: error.message })));
console.log(JSON.stringify(await Promise.all(ends)));
await Promise.all([events.close(), queue.close()]);
"""


@dataclass
class Replica:
    """A service behind the balancer."""

    name: str
    process: ServiceProcess
    is_ready: bool = True


@dataclass
class House:
    """Two replicas behind a balancer, a shim on a queue, and the servers around them."""

    replicas: list[Replica]
    model: ModelServer
    core_api: CoreApi
    redis_url: str = ""
    shim_port: int = 0
    running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def produce(self, *jobs: dict[str, Any]) -> list[dict[str, Any]]:
        """How each job ended: `{resultId}` or `{failed}`."""
        producer = await asyncio.create_subprocess_exec(
            *(node(), "--input-type=module", "-e", PRODUCER, self.redis_url),
            cwd=FOLDER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(120):
            said, _ = await producer.communicate(json.dumps(jobs).encode())
        ended: list[dict[str, Any]] = json.loads(said)
        return ended


@pytest.fixture(scope="module")
async def house(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """Everything up and ready."""
    folder: Path = tmp_path_factory.mktemp("queue")
    async with ModelServer() as model, CoreApi() as core_api, AsyncExitStack() as stack:
        environment = {
            "DATABASE_URL": database_url,
            "LLM_PROVIDER": "openai",
            "OPENAI_API_KEY": KEY,
            "LLM_API_BASE": model.url,
            "CORE_API_INTERNAL_URL": core_api.url,
        }
        replicas = [
            Replica(name, ServiceProcess(folder / name, **environment)) for name in ("a", "b")
        ]
        for replica in replicas:
            await stack.enter_async_context(replica.process)
        await asyncio.gather(*(replica.process.answers("/ready") for replica in replicas))
        port = free_port()
        balancer = asyncio.create_task(
            Balancer(
                port,
                [(replica, replica.process.port) for replica in replicas],
                set(),
                unwritten,
            ).serve()
        )
        stack.push_async_callback(ended, balancer)
        queue = await stack.enter_async_context(
            threaded(running_queue(folder, worker_url=f"http://127.0.0.1:{port}", secret=SECRET))
        )
        yield House(replicas, model, core_api, queue.redis_url, queue.shim_port)


def unwritten(*_: object, **__: object) -> None:
    """Nobody reads a history here."""


@asynccontextmanager
async def threaded(queue: AbstractContextManager[Queue]) -> AsyncIterator[Queue]:
    """The queue, begun and ended while the servers of this loop go on serving."""
    running = await asyncio.to_thread(queue.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(queue.__exit__, None, None, None)


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel it and wait until it is over."""
    task.cancel()
    await asyncio.wait({task})


def job(tenant_id: str, name: str = "rewrite-resume", **changed: Any) -> dict[str, Any]:  # noqa: ANN401  payload fields
    """A job as core-api adds it."""
    return {
        "name": name,
        "data": payload(tenant_id) | changed,
        "opts": {"attempts": 3, "backoff": {"type": "exponential", "delay": 100}},
    }


async def test_a_job_goes_from_the_queue_to_the_callback(house: House, tenant_id: str) -> None:
    """The job returns the variant's id, and core-api is told the same one with the job's id."""
    await store_resume(house.replicas[0].process.client, tenant_id, RESUME_ID)
    house.model.answers(NO_CHANGE)

    async def has_been_told() -> bool:
        return bool(house.core_api.told_of(tenant_id))

    (end,) = await house.produce(job(tenant_id))

    await until(has_been_told, timeout_seconds=20)
    (told,) = house.core_api.told_of(tenant_id)
    variant = await house.replicas[0].process.client.get(
        f"/resumes/{end['resultId']}", headers={"x-tenant-id": tenant_id}
    )
    assert set(end) == {"resultId"}
    assert told.body["resultId"] == end["resultId"]
    assert told.body["jobType"] == "rewrite-resume"
    assert variant.json()["isAiVariant"] is True


async def test_a_trace_goes_from_the_producer_to_model_and_callback(
    house: House, tenant_id: str
) -> None:
    """The producer's trace context reaches the model, core-api, and the service's own lines.

    Both of the latter also have the job's key as their request id.
    """
    traceparent = f"00-{uuid4().hex}-00f067aa0ba902b7-01"
    carrier = {"traceparent": traceparent, "tracestate": "vendor=1"}
    await store_resume(house.replicas[0].process.client, tenant_id, RESUME_ID)
    house.model.answers(NO_CHANGE)
    traced = job(tenant_id)
    traced["opts"]["telemetry"] = {"metadata": json.dumps(carrier)}

    await house.produce(traced)

    await until(lambda: bool(house.core_api.told_of(tenant_id)), timeout_seconds=20)
    (told,) = house.core_api.told_of(tenant_id)

    def traced_lines() -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for replica in house.replicas
            for line in replica.process.log.splitlines()
            if traceparent.split("-")[1] in line
        ]

    # The relay says so once core-api has answered.
    await until(lambda: any(line["event"] == "callback_sent" for line in traced_lines()))
    lines = traced_lines()
    assert house.model.requests[-1].headers["traceparent"] == traceparent
    assert {name: told.headers[name] for name in carrier} == carrier
    assert re.fullmatch(r"ai-jobs:\d+:\d{13}", told.headers["x-request-id"])
    assert {"run_request_ended", "callback_sent"} <= {line["event"] for line in lines}
    assert {line["request_id"] for line in lines} == {told.headers["x-request-id"]}
    (ended,) = (line for line in lines if line["event"] == "run_request_ended")
    assert ended["tenant_id"] == tenant_id
    assert set(ended["steps"]) >= {"claim", "journal", "model", "store"}


async def test_what_dashboard_and_alerts_ask_for_is_served(house: House, tenant_id: str) -> None:
    """Each series they name is on the page of a running service or shim."""
    await store_resume(house.replicas[0].process.client, tenant_id, RESUME_ID)
    house.model.answers(NO_CHANGE)
    await house.produce(job(tenant_id))
    ports = (house.shim_port, *(replica.process.port for replica in house.replicas))
    async with httpx.AsyncClient() as client:
        pages = [(await client.get(f"http://127.0.0.1:{port}/metrics")).text for port in ports]

    declared = set(re.findall(r"^# TYPE (\S+)", "\n".join(pages), re.MULTILINE))

    asked = {str(selector.name) for _, query in QUERIES for selector in selectors(query)}
    assert {re.sub("_bucket$", "", name) for name in asked} - OF_PROMETHEUS <= declared


async def test_what_can_never_work_fails_at_once_with_its_reason(
    house: House, tenant_id: str
) -> None:
    """An absent record, a payload that is none, a job type that is none: code and detail each."""
    ends = await house.produce(
        job(tenant_id, resume_id="nobody-stored-it"),
        job(tenant_id, tone="loud"),
        {"name": "rewrite-resume", "data": None},
        job(tenant_id, name="rewrite-everything"),
        job(tenant_id, job_description="x" * 1_500_000),
    )

    assert [end["failed"].partition(":")[0] for end in ends] == [
        "resume_not_found",
        "invalid_payload",
        "invalid_payload",
        "unknown_job_type",
        "body_too_large",
    ]
    assert all(len(end["failed"].partition(": ")[2]) > 10 for end in ends)


async def restart_each(replicas: list[Replica]) -> None:
    """As an orchestrator does: out of the balancer, drained, started, ready, back in."""
    for replica in replicas:
        await asyncio.sleep(1.5)
        replica.is_ready = False
        await replica.process.__aexit__(None, None, None)
        await replica.process.__aenter__()
        await replica.process.answers("/ready")
        replica.is_ready = True


async def test_a_rolling_restart_under_load_costs_nothing(house: House, tenant_id: str) -> None:
    """While each replica is drained and started anew no job fails and no model is asked twice."""
    await store_resume(house.replicas[0].process.client, tenant_id, RESUME_ID)
    house.model.answers(Reply(NO_CHANGE, delay_seconds=1))
    asked_before = len(house.model.requests)

    ends, _ = await asyncio.gather(
        house.produce(*(job(tenant_id) for _ in range(24))), restart_each(house.replicas)
    )

    assert not [end for end in ends if "failed" in end]
    assert len({end["resultId"] for end in ends}) == 24
    assert len(house.model.requests) - asked_before == 24
