"""Stand-ins for what a test must not need: models and the providers that serve them.

`ScriptedProvider` answers prompts inside the process, behind our own protocol. `ModelServer` is a
real HTTP server that speaks OpenAI's and Anthropic's wire formats and misbehaves on command:

    async with ModelServer() as server:
        server.answers("not json", Reply(status=429, headers={"Retry-After": "7"}))
        ...  # point the provider at server.url
        assert len(server.requests) == 2
"""

import asyncio
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from types import TracebackType
from typing import Any, Self, TypeAlias
from uuid import uuid4

from app.llm.client import Completion, MeteredProvider, Prompt, Usage

ScriptedAnswer: TypeAlias = str | Completion | Exception | Callable[[Prompt], str | Completion]


class ScriptedProvider:
    """A provider that says what it is told to, in order; the last answer repeats.

    A string becomes a finished completion, an exception is raised, a callable is given the prompt.
    `prompts` records what was asked.
    """

    def __init__(
        self,
        *answers: ScriptedAnswer,
        model: str = "scripted/model",
        window_tokens: int | None = None,
        quota: str | None = None,
        most: Usage | None = None,
        fallbacks: Sequence[MeteredProvider] = (),
    ) -> None:
        self.answers = list(answers) or ['{"edits": []}']
        self.model = model
        self.fallbacks = fallbacks
        self.window_tokens = window_tokens
        # One of its own, or what one test provokes would cool down the others.
        self.quota = quota or f"{model} {uuid4()}"
        self.most = most or Usage(100, 20, 45)
        self.prompts: list[Prompt] = []

    async def warm_up(self) -> None:
        """Nothing to get ready."""

    async def close(self) -> None:
        """Nothing to close."""

    def model_for(self, prompt: Prompt) -> str:
        """The scripted model's name, whatever the prompt."""
        del prompt
        return self.model

    def context_window(self, prompt: Prompt) -> int | None:
        """The scripted model's window, unknown unless it was given."""
        del prompt
        return self.window_tokens

    def quota_for(self, prompt: Prompt) -> str:
        """The scripted quota, whatever the prompt."""
        del prompt
        return self.quota

    def most_usage(self, prompt: Prompt) -> Usage:
        """The scripted estimate, whatever the prompt; as it is, what an answer then takes."""
        del prompt
        return self.most

    async def complete(self, prompt: Prompt) -> Completion:
        """The next answer of the script."""
        scripted = self.answers[min(len(self.prompts), len(self.answers) - 1)]
        self.prompts.append(prompt)
        await asyncio.sleep(0)
        if isinstance(scripted, Exception):
            raise scripted
        answer = scripted(prompt) if callable(scripted) else scripted
        if isinstance(answer, Completion):
            return answer
        return Completion(answer, "stop", self.model, Usage(100, 20, 45))


@dataclass(frozen=True)
class Reply:
    """One answer of the model server; the defaults are a well-behaved completion.

    `body` replaces the completion byte for byte (HTML, cut JSON, an error object); a mapping is
    sent as JSON. `drip_seconds` is the pause before every byte of the body. `is_reset` cuts the
    connection instead of answering.
    """

    text: str | None = '{"edits": []}'
    finish_reason: str = "stop"
    refusal: str | None = None
    has_choices: bool = True
    tokens: tuple[int, int] | None = (100, 20)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Mapping[str, Any] | None = None
    delay_seconds: float = 0
    drip_seconds: float = 0
    is_reset: bool = False


@dataclass(frozen=True)
class Recorded:
    """A request as the server read it; `headers` are lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Answer: TypeAlias = str | Reply | Callable[[dict[str, Any]], str | Reply]

ANTHROPIC_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens"}


class ModelServer:
    """A model provider on 127.0.0.1, in the running event loop.

    `/…/chat/completions` is answered in OpenAI's format, `/…/messages` in Anthropic's. `requests`
    records every request that arrived whole. A callable answer is given the request's body.
    """

    def __init__(self, *answers: Answer) -> None:
        self.requests: list[Recorded] = []
        self._answers: list[Answer] = list(answers) or [Reply()]
        self._answered = 0
        self._connections: set[asyncio.Task[None]] = set()

    def answers(self, *answers: Answer) -> None:
        """What the server says from now on, in order; the last one repeats."""
        self._answers = list(answers)
        self._answered = 0

    @property
    def url(self) -> str:
        """The address to give as `api_base`."""
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
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
            request = await _read_request(reader)
            self.requests.append(request)
            await _send(writer, self._next_reply(request), request)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # A client that hangs up, or a test that ends, in the middle of a drip.
            writer.transport.abort()
        with suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    def _next_reply(self, request: Recorded) -> Reply:
        answer = self._answers[min(self._answered, len(self._answers) - 1)]
        self._answered += 1
        if callable(answer):
            answer = answer(request.body)
        return Reply(answer) if isinstance(answer, str) else answer


async def _read_request(reader: asyncio.StreamReader) -> Recorded:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Recorded(head[0].split(" ")[1], headers, json.loads(body or b"{}"))


async def _send(writer: asyncio.StreamWriter, reply: Reply, request: Recorded) -> None:
    await asyncio.sleep(reply.delay_seconds)
    if reply.is_reset:
        # Linger 0 sends RST instead of FIN.
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return
    body = _body(reply, request)
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **reply.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {reply.status} Scripted\r\n{lines}\r\n".encode("latin-1"))
    if not reply.drip_seconds:
        writer.write(body)
    else:
        for position in range(len(body)):
            await asyncio.sleep(reply.drip_seconds)
            writer.write(body[position : position + 1])
            await writer.drain()
    await writer.drain()


def _body(reply: Reply, request: Recorded) -> bytes:
    if isinstance(reply.body, bytes):
        return reply.body
    if reply.body is not None:
        return json.dumps(reply.body).encode()
    is_anthropic = request.path.endswith("/messages")
    completion = _anthropic_message if is_anthropic else _openai_completion
    # ASCII escapes carry NUL and lone surrogates over the wire, as a real provider's would.
    return json.dumps(completion(reply, request.body["model"])).encode()


def _openai_completion(reply: Reply, model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    completion: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [choice] if reply.has_choices else [],
    }
    if reply.tokens:
        sent, received = reply.tokens
        completion["usage"] = {
            "prompt_tokens": sent,
            "completion_tokens": received,
            "total_tokens": sent + received,
        }
    return completion


def _anthropic_message(reply: Reply, model: str) -> dict[str, Any]:
    sent, received = reply.tokens or (0, 0)
    content = [] if reply.text is None else [{"type": "text", "text": reply.text}]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content if reply.has_choices else [],
        "stop_reason": ANTHROPIC_STOP_REASONS.get(reply.finish_reason, reply.finish_reason),
        "stop_sequence": None,
        "usage": {"input_tokens": sent, "output_tokens": received},
    }
