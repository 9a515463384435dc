"""The demo's queue: a Redis, the shim, and a producer that puts one job on it as core-api does."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.demo.caller import Delivery
from app.demo.failure import DemoFailed
from app.demo.service_process import free_port
from app.local_queue.redis import running_redis
from app.local_queue.shim import FOLDER, node, running_shim
from app.runs.job import AnyJob

QUEUE = "ai-jobs"


@dataclass(frozen=True)
class Queue:
    """Where the producer puts a job, and the port on which the shim tells of itself."""

    redis_url: str
    shim_port: int


@contextmanager
def running_queue(folder: Path, *, worker_url: str, secret: str) -> Iterator[Queue]:
    """A Redis and the shim on free ports, their data and logs under `folder`.

    Raises:
        LocalQueueAbsent: one of them cannot run on this machine.
    """
    node()
    shim_port = free_port()
    with (
        running_redis(folder / "redis", free_port()) as redis_url,
        running_shim(
            redis_url=redis_url,
            worker_url=worker_url,
            secret=secret,
            port=shim_port,
            log=folder / "shim.log",
        ),
    ):
        yield Queue(redis_url, shim_port)


class Queued:
    """A job on the queue; `delivery` is the one the shim makes of it."""

    def __init__(self, process: asyncio.subprocess.Process, delivery: Delivery) -> None:
        self._process = process
        self.delivery = delivery

    async def result_id(self) -> str:
        """The id that the shim gave the job as its return value.

        Raises:
            DemoFailed: the job failed.
        """
        end = await _line(self._process)
        if "resultId" not in end:
            raise DemoFailed(f"The job was not done: {end.get('failed', 'its producer ended')}")
        return str(end["resultId"])


@asynccontextmanager
async def enqueued(queue: Queue, job: AnyJob) -> AsyncIterator[Queued]:
    """The job, put on the queue by a producer that waits for its end.

    Raises:
        DemoFailed: the producer did not get rid of it.
    """
    process = await asyncio.create_subprocess_exec(
        *(node(), "enqueue.mjs", job.name, json.dumps(dict(job.example))),
        cwd=FOLDER,
        env=os.environ | {"REDIS_URL": queue.redis_url},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        put = await _line(process)
        if "jobId" not in put:
            raise DemoFailed("The job could not be put on the queue.")
        key = f"{QUEUE}:{put['jobId']}:{put['timestamp']}"
        yield Queued(process, Delivery(job, key))
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _line(process: asyncio.subprocess.Process) -> dict[str, object]:
    """The next thing the producer says; empty when it has ended."""
    if process.stdout is None:
        return {}
    said = await process.stdout.readline()
    told: dict[str, object] = json.loads(said) if said else {}
    return told
