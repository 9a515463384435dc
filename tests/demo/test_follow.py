from collections.abc import AsyncIterator

import httpx
import pytest

from app.demo.caller import Delivery
from app.demo.failure import DemoFailed
from app.demo.follow import Event, events_in, follow
from app.jobs.tailor_resume import JOB
from tests.runs.toy_job import until

STREAM = """\
: ping

event: run
data: {"state": "running", "attempts": 1, "progress": 0.0}

event: step
data: {"name": "retrieve", "state": "pending", "progress": 0.0}
id: 1

event: step
data: {"name": "analyse", "state": "done", "progress": 0.5}
id: 2

event: end
data: {"state": "succeeded", "resultId": "r-1", "problem": null}
id: end

"""


async def lines_of(text: str) -> AsyncIterator[str]:
    """The lines of a stream as they arrive."""
    for line in text.splitlines():
        yield line


async def test_events_are_read_from_a_stream() -> None:
    """Comments are passed over, and an event that was cut off is none."""
    cut = STREAM + 'event: step\ndata: {"name": "x"}'

    found = [event async for event in events_in(lines_of(cut))]

    assert [event.name for event in found] == ["run", "step", "step", "end"]
    assert found[-1] == Event("end", {"state": "succeeded", "resultId": "r-1", "problem": None})


async def test_a_run_is_told_until_its_result_is_there() -> None:
    """A run that is not there yet is asked for again; steps that only wait are not told."""
    asked: list[str] = []
    told: list[tuple[str, float | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(404) if len(asked) == 1 else httpx.Response(200, text=STREAM)

    async def result() -> str:
        await until(lambda: len(told) >= 3)
        return "r-1"

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://ai-worker") as client:
        delivery = Delivery(JOB, "ai-jobs:1:1")

        found = await follow(
            client, delivery, result(), lambda news, share: told.append((news, share))
        )

    assert found == "r-1"
    assert f"/runs/{delivery.run_id}/events" in asked
    assert told[:3] == [
        ("running, attempt 1", 0.0),
        ("analyse done", 0.5),
        ("succeeded", 1.0),
    ]


async def test_a_failed_job_is_not_hidden_by_its_stream() -> None:
    """What went wrong with the job is raised, whatever the stream says."""

    async def result() -> str:
        raise DemoFailed("No.")

    transport = httpx.MockTransport(lambda _: httpx.Response(500))
    async with httpx.AsyncClient(transport=transport, base_url="http://ai-worker") as client:
        with pytest.raises(DemoFailed, match="No"):
            await follow(client, Delivery(JOB, "ai-jobs:1:1"), result(), lambda *_: None)
