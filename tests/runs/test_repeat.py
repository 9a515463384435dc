import asyncio
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from app.runs.repeat import attempt, repeat
from tests.runs.toy_job import until


async def test_a_failed_round_is_logged_and_the_next_one_comes() -> None:
    """A database that is away for a moment ends no background work."""
    rounds = 0

    async def fail_first() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise OSError("a row's values")

    with capture_logs() as logs:
        task = asyncio.create_task(repeat("sweeper", fail_first, every_seconds=0.001))
        await until(lambda: rounds >= 3)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    (line,) = logs
    assert (line["event"], line["work"], type(line["error"])) == (
        "background_failed",
        "sweeper",
        OSError,
    )


async def test_cancelling_is_no_failure() -> None:
    """Work that is cancelled ends; it is not logged and repeated."""

    async def be_cancelled() -> None:
        raise asyncio.CancelledError

    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await attempt("relay", be_cancelled)

    assert logs == []
