from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.retry_after import retry_after_seconds

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("1.5", 1.5),
        ("0", 1),
        ("-5", 1),
        ("1e9", 3600),
        ("99999999999999999999", 3600),
        ("inf", 3600),
        ("-inf", 1),
        ("nan", None),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30),
        ("Fri, 20 Nov 2026 12:00:30 -0000", 30),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 1),
        ("Wed, 20 Nov 2030 12:00:00 GMT", 3600),
        ("Fri, 99 Nov 2026 12:00:30 GMT", None),
        ("Fri, 20 Nov 99999 12:00:30 GMT", None),
        ("soon", None),
        ("", None),
        ("5, 10", None),
    ],
)
def test_retry_after_is_read_and_bounded(value: str, seconds: float | None) -> None:
    """Seconds and dates are read, garbage is ignored, and the pause is one second to one hour."""
    assert retry_after_seconds(value, NOW) == seconds


@given(st.none() | st.text())
def test_no_header_breaks_the_reading(value: str | None) -> None:
    """Whatever somebody writes there, the pause is within bounds or unknown."""
    seconds = retry_after_seconds(value, NOW)

    assert seconds is None or 1 <= seconds <= 3600
