"""What ties together everything that one request leads to, here and at other services."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from app.telemetry.tracing import headers_of_span

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
REQUEST_ID = "x-request-id"

_given: ContextVar[Mapping[str, str]] = ContextVar("given_headers", default={})  # noqa: B039  never changed


@contextmanager
def correlated(headers: Mapping[str, str]) -> Iterator[None]:
    """Have what is done inside be told of under these headers, names in lower case."""
    token = _given.set(headers)
    try:
        yield
    finally:
        _given.reset(token)


def trace_headers() -> dict[str, str]:
    """The W3C trace context for a request made now, and the caller's request id.

    The trace context is the current span's, or as it was given where no spans are made: who
    records nothing must not name itself as a parent. Empty outside a request.

    Source: W3C Trace Context, section 4.3.
    """
    return {**_given.get(), **headers_of_span()}


def log_ids(headers: Mapping[str, str]) -> dict[str, str]:
    """`trace_id` and `request_id` for a log line, as far as these headers tell them."""
    ids = {
        "trace_id": "".join(headers.get(TRACEPARENT, "").split("-")[1:2]),
        "request_id": headers.get(REQUEST_ID, ""),
    }
    return {name: value for name, value in ids.items() if value}
