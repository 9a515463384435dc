"""The load balancer between the shims and the services: each request to the next ready service.

It repeats nothing, and loses a connection now and then while the service goes on. When the service
behind a request dies, so does the request's connection; when nobody is there, it answers with a
page of its own, as proxies do.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from tests.chaos.history import Write
from tests.chaos.http_request import answer_bytes

NOBODY = answer_bytes(502, b"<html><h1>502 Bad Gateway</h1></html>", Content_Type="text/html")
CHUNK_BYTES = 65_536

# Sooner than a slow job ends: its second request then comes while the first is at work.
DROP_SECONDS = 0.5

# What a request for a job is known by.
KEY_HEADER = b"idempotency-key:"


class Backend(Protocol):
    """A service; only those that are ready are given requests, unless none is."""

    name: str
    is_ready: bool


class Balancer:
    """Listens on `port`. `in_flight` counts the requests at each service by its name.

    The first request of each job in `dropped`, ids on the queue, loses its connection; `write` is
    told where each request went.
    """

    def __init__(
        self,
        port: int,
        backends: Sequence[tuple[Backend, int]],
        dropped: Iterable[str] = (),
        write: Write = lambda *_, **__: None,
    ) -> None:
        self.in_flight: Counter[str] = Counter()
        self._port = port
        self._backends = backends
        self._dropped = set(dropped)
        self._write = write
        self._turn = itertools.count()
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Serve until cancelled."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        try:
            async with server:
                await server.serve_forever()
        finally:
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                if not await self._forward(_for_one_request(head), reader, writer):
                    writer.write(NOBODY)
                    await writer.drain()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _forward(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        for backend, port in self._in_turn():
            try:
                upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            key = _key_of(head)
            patience = self._patience_seconds(key)
            self._write("forwarded", service=backend.name, job_key=key, is_dropped=bool(patience))
            self.in_flight[backend.name] += 1
            try:
                upstream.write(head)
                # Whichever side ends first ends the request, or we do.
                directions = {
                    asyncio.create_task(_copy(reader, upstream)),
                    asyncio.create_task(_copy(upstream_reader, writer)),
                }
                await asyncio.wait(
                    directions, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
                for direction in directions:
                    direction.cancel()
            finally:
                self.in_flight[backend.name] -= 1
                upstream.transport.abort()
            return True
        return False

    def _patience_seconds(self, key: str) -> float | None:
        job_id = ":".join(key.split(":")[1:-1])
        if job_id not in self._dropped:
            return None
        self._dropped.remove(job_id)
        return DROP_SECONDS

    def _in_turn(self) -> list[tuple[Backend, int]]:
        turn = next(self._turn) % len(self._backends)
        rotated = [*self._backends[turn:], *self._backends[:turn]]
        return sorted(rotated, key=lambda backend: not backend[0].is_ready)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()


def _for_one_request(head: bytes) -> bytes:
    """The request with the wish to close after it, so that each one is balanced anew."""
    request_line, *headers = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    kept = [line for line in headers if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([request_line, *kept, b"Connection: close", b"", b""])


def _key_of(head: bytes) -> str:
    lines = (line for line in head.split(b"\r\n") if line.lower().startswith(KEY_HEADER))
    return next(lines, b"").partition(b":")[2].strip().decode("latin-1")
