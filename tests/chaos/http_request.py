"""Just enough HTTP/1.1 for servers that must misbehave in ways a real one does not offer."""

import asyncio
import struct
from dataclasses import dataclass
from socket import SO_LINGER, SOL_SOCKET


@dataclass(frozen=True)
class Request:
    """A request that arrived whole; header names are lower case."""

    headers: dict[str, str]
    body: bytes


async def read_request(reader: asyncio.StreamReader) -> Request:
    """The next request.

    Raises:
        ConnectionError, asyncio.IncompleteReadError: the client left before its end.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    return Request(headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def answer_bytes(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An answer after which the connection is closed; `_` in a header's name stands for `-`."""
    lines = [f"HTTP/1.1 {status} Chaos", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def reset(writer: asyncio.StreamWriter) -> None:
    """Cut the connection with RST, as a host that went down does."""
    # Linger 0 sends RST instead of FIN.
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
