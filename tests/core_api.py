"""A real HTTP server in core-api's place: it records what it is told and misbehaves on command.

async with CoreApi() as core_api:
    core_api.answers(Answer(503, {"retry-after": "7"}), Answer())
    ...  # point the relay at core_api.url
    assert core_api.told[0].headers["webhook-id"] == core_api.told[1].headers["webhook-id"]
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Answer:
    """What core-api says next; `drip_seconds` is the pause before every byte of its head."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0
    drip_seconds: float = 0


@dataclass(frozen=True)
class Told:
    """A request as it arrived; `headers` are lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class CoreApi:
    """core-api on 127.0.0.1, in the running event loop; port 0 is any free one.

    The last answer repeats. `told` records every request that arrived whole.
    """

    def __init__(self, *answers: Answer, port: int = 0) -> None:
        self.told: list[Told] = []
        self._answers = list(answers) or [Answer()]
        self._port = port
        self._connections: set[asyncio.Task[None]] = set()

    def answers(self, *answers: Answer) -> None:
        """What it says from the next request on."""
        self._answers = list(answers)

    @property
    def url(self) -> str:
        """The address to give as CORE_API_INTERNAL_URL."""
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    def told_of(self, tenant_id: str) -> list[Told]:
        """What it was told of one tenant."""
        return [told for told in self.told if told.body["tenantId"] == tenant_id]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        try:
            self.told.append(await _read_request(reader))
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            await _send(writer, answer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # A relay that hangs up, or a test that ends, in the middle of an answer.
            writer.transport.abort()
        with suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> Told:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Told(head[0].split(" ")[1], headers, json.loads(body or b"{}"))


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    await asyncio.sleep(answer.delay_seconds)
    headers = {"Content-Length": "0", "Connection": "close", **answer.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {answer.status} Scripted\r\n{lines}\r\n".encode("latin-1")
    if not answer.drip_seconds:
        writer.write(head)
    for byte in head if answer.drip_seconds else b"":
        await asyncio.sleep(answer.drip_seconds)
        writer.write(bytes([byte]))
        await writer.drain()
    await writer.drain()
