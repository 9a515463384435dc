"""Follows a run by its server-sent events, as a page would."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from app.demo.caller import Delivery
from app.wire import JsonObject

# The run is there as soon as the shim has delivered it.
RETRY_SECONDS = 0.1


# Shows news of a run, and its progress from 0 to 1, None where nobody knows.
Tell: TypeAlias = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Event:
    """One event of a stream."""

    name: str
    data: JsonObject


async def follow(
    client: httpx.AsyncClient,
    delivery: Delivery,
    result_id: Coroutine[None, None, str],
    tell: Tell,
) -> str:
    """Tell every step of the run until whoever delivered it has its result's id."""
    delivering = asyncio.create_task(result_id)
    watching = asyncio.create_task(_watch(client, delivery, tell))
    try:
        return await delivering
    finally:
        # A stream that broke off is no reason for the job to have failed.
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(client: httpx.AsyncClient, delivery: Delivery, tell: Tell) -> None:
    while True:
        headers = {"x-tenant-id": delivery.tenant_id}
        path = f"/runs/{delivery.run_id}/events"
        async with client.stream("GET", path, headers=headers) as answer:
            if answer.is_success:
                async for event in events_in(answer.aiter_lines()):
                    if event.data.get("state") != "pending":
                        tell(*_news(event))
        await asyncio.sleep(RETRY_SECONDS)


async def events_in(lines: AsyncIterator[str]) -> AsyncIterator[Event]:
    """The events of a stream; comments are passed over.

    Source: WHATWG HTML, "Server-sent events", for the fields that this service writes.
    """
    fields: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            yield Event(fields.get("event", "message"), json.loads(fields["data"]))
            fields = {}
        else:
            fields = {}


def _news(event: Event) -> tuple[str, float | None]:
    if event.name == "step":
        return f"{event.data['name']} {event.data['state']}", event.data["progress"]
    if event.name == "run":
        told = f"{event.data['state']}, attempt {event.data['attempts']}"
        return told, event.data["progress"]
    return str(event.data["state"]), 1.0
