import asyncio
import signal
import sys
from pathlib import Path

import httpx
import pytest
from pytest_httpx import HTTPXMock

from app.demo.failure import DemoFailed
from app.demo.service_process import missing_in, reason_in, stop, until_ready

# Says when its handler stands; before that SIGTERM would end it.
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('.', flush=True)"


async def python(code: str) -> asyncio.subprocess.Process:
    """A process that runs the code and then sleeps."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"{code}; time.sleep(60)", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    return process


async def test_a_service_that_is_never_ready_is_given_up(
    httpx_mock: HTTPXMock, tmp_path: Path
) -> None:
    """After its time, a start ends in a sentence; what was missing has been told."""
    checks = {"database": "starting", "provider": "ok: offline editor", "outbox": "unknown"}
    httpx_mock.add_response(status_code=503, json={"checks": checks}, is_reusable=True)
    process = await python("import time; print('.', flush=True)")
    told: list[str] = []

    async with httpx.AsyncClient(base_url="http://service") as client:
        with pytest.raises(DemoFailed, match=r"not ready within 0\.3 s"):
            await until_ready(client, process, tmp_path / "log", told.append, timeout_seconds=0.3)
    await stop(process)

    assert set(told) == {"the port", "database (starting)"}


async def test_a_process_that_ignores_the_request_to_end_is_ended() -> None:
    """SIGTERM is followed by SIGKILL when nothing happens."""
    process = await python(STUBBORN)

    await stop(process, timeout_seconds=0.2)

    assert process.returncode == -signal.SIGKILL


async def test_a_process_that_has_ended_is_no_error() -> None:
    """Stopping what is over already does nothing."""
    process = await python("import time; print('.', flush=True)")
    process.kill()
    await process.wait()

    await stop(process)

    assert process.returncode == -signal.SIGKILL


def test_the_last_refusal_in_the_log_is_the_reason(tmp_path: Path) -> None:
    """Out of a log full of JSON, the service's own line is found."""
    log = tmp_path / "log"
    log.write_text('{"event": "x"}\nai-worker: the database cannot be reached\n{"event": "y"}\n')

    assert reason_in(log) == "the database cannot be reached"


def test_a_log_without_a_refusal_is_said_to_have_none(tmp_path: Path) -> None:
    """A process that was killed leaves no reason, and none is made up."""
    log = tmp_path / "log"
    log.write_text("Killed\n")

    assert reason_in(log) == "it ended without a reason"


def test_when_nothing_is_missing_the_last_checks_are() -> None:
    """A service about to be ready still has something to wait for."""
    assert missing_in({"database": "ok", "outbox": "unknown"}) == "the last checks"
