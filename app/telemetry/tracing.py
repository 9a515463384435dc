"""Spans, for whoever set OTEL_EXPORTER_OTLP_ENDPOINT; nobody else pays for them.

FastAPI brings OpenTelemetry's interface and makes a span of each request. The SDK behind it is an
extra of this package, and imported here alone.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

INSTRUMENTATION = "ai-worker"

# Traces of an ended process are of less use than its end in time.
FLUSH_TIMEOUT_MS = 3_000

# Not the baggage that a producer may have added for its own services.
_propagator = TraceContextTextMapPropagator()

_NOTHING: AbstractContextManager[None] = nullcontext()

_tracer: trace.Tracer | None = None
_provider: "TracerProvider | None" = None


class TracingAbsent(Exception):  # noqa: N818  named for what happened
    """OTEL_EXPORTER_OTLP_ENDPOINT is set and the SDK is not installed: the extra `otel` has it."""


def start_tracing(endpoint: str, service_name: str) -> "TracerProvider":
    """Have spans sent to an OTLP collector over HTTP, in the background.

    The SDK's own variables (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER …) hold.

    Raises:
        TracingAbsent: the extra is not installed.
    """
    global _tracer, _provider
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  takes 0.2 s that nobody else should pay
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise TracingAbsent(TracingAbsent.__doc__) from None
    provider = TracerProvider(
        resource=Resource.create({"service.name": service_name}), shutdown_on_exit=False
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer, _provider = provider.get_tracer(INSTRUMENTATION), provider
    return provider


def stop_tracing() -> None:
    """Send what is left, and make no more spans; blocking."""
    global _tracer, _provider  # noqa: PLW0603  as above
    if _provider:
        _provider.force_flush(FLUSH_TIMEOUT_MS)
        _provider.shutdown()
    _tracer = _provider = None


def span(name: str, **attributes: str) -> AbstractContextManager[None]:
    """A span of what is done inside; its attributes are identifiers."""
    return _NOTHING if _tracer is None else _recorded(_tracer, name, attributes=attributes)


@contextmanager
def continued(headers: Mapping[str, str], name: str) -> Iterator[dict[str, str]]:
    """A span that goes on where these headers left off; gives the headers to hand on."""
    if _tracer is None:
        yield dict(headers)
        return
    parent = _propagator.extract(headers)
    with _recorded(_tracer, name, context=parent, kind=trace.SpanKind.CLIENT):
        yield {**headers, **headers_of_span()}


def headers_of_span() -> dict[str, str]:
    """`traceparent`, and `tracestate` if there is one, of the current span; empty without one."""
    carrier: dict[str, str] = {}
    if _tracer is not None:
        _propagator.inject(carrier)
    return carrier


def current_trace_id() -> str | None:
    """The trace of the current span, in 32 hexadecimal digits."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


@contextmanager
def _recorded(tracer: trace.Tracer, name: str, **about: Any) -> Iterator[None]:  # noqa: ANN401  the interface's own
    """A span that keeps of an exception its type: its text may be anybody's."""
    with tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False, **about
    ) as recorded:
        try:
            yield
        except BaseException as error:
            recorded.set_attribute("error.type", type(error).__qualname__)
            recorded.set_status(trace.StatusCode.ERROR)
            raise
