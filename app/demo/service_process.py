"""The service as its own process, started for the demo and ended with it."""

import asyncio
import os
import secrets
import socket
import sysconfig
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import httpx
from pydantic import SecretStr

from app.demo.failure import DemoFailed
from app.lifecycle import OK
from app.settings import Settings

AI_WORKER = Path(sysconfig.get_path("scripts")) / "ai-worker"

# A slow machine's first start: creating a database cluster and compiling LiteLLM.
START_TIMEOUT_SECONDS = 180
POLL_SECONDS = 0.1

# The service itself gives its last requests 20 s and its last callbacks 12 s.
STOP_TIMEOUT_SECONDS = 40

# What the service prints before the reason for which it refuses to run.
REFUSAL = "ai-worker: "

Tell = Callable[[str], None]


@asynccontextmanager
async def running_service(
    settings: Settings, *, core_api_url: str, folder: Path, log: Path, tell: Tell
) -> AsyncIterator[httpx.AsyncClient]:
    """A ready service with an embedded database under `folder`, and a client that may call it.

    `tell` is given a line for everything the start still waits for.

    Raises:
        DemoFailed: it ended, or was not ready in time.
    """
    port, secret = free_port(), secrets.token_hex(16)
    own = {
        "APP_ENV": "development",
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "CORE_API_INTERNAL_URL": core_api_url,
        "CORE_API_INTERNAL_SECRET": secret,
        "INTERNAL_SECRETS": secret,
    }
    process = await _start(_environment(settings) | own, folder, log)
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"x-internal-secret": secret},
            timeout=settings.run_deadline_seconds + STOP_TIMEOUT_SECONDS,
            trust_env=False,
        ) as client:
            await until_ready(client, process, log, tell)
            yield client
    finally:
        await stop(process)


async def _start(
    environment: dict[str, str], folder: Path, log: Path
) -> asyncio.subprocess.Process:
    with _opened(log, folder) as output:
        return await asyncio.create_subprocess_exec(
            AI_WORKER,
            "serve",
            env=environment,
            # Not where a `.env` may lie: its DATABASE_URL is not the demo's to write to.
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )


def _opened(log: Path, folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return log.open("wb")


async def until_ready(
    client: httpx.AsyncClient,
    process: asyncio.subprocess.Process,
    log: Path,
    tell: Tell,
    *,
    timeout_seconds: float = START_TIMEOUT_SECONDS,
) -> None:
    """Wait for `/ready`, telling what is missing meanwhile.

    Raises:
        DemoFailed: the process ended, or the time is over.
    """
    tell("the port")
    try:
        async with asyncio.timeout(timeout_seconds):
            while process.returncode is None:
                with suppress(httpx.TransportError):
                    answer = await client.get("/ready")
                    if answer.is_success:
                        return
                    tell(missing_in(answer.json()["checks"]))
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise DemoFailed(f"The service was not ready within {timeout_seconds:g} s.") from None
    raise DemoFailed(f"The service did not start: {reason_in(log)}.")


async def stop(
    process: asyncio.subprocess.Process, *, timeout_seconds: float = STOP_TIMEOUT_SECONDS
) -> None:
    """Ask the process to end, and insist when it does not."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), timeout_seconds)
    except TimeoutError:
        process.kill()
        await process.wait()


def missing_in(checks: dict[str, str]) -> str:
    """What `/ready` says is not there yet, in one line."""
    waiting = [
        f"{name} ({state})"
        for name, state in checks.items()
        if name != "outbox" and state.partition(":")[0] != OK
    ]
    return ", ".join(waiting) or "the last checks"


def reason_in(log: Path) -> str:
    """The line with which the service refused, or what there is to know without one."""
    lines = log.read_text(errors="replace").splitlines()
    reasons = [line.removeprefix(REFUSAL) for line in lines if line.startswith(REFUSAL)]
    return reasons[-1] if reasons else "it ended without a reason"


def _environment(settings: Settings) -> dict[str, str]:
    """This process's environment for the service, with what `.env` adds and without a database."""
    given = {
        name.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name in settings.model_fields_set
        if (value := getattr(settings, name)) is not None
    }
    # Handed on, not read: proxies and certificate stores are for the libraries below.
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in given}
    merged = inherited | given
    merged.pop("DATABASE_URL", None)
    return merged


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
