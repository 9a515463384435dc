"""HTTP by the byte: what no client library can be made to send."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.conftest import SECRET

AUTHORIZED = f"x-internal-secret: {SECRET}".encode()
JSON = b"content-type: application/json"


@dataclass(frozen=True)
class Answered:
    """An answer as it came; `headers` are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body's object."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


async def ask(port: int, first_line: bytes, *headers: bytes, body: bytes = b"") -> Answered:
    """One request on a connection of its own; nothing is added but Host and Connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = [first_line + b" HTTP/1.1", b"host: ai-worker", b"connection: close", *headers]
    writer.write(b"\r\n".join(head) + b"\r\n\r\n")
    # A refusal may come, and the connection go, before the body is through.
    with suppress(ConnectionError):
        writer.write(body)
        await writer.drain()
    async with asyncio.timeout(10):
        answer = _answered(await _read(reader))
    writer.close()
    return answer


async def _read(reader: asyncio.StreamReader) -> bytes:
    answer = b""
    with suppress(ConnectionError):
        while part := await reader.read(65_536):
            answer += part
    return answer


def _answered(answer: bytes) -> Answered:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    return Answered(int(status.split(" ")[1]), headers, body)
