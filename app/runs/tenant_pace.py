"""How many runs somebody may start within a minute, counted by all replicas together in Redis.

Without Redis, or while it is away, each process counts for itself: a limit that is too generous by
the number of replicas fails no job.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

from app.logs import log

T = TypeVar("T")

# Redis answers in under a millisecond; a job does not wait longer for a count.
REDIS_TIMEOUT_SECONDS = 0.5

# How long Redis is left alone after it failed, so that few jobs wait for one that hangs.
ALONE_SECONDS = 10

KEY_PREFIX = "ai-worker"
NAMESPACE = "runs"

# A window that ends this instant still asks for a pause.
SHORTEST_WAIT_SECONDS = 1

# Thousands of refused jobs that came back in the same second would hold every other tenant up.
SPREAD_SECONDS = 60


class TenantPace:
    """Counts the runs that tenants start, or their students; a minute begins with the first run.

    `namespace` keeps the counts of one limit apart from another's.
    """

    def __init__(
        self,
        runs_per_minute: int,
        redis_url: str | None,
        *,
        alone_seconds: float = ALONE_SECONDS,
        namespace: str = NAMESPACE,
    ) -> None:
        self._limit: RateLimitItem = RateLimitItemPerMinute(runs_per_minute, namespace=namespace)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._redis = _redis_storage(redis_url) if redis_url else None
        self._shared = FixedWindowRateLimiter(self._redis) if self._redis else None
        self._alone_seconds = alone_seconds
        self._alone_until = 0.0

    async def count(self, *whose: str) -> float | None:
        """Count a run; when it is one too many the seconds to wait, up to two minutes."""
        return await self._somewhere(lambda limiter: self._count(limiter, whose))

    async def take_back(self, *whose: str) -> None:
        """Uncount a run that was none."""
        key, seconds = self._limit.key_for(*whose), self._limit.get_expiry()
        await self._somewhere(lambda limiter: limiter.storage.incr(key, seconds, amount=-1))

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._redis:
            # The library closes nothing itself and has no type for the client of its bridge.
            bridge: Any = self._redis.bridge
            await bridge.get_connection().aclose()

    async def _count(self, limiter: FixedWindowRateLimiter, whose: tuple[str, ...]) -> float | None:
        if await limiter.hit(self._limit, *whose):
            return None
        window = await limiter.get_window_stats(self._limit, *whose)
        # The library's own clock: it made a moment of the seconds that Redis gave.
        left_seconds = max(window.reset_time - time.time(), SHORTEST_WAIT_SECONDS)
        return left_seconds + random.uniform(0, SPREAD_SECONDS)  # noqa: S311  no secret

    async def _somewhere(self, act: Callable[[FixedWindowRateLimiter], Awaitable[T]]) -> T:
        """Act where all replicas count, or else where this one does."""
        if self._shared and time.monotonic() >= self._alone_until:
            try:
                async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                    counted = await act(self._shared)
            except Exception as error:  # noqa: BLE001  whatever is wrong with Redis, jobs go on
                if not self._alone_until:
                    log.warning("tenant_limits_without_redis", error=error)
                self._alone_until = time.monotonic() + self._alone_seconds
            else:
                self._alone_until = 0.0
                return counted
        return await act(self._own)


def _redis_storage(url: str) -> RedisStorage:
    return RedisStorage(url, implementation="redispy", key_prefix=KEY_PREFIX)
