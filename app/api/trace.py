"""Ties the log lines of one request together, and to those of whoever sent it."""

import re
import secrets
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from app.telemetry.correlation import REQUEST_ID, TRACEPARENT, TRACESTATE, correlated, log_ids
from app.telemetry.tracing import current_trace_id

# W3C Trace Context, section 3.2.2: version, trace-id, parent-id, flags; ff and zeros are invalid.
TRACEPARENT_FORM = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
# Section 3.3.1.5: what a participant has to pass on at least.
TRACESTATE_FORM = re.compile(r"[ -~]{1,512}")
# As long as an idempotency key, which is what the shim sends.
REQUEST_ID_FORM = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")


class BindTrace:
    """Binds the caller's trace and request ids, or new ones, to the request, and answers them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its ids."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = correlation_of(scope)
        ids = log_ids(headers)

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                answered["x-trace-id"] = ids["trace_id"]
                answered[REQUEST_ID] = ids["request_id"]
            await send(message)

        with correlated(headers), bound_contextvars(**ids):
            await self._app(scope, receive, send_traced)


def correlation_of(scope: Scope) -> dict[str, str]:
    """`traceparent` and `x-request-id`, given or begun here, and the `tracestate` given."""
    given = {name: value.decode("latin-1") for name, value in scope["headers"]}
    request_id = given.get(REQUEST_ID.encode(), "")
    headers = {
        REQUEST_ID: request_id if REQUEST_ID_FORM.fullmatch(request_id) else uuid4().hex,
        TRACEPARENT: given.get(TRACEPARENT.encode(), ""),
    }
    if not TRACEPARENT_FORM.fullmatch(headers[TRACEPARENT]):
        # Flags 00: nobody has recorded this span.
        trace_id = current_trace_id() or uuid4().hex
        return headers | {TRACEPARENT: f"00-{trace_id}-{secrets.token_hex(8)}-00"}
    tracestate = given.get(TRACESTATE.encode(), "")
    if TRACESTATE_FORM.fullmatch(tracestate):
        headers[TRACESTATE] = tracestate
    return headers
