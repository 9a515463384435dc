from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from app.runs.deliver import (
    DEAD_AFTER_SECONDS,
    LONG_WAIT_SECONDS,
    LONGEST_RETRY_AFTER_SECONDS,
    PATIENT_AFTER_SECONDS,
    SHORT_WAIT_CEILING_SECONDS,
    retry_after_seconds,
    wait_seconds,
)

SECRET = "secret-of-the-tests"
URL = "http://core-api.example"
PATH = "/internal/ai-jobs/complete"


@given(st.text(st.characters(max_codepoint=255)))
def test_any_retry_after_can_be_read(value: str) -> None:
    """Whatever the header holds, it is seconds from now or nothing."""
    seconds = retry_after_seconds(value)

    assert seconds is None or seconds >= 0


def test_retry_after_in_both_forms() -> None:
    """Seconds and an HTTP date are understood; the past is now, and nonsense is nothing."""
    soon = datetime.now(UTC) + timedelta(seconds=90)

    assert retry_after_seconds("7") == 7
    assert 85 < (retry_after_seconds(format_datetime(soon, usegmt=True)) or 0) <= 90
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 -0000") == 0
    assert [retry_after_seconds(value) for value in (None, "", "soon", "-5")] == [None] * 4


@given(
    attempts=st.integers(1, 10_000),
    age_seconds=st.floats(0, DEAD_AFTER_SECONDS),
    retry_after=st.none() | st.floats(0, allow_infinity=True, allow_nan=False),
)
def test_waits_are_bounded(attempts: int, age_seconds: float, retry_after: float | None) -> None:
    """No wait is shorter than half a second, shorter than asked for, or longer than an hour."""
    wait = wait_seconds(attempts, age_seconds, retry_after)

    assert 0.5 <= wait <= LONGEST_RETRY_AFTER_SECONDS
    assert wait >= min(retry_after or 0, LONGEST_RETRY_AFTER_SECONDS)
    if retry_after is None:
        is_patient = age_seconds > PATIENT_AFTER_SECONDS
        assert wait <= (LONG_WAIT_SECONDS if is_patient else SHORT_WAIT_CEILING_SECONDS)


def test_waits_grow_and_differ() -> None:
    """Each wait's ceiling doubles up to fifteen seconds, and two relays do not meet again."""
    longest = [max(wait_seconds(attempts, 1, None) for _ in range(200)) for attempts in range(1, 7)]

    assert [round(wait) for wait in longest] == [1, 2, 4, 8, 15, 15]
    assert len({wait_seconds(5, 1, None) for _ in range(50)}) > 40
    assert wait_seconds(1, PATIENT_AFTER_SECONDS + 1, None) >= LONG_WAIT_SECONDS / 2
