"""Programs that a bench starts and ends, and what they take of the machine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parents[1]
NODE = ("node",)
PYTHON = (sys.executable, "-m")
AI_WORKER = (str(Path(sys.executable).with_name("ai-worker")),)

START_SECONDS = 120
STOP_SECONDS = 30
POLL_SECONDS = 0.01

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Program:
    """A running program with all its processes."""

    name: str
    process: "subprocess.Popen[bytes]"

    def cpu_seconds(self) -> float:
        """What its processes took of the processors so far, ended children among them."""
        root = psutil.Process(self.process.pid)
        own = root.cpu_times()
        total: float = own.user + own.system + own.children_user + own.children_system
        for child in root.children(recursive=True):
            try:
                times = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total

    def memory_mb(self) -> float:
        """Its resident memory; what processes share is counted for each of them in part."""
        root = psutil.Process(self.process.pid)
        processes = [root, *root.children(recursive=True)]
        # Not every system tells the proportional share.
        kinds = [process.memory_full_info() for process in processes]
        return float(sum(getattr(kind, "pss", kind.rss) for kind in kinds)) / MEGABYTE

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def started(
    name: str,
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    folder: Path,
    *,
    user: str | None = None,
) -> Program:
    """The program, running in `folder`; what it says goes to `<name>.log` there."""
    folder.mkdir(parents=True, exist_ok=True)
    inherited = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  a bench's own command
            [str(part) for part in command],
            env={**inherited, **environment},
            cwd=folder,
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Program(name, process)


def wait_until(is_so: Callable[[], bool], what: str, timeout_seconds: float) -> None:
    """Return when it is.

    Raises:
        TimeoutError: it was not in time.
    """
    end = time.monotonic() + timeout_seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(POLL_SECONDS)


def answers_ok(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        return httpx.get(url, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def busy_cpu_seconds() -> float:
    """What all processes of the machine took of its processors since it started."""
    times = psutil.cpu_times()
    idle: float = times.idle + getattr(times, "iowait", 0)
    # A guest's time is in user's already.
    return (
        float(sum(times)) - idle - sum(getattr(times, each, 0) for each in ("guest", "guest_nice"))
    )
