"""A stand-in for core-api: takes callbacks on a free port and keeps them as they arrived."""

import asyncio
import json
import queue
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self
from uuid import UUID

from app.demo.failure import DemoFailed
from app.runs.close import COMPLETE_PATH
from app.wire import JsonObject

# The relay sends at once; after a hiccup it waits seconds, not minutes.
CALLBACK_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Callback:
    """A request as it arrived; header names are lower case."""

    path: str
    headers: dict[str, str]
    body: JsonObject


class CoreApi:
    """Listens while it is entered, and answers 204 to every callback."""

    def __init__(self) -> None:
        self._arrived: queue.SimpleQueue[Callback] = queue.SimpleQueue()
        arrived = self._arrived

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                arrived.put(Callback(self.path, headers, json.loads(body)))
                self.send_response(HTTPStatus.NO_CONTENT)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """What the service gets as CORE_API_INTERNAL_URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    async def callback_of(
        self, run_id: UUID, *, timeout_seconds: float = CALLBACK_TIMEOUT_SECONDS
    ) -> Callback:
        """The news of this run; an earlier demo's leftovers are passed over.

        Raises:
            DemoFailed: it did not arrive in time.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_seconds
        while loop.time() < end:
            try:
                callback = self._arrived.get_nowait()
            except queue.Empty:
                await asyncio.sleep(0.05)
                continue
            if callback.path == COMPLETE_PATH and callback.body.get("runId") == str(run_id):
                return callback
        raise DemoFailed(f"No callback arrived within {timeout_seconds:g} s.")
