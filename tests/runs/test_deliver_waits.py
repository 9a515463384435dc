from hypothesis import given
from hypothesis import strategies as st

from app.retry_after import LONGEST_SECONDS
from app.runs.deliver import (
    DEAD_AFTER_SECONDS,
    LONG_WAIT_SECONDS,
    PATIENT_AFTER_SECONDS,
    SHORT_WAIT_CEILING_SECONDS,
    wait_seconds,
)

SECRET = "secret-of-the-tests"
URL = "http://core-api.example"
PATH = "/internal/ai-jobs/complete"


@given(
    attempts=st.integers(1, 10_000),
    age_seconds=st.floats(0, DEAD_AFTER_SECONDS),
    retry_after=st.none() | st.floats(1, LONGEST_SECONDS),
)
def test_waits_are_bounded(attempts: int, age_seconds: float, retry_after: float | None) -> None:
    """No wait is shorter than half a second, shorter than asked for, or longer than an hour."""
    wait = wait_seconds(attempts, age_seconds, retry_after)

    assert 0.5 <= wait <= LONGEST_SECONDS
    assert wait >= (retry_after or 0)
    if retry_after is None:
        is_patient = age_seconds > PATIENT_AFTER_SECONDS
        assert wait <= (LONG_WAIT_SECONDS if is_patient else SHORT_WAIT_CEILING_SECONDS)


def test_waits_grow_and_differ() -> None:
    """Each wait's ceiling doubles up to fifteen seconds, and two relays do not meet again."""
    longest = [max(wait_seconds(attempts, 1, None) for _ in range(200)) for attempts in range(1, 7)]

    assert [round(wait) for wait in longest] == [1, 2, 4, 8, 15, 15]
    assert len({wait_seconds(5, 1, None) for _ in range(50)}) > 40
    assert wait_seconds(1, PATIENT_AFTER_SECONDS + 1, None) >= LONG_WAIT_SECONDS / 2
