import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.db.engine import Database
from app.errors import ProviderError
from app.llm.client import Completion, Prompt
from app.runs.claim import run_id_for
from app.runs.tables import Run
from tests.api.stored import payload, store_resume
from tests.conftest import StartService
from tests.fakes import ScriptedProvider
from tests.jobs.test_tailor_resume import RESUME, SHEETS, Script, judgement, proposal
from tests.jobs.test_tailor_resume import run as tailor
from tests.runs.toy_job import new_key, rows, until

STEPS = ["analyse", "retrieve", "generate-1", "evaluate-1"]


def events_in(text: str) -> list[dict[str, Any]]:
    """The events of a stream that has ended."""
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        fields = dict(line.split(": ", 1) for line in lines)
        if fields:
            found.append({**fields, "data": json.loads(fields["data"])})
    return found


async def follow(
    client: httpx.AsyncClient, tenant_id: str, run_id: object, **headers: str
) -> httpx.Response:
    """The whole stream of a run, read to its end."""
    return await client.get(f"/runs/{run_id}/events", headers={"x-tenant-id": tenant_id, **headers})


def good() -> Script:
    """A model whose first attempt is good enough."""
    return Script([proposal(SHEETS)], [judgement(0.9)])


async def test_a_run_that_is_over_is_told_at_once(
    start_service: StartService, tenant_id: str
) -> None:
    """Its state, each of its steps as it stands, its end with the result, and the stream ends."""
    async with start_service(good().provider) as service:
        await store_resume(service.client, tenant_id, RESUME)
        receipt = (await tailor(service.client, tenant_id)).json()

        answer = await follow(service.client, tenant_id, receipt["runId"])

    told = events_in(answer.text)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [event["event"] for event in told] == ["run", *["step"] * 8, "end"]
    assert told[0]["data"] == {"state": "succeeded", "attempts": 1, "progress": 1.0}
    states = {event["data"]["name"]: event["data"]["state"] for event in told[1:-1]}
    assert {name for name, state in states.items() if state == "done"} == {*STEPS}
    assert told[-1]["data"] == {
        "state": "succeeded",
        "resultId": receipt["resultId"],
        "problem": None,
    }


