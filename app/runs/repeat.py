"""Background work that goes on for as long as the process does."""

import asyncio
from collections.abc import Awaitable, Callable

from app.logs import log


async def repeat(
    name: str, action: Callable[[], Awaitable[object]], *, every_seconds: float
) -> None:
    """Wait, act, and again until cancelled; a failed round is logged and the next one comes."""
    while True:
        await asyncio.sleep(every_seconds)
        await attempt(name, action)


async def attempt(name: str, action: Callable[[], Awaitable[object]]) -> None:
    """Act once; a failure is logged as `background_failed` with its name."""
    try:
        await action()
    except Exception as error:  # noqa: BLE001  a database that is away must not end the heartbeat
        log.error("background_failed", work=name, error=error)
