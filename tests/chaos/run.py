"""A run: jobs are put on the queue, parts are killed as scheduled, and the end is waited for."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import redis.asyncio
from redis.exceptions import RedisError

from tests.chaos.history import Write
from tests.chaos.postgres import undelivered
from tests.chaos.schedule import Kill, Trial
from tests.chaos.verdict import LIMIT_SECONDS
from tests.chaos.world import World, start_producer

Tell = Callable[[str], None]

LOOK_SECONDS = 0.2
TELL_SECONDS = 5.0

# A part that stays down must not stop the run: then it is killed before it was back.
READY_PATIENCE_SECONDS = 30.0

# At once, whatever the seed says: a machine goes down rarely, two hardly ever.
MOST_DOWN = 2
BETWEEN_KILLS_SECONDS = 0.5

# Without one more job ended: whatever is wrong, waiting longer does not mend it.
STUCK_SECONDS = LIMIT_SECONDS + 60


class Progress:
    """How many jobs have ended, asked of Redis for as long as it answers."""

    def __init__(self, port: int, jobs: int) -> None:
        self.ended = 0
        self.kills = 0
        self.moved_at = time.monotonic()
        self._jobs = jobs
        self._redis = redis.asyncio.Redis(port=port, socket_timeout=1)

    def has_reached(self, share: float) -> Callable[[], bool]:
        """Asks whether this share of all jobs has ended, 0 to 1."""
        return lambda: self.ended >= share * self._jobs

    @property
    def is_stuck(self) -> bool:
        """Whether no job has ended for too long."""
        return time.monotonic() - self.moved_at > STUCK_SECONDS

    async def look(self) -> None:
        """Count again."""
        with suppress(RedisError, OSError):
            states = ("completed", "failed")
            counts = [await self._redis.zcard(f"bull:ai-jobs:{state}") for state in states]
            if sum(counts) > self.ended:
                self.ended, self.moved_at = sum(counts), time.monotonic()

    async def keep_looking(self) -> None:
        """Count until cancelled."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await self._redis.aclose()


async def run_to_the_end(trial: Trial, world: World, write: Write, tell: Tell) -> None:
    """Return when every job and callback is over, or when waiting has become pointless."""
    progress = Progress(world.redis_port, trial.jobs)
    producer = await start_producer(trial, world)
    looking = asyncio.create_task(progress.keep_looking())
    telling = asyncio.create_task(_keep_telling(trial, world, progress, tell))
    try:
        for number, kill in enumerate(trial.schedule(), start=1):
            await _until(progress.has_reached(kill.at_share), progress)
            if progress.is_stuck:
                break
            await _strike(world, kill, number, write)
            progress.kills = number
            await asyncio.sleep(BETWEEN_KILLS_SECONDS)
        tell(f"{progress.kills} of {trial.kills} kills done; waiting for the last jobs")
        await _until(lambda: progress.ended >= trial.jobs, progress)
        tell(f"{progress.ended} of {trial.jobs} jobs over; waiting for the last callbacks")
        await _all_told(world)
    finally:
        looking.cancel()
        telling.cancel()
        if producer.returncode is None:
            producer.kill()
            await producer.wait()


async def _strike(world: World, kill: Kill, number: int, write: Write) -> None:
    part = world.parts[kill.part]
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_PATIENCE_SECONDS):
            while not part.is_ready or len(_down(world)) >= MOST_DOWN:  # noqa: ASYNC110  polled
                await asyncio.sleep(LOOK_SECONDS)
    requests = dict(world.balancer.in_flight)
    part.kill(kill.down_seconds)
    write(
        "killed",
        kill=number,
        part=kill.part,
        down_seconds=kill.down_seconds,
        is_around_only=kill.is_around_only,
        requests_in_flight=requests,
    )


async def _until(is_so: Callable[[], bool], progress: Progress) -> None:
    while not is_so() and not progress.is_stuck:  # noqa: ASYNC110  polled
        await asyncio.sleep(LOOK_SECONDS)


async def _all_told(world: World) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LIMIT_SECONDS):
            while await undelivered(world.database_url):  # noqa: ASYNC110  polled
                await asyncio.sleep(LOOK_SECONDS)


async def _keep_telling(trial: Trial, world: World, progress: Progress, tell: Tell) -> None:
    while True:
        await asyncio.sleep(TELL_SECONDS)
        down = ", ".join(_down(world))
        tell(
            f"{progress.ended} of {trial.jobs} jobs over, {progress.kills} of {trial.kills} kills"
            + (f"; down: {down}" if down else "")
        )


def _down(world: World) -> list[str]:
    return [part.name for part in world.parts.values() if not part.is_ready]
