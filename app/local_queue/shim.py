"""The Node shim of this clone beside the service, ended with whoever started it."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dotenv import dotenv_values

from app.local_queue.absent import LocalQueueAbsent

FOLDER = Path(__file__).parents[2] / "shim"
OLDEST_NODE = (20, 3)

START_TIMEOUT_SECONDS = 30
# Its own drain takes 25 s and 5 more at most.
STOP_TIMEOUT_SECONDS = 35
POLL_SECONDS = 0.05

# What the shim writes when it is up, and what it puts before the reason for which it is not.
STARTED = '{"event":"started"'
REFUSAL = "shim: "


def node() -> str:
    """The program that runs the shim.

    Raises:
        LocalQueueAbsent: Node or the shim's packages are not here.
    """
    program = shutil.which("node")
    if program is None:
        raise LocalQueueAbsent("Node is not on the PATH")
    said = subprocess.run([program, "--version"], capture_output=True, check=False, text=True)  # noqa: S603  Node's own
    numbers = said.stdout.strip().lstrip("v").split(".")
    if tuple(int(number) for number in numbers[:2] if number.isdigit()) < OLDEST_NODE:
        raise LocalQueueAbsent(f"Node 20.3 or newer is needed, this is {said.stdout.strip()}")
    if not (FOLDER / "node_modules" / "bullmq").is_dir():
        raise LocalQueueAbsent("the shim's packages are not installed: make install")
    return program


@contextmanager
def running_shim(
    *, redis_url: str, worker_url: str, secret: str, port: int, log: Path
) -> Iterator[None]:
    """A shim between this Redis and this service, its log in a file.

    It drains and ends with this process, however that ends.

    Raises:
        LocalQueueAbsent: it cannot run here, or does not start.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  arguments are ours
            [node(), "--import", "./ends-with-parent.mjs", "shim.mjs"],
            cwd=FOLDER,
            env=_environment()
            | {
                "REDIS_URL": redis_url,
                "AI_WORKER_URL": worker_url,
                "CORE_API_INTERNAL_SECRET": secret,
                "SHIM_PORT": str(port),
            },
            # Held open by this process alone.
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(process, log)
        yield
    finally:
        try:
            # Closes its stdin, at which it drains.
            process.communicate(timeout=STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _environment() -> dict[str, str]:
    """What the service reads: its environment, and `.env`, in which case does not matter."""
    in_file = {name.upper(): value for name, value in dotenv_values(".env").items() if value}
    # An empty variable hides nothing.
    return in_file | {name: value for name, value in os.environ.items() if value}


def _wait_for(process: subprocess.Popen[bytes], log: Path) -> None:
    """Not by its port, on which somebody else may answer."""
    end = time.monotonic() + START_TIMEOUT_SECONDS
    while process.poll() is None and time.monotonic() < end:
        if STARTED in log.read_text(errors="replace"):
            return
        time.sleep(POLL_SECONDS)
    raise LocalQueueAbsent(f"the shim did not start{_reason_in(log)}; see {log}")


def _reason_in(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return "".join(f": {line[len(REFUSAL) :]}" for line in lines if line.startswith(REFUSAL))
