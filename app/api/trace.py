"""Ties the log lines of one request together, across services."""

import re
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

# W3C Trace Context, section 3.2.2: version, trace-id, parent-id, flags; ff and zeros are invalid.
TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)


class BindTrace:
    """Binds the caller's trace id, or a new one, to the request's log lines and answers it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its trace id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace_id = _trace_id(scope)

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-trace-id"] = trace_id
            await send(message)

        with bound_contextvars(trace_id=trace_id):
            await self._app(scope, receive, send_traced)


def _trace_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
    match = TRACEPARENT.fullmatch(given)
    return match.group(1) if match else uuid4().hex
