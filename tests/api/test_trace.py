import re

import pytest

from tests.api.raw_http import AUTHORIZED, ask
from tests.conftest import Service

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_the_callers_trace_is_continued(service: Service) -> None:
    """The trace id of a W3C traceparent comes back in x-trace-id."""
    answer = await service.client.get(
        "/health", headers={"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}
    )

    assert answer.headers["x-trace-id"] == TRACE_ID


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "nonsense",
        f"00-{TRACE_ID}-00f067aa0ba902b7",
        f"00-{TRACE_ID.upper()}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"ff-{TRACE_ID}-00f067aa0ba902b7-01",
        f"00-{TRACE_ID}x-00f067aa0ba902b7-01",
        "00-" + "\xff" * 32 + "-00f067aa0ba902b7-01",
    ],
)
async def test_a_malformed_trace_is_replaced(port: int, traceparent: str) -> None:
    """A header that is no traceparent is ignored and a fresh trace id begins."""
    header = f"traceparent: {traceparent}".encode("latin-1")

    answers = [await ask(port, b"GET /health", header) for _ in range(2)]

    ids = [answer.headers["x-trace-id"] for answer in answers]
    assert all(re.fullmatch("[0-9a-f]{32}", trace_id) for trace_id in ids)
    assert len({*ids, TRACE_ID}) == 3


@pytest.mark.parametrize("headers", [(), (AUTHORIZED,), (AUTHORIZED, b"content-length: 99999999")])
async def test_refusals_are_traced_too(port: int, headers: tuple[bytes, ...]) -> None:
    """An answer has its trace id whoever gave it."""
    answer = await ask(port, b"POST /jobs/nonsense", *headers)

    assert answer.status in {401, 404, 413}
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-trace-id"])
