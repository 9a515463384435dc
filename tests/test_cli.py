import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.cli import grace_seconds
from app.db.migrations import newest_revision
from app.settings import Settings

AI_WORKER = (sys.executable, "-c", "from app.cli import main; main()")
ROOT = Path(__file__).parents[1]
SECRET = "a-secret-of-24-characters"
PRODUCTION = {
    "APP_ENV": "production",
    "CORE_API_INTERNAL_SECRET": SECRET,
    "CORE_API_INTERNAL_URL": "http://127.0.0.1:9",
    "LLM_PROVIDER": "offline",
    "PORT": "0",
}
NOBODY_LISTENS = "postgresql://user:hidden-password@127.0.0.1:1/none"

Start = Callable[..., "subprocess.Popen[str]"]


def _environment(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    # Nothing of the machine's own settings; what measures coverage is told where to.
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "HOME"} or name.startswith("COVERAGE_")
    }
    return {**kept, "PYTHONPATH": str(ROOT), "DATA_DIR": str(folder / "data"), **environment}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `ai-worker` with nothing but these variables; kills what still runs in the end."""
    started: list[subprocess.Popen[str]] = []

    def start_one(command: str, **environment: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(  # noqa: S603  our own program
            [*AI_WORKER, command],
            cwd=tmp_path,
            env=_environment(tmp_path, environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def _refusal(process: "subprocess.Popen[str]") -> str:
    """The one line on stderr of a process that ended with 1."""
    out, err = process.communicate(timeout=40)
    assert process.returncode == 1, out + err
    assert SECRET not in out + err
    assert "hidden" not in out + err
    [line] = err.splitlines()
    assert line.startswith("ai-worker: ")
    return line


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"PORT": "four"}, "PORT Input should be a valid integer"),
        ({**PRODUCTION, "CORE_API_INTERNAL_SECRET": ""}, "CORE_API_INTERNAL_SECRET is empty"),
        ({**PRODUCTION, "CORE_API_INTERNAL_SECRET": "hidden"}, "shorter than 16 characters"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_settings_that_do_not_hold_end_it(
    start: Start, command: str, environment: dict[str, str], reason: str
) -> None:
    """A wrong setting is exit code 1 and one line on stderr."""
    process = start(command, **environment)

    assert reason in _refusal(process)


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_database_that_is_away_ends_it(start: Start, command: str) -> None:
    """An unreachable database is named by its variable, and its address is not shown."""
    process = start(command, PORT="0", DATABASE_URL=NOBODY_LISTENS)

    assert _refusal(process) == "ai-worker: the database (DATABASE_URL) cannot be reached"


def test_production_does_not_migrate_by_itself(start: Start, empty_url: str) -> None:
    """Pending migrations end the start in production and say what to run."""
    process = start("serve", **PRODUCTION, DATABASE_URL=empty_url)

    assert _refusal(process) == "ai-worker: pending migrations: run `ai-worker migrate` first"


def test_migrate_names_the_revision(start: Start, empty_url: str) -> None:
    """`migrate` brings an empty database up, says where it is, and can be repeated."""
    runs = [start("migrate", **PRODUCTION, DATABASE_URL=empty_url) for _ in range(2)]

    told = [run.communicate(timeout=40) for run in runs]

    assert [run.returncode for run in runs] == [0, 0]
    for out, err in told:
        assert out == f"ai-worker: the database is at revision {newest_revision()}\n"
        assert not err


def test_an_address_nobody_can_read_ends_it(start: Start) -> None:
    """A DATABASE_URL that does not parse ends without its text."""
    process = start("migrate", DATABASE_URL="postgresql://user:hidden@host:port/none")

    assert "ai-worker: the migration failed" in _refusal(process)


@pytest.mark.parametrize(("call_seconds", "expected"), [(30, 35), (0.5, 6), (600, 605)])
def test_a_call_is_waited_for_to_its_end(call_seconds: float, expected: int) -> None:
    """A restart grants requests more than a model call may take: none is cut off and paid twice."""
    settings = Settings(_env_file=None, llm_timeout_seconds=call_seconds)

    assert grace_seconds(settings) == expected


def test_a_port_in_use_ends_it(start: Start) -> None:
    """A port that somebody has is named with its variable, before anything else is started."""
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104  as the service itself
        port = taken.getsockname()[1]

        process = start("serve", PORT=str(port))

        assert _refusal(process) == (
            f"ai-worker: port {port} (PORT) cannot be opened: Address already in use"
        )


def test_sigterm_ends_it_cleanly(start: Start, tmp_path: Path) -> None:
    """The port opens at once; SIGTERM is exit code 0, and the embedded PostgreSQL is gone."""
    process = start("serve", PORT="0", CORE_API_INTERNAL_SECRET=SECRET)
    assert process.stdout
    listening = json.loads(process.stdout.readline())
    url = f"http://127.0.0.1:{listening['port']}"
    health = _get(f"{url}/health")
    deadline = time.monotonic() + 60
    while _get(f"{url}/ready").status_code != httpx.codes.OK:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    pid_file = tmp_path / "data" / "postgres" / "postmaster.pid"
    assert pid_file.exists()

    process.send_signal(signal.SIGTERM)

    out, err = process.communicate(timeout=40)
    assert (process.returncode, err) == (0, "")
    assert health.json()["status"] == "ok"
    assert all(json.loads(line)["event"] for line in out.splitlines())
    assert SECRET not in out
    # PostgreSQL removes it as the last thing it does.
    assert not pid_file.exists()


def test_sigterm_during_the_start_is_obeyed(start: Start) -> None:
    """A process that is still loading ends with 0 as well."""
    process = start("serve", PORT="0")
    assert process.stdout
    process.stdout.readline()

    process.send_signal(signal.SIGTERM)

    process.communicate(timeout=60)
    assert process.returncode == 0


def _get(url: str) -> httpx.Response:
    for _ in range(100):
        try:
            return httpx.get(url, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(url)
