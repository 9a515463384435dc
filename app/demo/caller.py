"""The calls of the demo: what core-api and the shim do, by HTTP, as they would."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import httpx
from pydantic import BaseModel

from app.api.records import ResumeOut
from app.api.runs import RunOut
from app.demo.examples import Example
from app.demo.failure import DemoFailed
from app.runs.claim import run_id_for
from app.runs.job import AnyJob
from app.runs.receipt import Receipt

Read = TypeVar("Read", bound=BaseModel)


@dataclass(frozen=True)
class Delivery:
    """A job as the shim delivers it; the same key is the same delivery."""

    job: AnyJob
    key: str

    @property
    def tenant_id(self) -> str:
        """Whose job it is."""
        return str(self.job.example["tenant_id"])

    @property
    def run_id(self) -> UUID:
        """The run's id, known before the job is sent."""
        return run_id_for(self.tenant_id, self.key)


def fresh_key() -> str:
    """A key of the shim's form, `queue:jobId:timestamp`, that was not used before."""
    return f"ai-jobs:1:{time.time_ns() // 1_000_000}"


async def store(client: httpx.AsyncClient, examples: Sequence[Example]) -> None:
    """Put every example where core-api would have put it.

    Raises:
        DemoFailed: one was refused.
    """
    for example in examples:
        answer = await client.put(
            f"/{example.kind}/{example.id}",
            json=example.body,
            headers={"x-tenant-id": example.tenant_id},
        )
        _must_be_ok(answer, f"{example.kind}/{example.id} was not stored")


async def deliver(client: httpx.AsyncClient, delivery: Delivery) -> Receipt:
    """Send the job by HTTP, as the shim does.

    Raises:
        DemoFailed: it ended without a result, now or for the moment.
    """
    answer = await client.post(
        f"/jobs/{delivery.job.name}",
        json=dict(delivery.job.example),
        headers={"Idempotency-Key": delivery.key},
    )
    return Receipt.model_validate(_must_be_ok(answer, "The job was not done").json())


async def find_run(client: httpx.AsyncClient, delivery: Delivery) -> RunOut:
    """The run as it stands.

    Raises:
        DemoFailed: it has not begun.
    """
    return RunOut.model_validate(
        _must_be_ok(await _ask_for_run(client, delivery), "The run cannot be read").json()
    )


async def read_resume(client: httpx.AsyncClient, tenant_id: str, resume_id: str) -> ResumeOut:
    """A stored résumé or variant.

    Raises:
        DemoFailed: it is not there.
    """
    return await read(client, f"/resumes/{resume_id}", tenant_id, ResumeOut)


async def read(client: httpx.AsyncClient, path: str, tenant_id: str, shape: type[Read]) -> Read:
    """A stored result.

    Raises:
        DemoFailed: it is not there.
    """
    answer = await client.get(path, headers={"x-tenant-id": tenant_id})
    return shape.model_validate(_must_be_ok(answer, f"{path} cannot be read").json())


async def _ask_for_run(client: httpx.AsyncClient, delivery: Delivery) -> httpx.Response:
    return await client.get(f"/runs/{delivery.run_id}", headers={"x-tenant-id": delivery.tenant_id})


def _must_be_ok(answer: httpx.Response, otherwise: str) -> httpx.Response:
    if answer.is_success:
        return answer
    problem = answer.json()
    raise DemoFailed(f"{otherwise}: {problem['status']} {problem['code']}. {problem['detail']}")
