"""The service as an operator runs it: a process of its own, killed and asked from outside."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

SECRET = "canary-secret-of-the-tests"
KEY = "sk-canary-key-of-the-tests"

# A busy machine needs several times the seconds a quiet one does for importing LiteLLM.
START_LIMIT_SECONDS = 90


class ServiceProcess:
    """`ai-worker serve` on a free port, in an empty folder; keyword arguments are its environment.

    `log` is what it wrote to stdout and stderr, `started` the monotonic time of its start.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self._folder = folder
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PORT": str(self.port),
            "LOG_LEVEL": "DEBUG",
            "CORE_API_INTERNAL_SECRET": SECRET,
            **environment,
        }

    async def __aenter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.started = time.monotonic()
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603  takes a millisecond; ours
                [Path(sys.executable).with_name("ai-worker"), "serve"],
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"x-internal-secret": SECRET},
            timeout=60,
        )
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.client.aclose()
        self.terminate()
        try:
            await asyncio.to_thread(self._process.wait, 30)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def log(self) -> str:
        """Everything it has said so far."""
        return (self._folder / "log").read_text("utf-8")

    async def answers(self, path: str, status: int = 200) -> httpx.Response:
        """The first answer with this status; fails when the process ends or takes too long."""
        async with asyncio.timeout(START_LIMIT_SECONDS):
            while True:
                assert self._process.poll() is None, self.log
                try:
                    answer = await self.client.get(path)
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
                    continue
                if answer.status_code == status:
                    return answer
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        """What the kernel does when memory is short: no goodbye."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def terminate(self) -> None:
        """What an orchestrator does to end it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    async def exit_code(self) -> int:
        """How it ended."""
        return await asyncio.to_thread(self._process.wait, 40)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
