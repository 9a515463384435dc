"""Processes that are killed and come back, as an orchestrator brings them back."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom

import httpx

from tests.chaos.history import Write

# Below what Linux and macOS give to outgoing connections, one of which could otherwise take the
# port of a process that is down.
PORTS = range(21_000, 31_000)

PROBE_SECONDS = 0.1
PROBE_TIMEOUT_SECONDS = 2

# What ended by itself is started again, as by any orchestrator.
RESTART_SECONDS = 0.5


@dataclass
class Part:
    """A part of the system. `is_up` probes it, `user` is who it runs as where not as we do."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    folder: Path
    is_up: Callable[[], Awaitable[bool]]
    user: str | None = None
    is_ready: bool = field(default=False, init=False)
    exits: int = field(default=0, init=False)
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _down_seconds: float | None = field(default=None, init=False)

    async def keep_running(self, write: Write) -> None:
        """Start it, and again whenever it ended, until cancelled; then kill it."""
        try:
            while True:
                await self._run_once(write)
        finally:
            self._kill_all()
            if self._process:
                await self._process.wait()

    async def until_ready(self, timeout_seconds: float) -> None:
        """Wait for it.

        Raises:
            TimeoutError: it is not ready in time.
        """
        async with asyncio.timeout(timeout_seconds):
            while not self.is_ready:  # noqa: ASYNC110  a probe's answer is polled, too
                await asyncio.sleep(PROBE_SECONDS)

    def kill(self, down_seconds: float) -> None:
        """What the kernel does when memory is short; it is started again after `down_seconds`."""
        self.is_ready = False
        self._down_seconds = down_seconds
        self._kill_all()

    async def _run_once(self, write: Write) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                env=self.environment,
                cwd=self.folder,
                user=self.user,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                # Ctrl-C in a terminal is ours to deal with.
                start_new_session=True,
            )
        write("started", part=self.name)
        probing = asyncio.create_task(self._probe(write))
        code = await self._process.wait()
        probing.cancel()
        self.is_ready = False
        down_seconds, self._down_seconds = self._down_seconds, None
        if down_seconds is None:
            self.exits += 1
            write("ended_by_itself", part=self.name, code=code)
        await asyncio.sleep(RESTART_SECONDS if down_seconds is None else down_seconds)

    async def _probe(self, write: Write) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
                    if await self.is_up():
                        break
            await asyncio.sleep(PROBE_SECONDS)
        self.is_ready = True
        write("ready", part=self.name)

    def _kill_all(self) -> None:
        """The process and its children, before either can mind the other's end."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGSTOP)
        # PostgreSQL's children lead groups of their own.
        for pid in (*_children(self._process.pid), self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    listed = subprocess.run(  # noqa: S603  a number of ours
        ["pgrep", "-P", str(pid)],  # noqa: S607  wherever the system keeps it
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(line) for line in listed.stdout.split()]


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, and no connection will be given."""
    found: list[int] = []
    for port in SystemRandom().sample(PORTS, 100 * count):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise OSError("no free ports")


async def accepts_connections(port: int) -> bool:
    """Whether somebody listens."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return True


async def answers_ok(client: httpx.AsyncClient, url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
