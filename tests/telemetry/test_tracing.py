import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.telemetry import tracing
from app.telemetry.correlation import correlated, log_ids, trace_headers
from app.telemetry.tracing import (
    TracingAbsent,
    continued,
    span,
    start_tracing,
    stop_tracing,
)

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = {
    "traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01",
    "tracestate": "vendor=1",
    "x-request-id": "ai-jobs:1:1790000000000",
}
STUDENTS_WORDS = "Asha Verma, asha@example.com"

# The service as it is imported and made; FastAPI brings the interface, which is not the SDK.
NOTHING_SET = """
import sys
from app.main import create_app
from app.settings import Settings
create_app(Settings(_env_file=None))
parts = ("opentelemetry.sdk", "opentelemetry.exporter")
print([name for name in sys.modules if name.startswith(parts)])
"""


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Where spans go."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def test_nothing_of_the_sdk_is_imported_until_it_is_wanted() -> None:
    """Whoever sets no collector pays for no SDK, in seconds or in memory."""
    said = subprocess.run(  # noqa: S603  ours
        [sys.executable, "-c", NOTHING_SET], capture_output=True, check=True, text=True
    )

    assert said.stdout.strip() == "[]"


def test_where_nothing_is_recorded_the_callers_context_is_passed_on() -> None:
    """A service that makes no spans must not name itself as anybody's parent."""
    with correlated(GIVEN), span("model"):
        headers = trace_headers()

    assert headers == GIVEN
    assert trace_headers() == {}


def test_a_span_is_the_parent_of_what_it_leads_to(spans: InMemorySpanExporter) -> None:
    """With spans, who is asked is given the span that asks, and the caller's request id."""
    with correlated(GIVEN), span("model", model="openai/gpt-4o"):
        headers = trace_headers()

    (told,) = spans.get_finished_spans()
    assert told.context is not None
    assert headers["traceparent"].split("-")[2] == f"{told.context.span_id:016x}"
    assert headers["x-request-id"] == GIVEN["x-request-id"]
    assert dict(told.attributes or {}) == {"model": "openai/gpt-4o"}


def test_a_callback_goes_on_where_its_run_left_off(spans: InMemorySpanExporter) -> None:
    """A callback is sent later, by anybody, and belongs to the trace of its run."""
    with continued(GIVEN, "callback") as headers:
        pass

    (told,) = spans.get_finished_spans()
    assert told.context is not None
    assert told.parent is not None
    assert f"{told.context.trace_id:032x}" == TRACE_ID
    assert f"{told.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert headers["traceparent"] == f"00-{TRACE_ID}-{told.context.span_id:016x}-01"
    assert headers["tracestate"] == "vendor=1"
    assert headers["x-request-id"] == GIVEN["x-request-id"]


def test_a_callback_is_sent_as_it_was_stored_where_nothing_is_recorded() -> None:
    """Without spans the stored headers go along unchanged."""
    with continued(GIVEN, "callback") as headers:
        assert headers == GIVEN


def test_a_span_keeps_no_words(spans: InMemorySpanExporter) -> None:
    """Of an exception a span has the type: its text may be a student's or a provider's."""
    with pytest.raises(ValueError, match="Asha"), span("guard"):
        raise ValueError(STUDENTS_WORDS)

    (told,) = spans.get_finished_spans()
    assert not told.status.is_ok
    assert dict(told.attributes or {}) == {"error.type": "ValueError"}
    assert STUDENTS_WORDS not in told.to_json()


def test_tracing_begins_and_ends() -> None:
    """Between its start and its end there is a span, named for the service; then there is none."""
    provider = start_tracing("http://127.0.0.1:1/", "ai-worker-of-the-test")
    with span("model"):
        begun = trace_headers()
    stop_tracing()
    stop_tracing()

    with span("model"):
        ended = trace_headers()

    assert provider.resource.attributes["service.name"] == "ai-worker-of-the-test"
    assert set(begun) == {"traceparent"}
    assert ended == {}


def test_a_collector_without_the_extra_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for traces and did not install what sends them is told what is missing."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with pytest.raises(TracingAbsent) as raised:
        start_tracing("http://127.0.0.1:1", "ai-worker")

    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in str(raised.value)
    assert "`otel`" in str(raised.value)
    assert trace_headers() == {}


@pytest.mark.parametrize(
    ("headers", "ids"),
    [
        (GIVEN, {"trace_id": TRACE_ID, "request_id": GIVEN["x-request-id"]}),
        ({"x-request-id": "r"}, {"request_id": "r"}),
        ({}, {}),
    ],
)
def test_a_line_has_the_ids_that_there_are(headers: dict[str, str], ids: dict[str, str]) -> None:
    """What no header says is no field of a line."""
    assert log_ids(headers) == ids
