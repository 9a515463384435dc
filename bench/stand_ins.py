"""A model provider in OpenAI's format, and core-api, in one process: `… PORT ANSWERS SECONDS`.

As cheap as Python has it, because it shares its processors with what is measured. The model takes
SECONDS for every answer; core-api takes every callback at once. `ANSWERS` is a JSON file: for each
template of `documents.py` the answer as edits and as a whole résumé.
"""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import cast

import uvloop

# In every prompt of the benches: which template, and which job's number to put into the answer.
REFERENCE = re.compile(rb"reference (\d\d)-(\d{6})")
MARK = b"777777"

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
TAKEN = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n"

# Whoever is asked under this path answers whole résumés.
WHOLE = b"/whole/"
CALLBACK = b"POST /internal/"


class Exchange(asyncio.Protocol):
    """One connection, kept alive; clients wait for one answer before they ask again."""

    def __init__(self, answers: list[dict[str, bytes]], latency_seconds: float) -> None:
        self._answers = answers
        self._latency_seconds = latency_seconds
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        # uvloop's own is none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a request is whole."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = LENGTH.search(self._received, 0, end)
        if len(self._received) < end + 4 + (int(length[1]) if length else 0):
            return
        request, self._received = self._received, bytearray()
        if request.startswith(CALLBACK):
            self._transport.write(TAKEN)
        else:
            self._loop.call_later(self._latency_seconds, self._answer, self._completion(request))

    def _completion(self, request: bytearray) -> bytes:
        reference = REFERENCE.search(request)
        assert reference  # noqa: S101  a bench's own prompt
        kind = "whole" if WHOLE in request[:64] else "edits"
        return self._answers[int(reference[1])][kind].replace(MARK, bytes(reference[2]))

    def _answer(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


def _response(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    body = json.dumps(
        {
            "id": "chatcmpl-bench",
            "object": "chat.completion",
            "created": 1,
            "model": "gpt-4o",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1500, "completion_tokens": 500, "total_tokens": 2000},
        }
    ).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def serve(port: int, answers: list[dict[str, bytes]], latency_seconds: float) -> None:
    """Serve until ended."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Exchange(answers, latency_seconds), "127.0.0.1", port, backlog=1000
    )
    await server.serve_forever()


def main() -> None:
    """Read the answers and serve."""
    port, file, latency_seconds = sys.argv[1:]
    listed = json.loads(Path(file).read_text("utf-8"))
    answers = [{kind: _response(text) for kind, text in each.items()} for each in listed]
    uvloop.run(serve(int(port), answers, float(latency_seconds)))


if __name__ == "__main__":
    main()