async def test_another_replica_tells_a_run_while_it_goes_on(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """Who watches at one process sees the steps of a run in another, in order, to its end."""
    script, key, asked = good(), new_key(), asyncio.Event()
    answers = script.provider.answers[0]
    assert callable(answers)

    class Slow(ScriptedProvider):
        """Thinks before it judges until it is told to go on."""

        async def complete(self, prompt: Prompt) -> Completion:
            if prompt.name == "evaluate-resume":
                await asked.wait()
            return await super().complete(prompt)

    run_id = run_id_for(tenant_id, key)
    async with start_service(Slow(answers)) as working, start_service(good().provider) as other:
        await store_resume(working.client, tenant_id, RESUME)
        running = asyncio.create_task(tailor(working.client, tenant_id, key=key))

        async def has_begun() -> bool:
            return bool(await rows(database, tenant_id, Run))

        await until(has_begun, timeout_seconds=30)
        watching = asyncio.create_task(follow(other.client, tenant_id, run_id))
        await asyncio.sleep(1)
        asked.set()
        receipt, stream = await running, await watching

    told = events_in(stream.text)
    ids = [int(event["id"]) for event in told if event["event"] == "step"]
    shares = [event["data"]["progress"] for event in told[:-1]]
    assert told[0]["data"]["state"] == "running"
    assert told[-1]["data"]["resultId"] == receipt.json()["resultId"]
    assert ids == sorted(ids)
    assert [share for share in shares if share is not None] == sorted(
        share for share in shares if share is not None
    )


async def test_a_watcher_that_comes_back_is_told_what_is_new(
    start_service: StartService, tenant_id: str
) -> None:
    """With Last-Event-ID the steps that were seen are not told again; the end always is."""
    async with start_service(good().provider) as service:
        await store_resume(service.client, tenant_id, RESUME)
        run_id = (await tailor(service.client, tenant_id)).json()["runId"]
        whole = events_in((await follow(service.client, tenant_id, run_id)).text)
        seen = [event for event in whole if event["event"] == "step"][2]["id"]

        rest = await follow(service.client, tenant_id, run_id, **{"last-event-id": seen})
        odd = await follow(service.client, tenant_id, run_id, **{"last-event-id": "end"})

    again = [event for event in events_in(rest.text) if event["event"] == "step"]
    assert again
    assert all(int(event["id"]) > int(seen) for event in again)
    assert events_in(rest.text)[-1]["event"] == "end"
    assert events_in(odd.text) == whole


async def test_a_failed_run_ends_with_its_problem(
    start_service: StartService, tenant_id: str
) -> None:
    """The end of a run without a result tells why; a job without steps has none."""
    body, key = payload(tenant_id), new_key()
    async with start_service(ScriptedProvider("no JSON")) as service:
        await store_resume(service.client, tenant_id, RESUME)
        await service.client.post(
            "/jobs/rewrite-resume", json=body, headers={"idempotency-key": key}
        )

        answer = await follow(service.client, tenant_id, run_id_for(tenant_id, key))

    told = events_in(answer.text)
    assert [event["event"] for event in told] == ["run", "end"]
    assert told[0]["data"]["progress"] is None
    assert told[-1]["data"]["problem"]["code"] == "llm_invalid_output"


async def test_a_waiting_run_is_followed_into_its_next_attempt(
    start_service: StartService, tenant_id: str
) -> None:
    """Between two deliveries the stream stays open."""
    script, key = Script([proposal(SHEETS)], [ProviderError(), judgement(0.9)]), new_key()
    async with start_service(script.provider) as service:
        await store_resume(service.client, tenant_id, RESUME)
        await tailor(service.client, tenant_id, key=key)
        run_id = run_id_for(tenant_id, key)
        watching = asyncio.create_task(follow(service.client, tenant_id, run_id))
        await asyncio.sleep(0.5)
        await tailor(service.client, tenant_id, key=key)
        told = events_in((await watching).text)

    states = [event["data"]["state"] for event in told if event["event"] == "run"]
    assert (states[0], states[-1]) == ("waiting", "succeeded")


@pytest.mark.parametrize("tenant", ["its own", "another"])
async def test_a_run_that_is_not_there_is_404(
    start_service: StartService, tenant_id: str, tenant: str
) -> None:
    """An unknown run, and another tenant's, are a problem document and no stream."""
    async with start_service(good().provider) as service:
        await store_resume(service.client, tenant_id, RESUME)
        run_id = (await tailor(service.client, tenant_id)).json()["runId"]
        asked_for = uuid4() if tenant == "its own" else run_id
        whose = tenant_id if tenant == "its own" else f"{tenant_id}-other"

        answer = await follow(service.client, whose, asked_for)

    assert (answer.status_code, answer.json()["code"]) == (404, "run_not_found")


async def test_nobody_watches_without_the_secret(
    start_service: StartService, tenant_id: str
) -> None:
    """The stream is behind the secret like everything else."""
    async with start_service(good().provider) as service:
        answer = await follow(
            service.client, tenant_id, uuid4(), **{"x-internal-secret": "guessed"}
        )

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_a_stream_ends_with_its_process(start_service: StartService, tenant_id: str) -> None:
    """A process that drains cuts its streams off without an end, and the watcher asks elsewhere."""
    script, key = Script([proposal(SHEETS)], [ProviderError()]), new_key()
    async with start_service(script.provider) as service:
        await store_resume(service.client, tenant_id, RESUME)
        await tailor(service.client, tenant_id, key=key)
        run_id = run_id_for(tenant_id, key)
        watching = asyncio.create_task(follow(service.client, tenant_id, run_id))
        await asyncio.sleep(0.5)
        await service.lifecycle.end()
        told = events_in((await watching).text)

    assert told
    assert told[-1]["event"] != "end"
