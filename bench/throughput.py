"""How many jobs a second, at what price, against the worker that document 000 describes.

`python -m bench.throughput [--concurrency 3 50 200] [--rounds 20] [--repeats 1] [--only ours]`

Every variant takes the same jobs from the same Redis, asks the same model (0.5 s an answer), stores
in the same PostgreSQL and tells the same core-api, all on this machine, one variant after another.
Ours does it with the shim, idempotency, journal, guard and outbox. At 200 at a time each variant
has two processes (ours: two services and two shims). The clock runs from the end of a warm-up to
the end of the last job.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import redis

from bench.peer.install import peer_python
from bench.processes import Program, busy_cpu_seconds, started, wait_until
from bench.results import Row, show
from bench.world import LATENCY_SECONDS, SECRET, World, running_world
from tests.chaos.processes import free_ports

OURS = "ai-worker"
PEERS = {"000 as written": "", "000, one httpx client": "1"}
CONCURRENCIES = (3, 50, 200)

# From here on a variant has two processes, one for each core of the smallest machine.
TWO_PROCESSES_FROM = 100

# Measured for so many rounds of the model's latency, after a share of that to warm everything up.
ROUNDS = 20
WARM_UP_SHARE = 0.25

READY_SECONDS = 120
LIMIT_SECONDS = 900
POLL_SECONDS = 0.02
COMPLETED = "bull:ai-jobs:completed"


@dataclass(frozen=True)
class Size:
    """How many jobs, and how many of them at a time."""

    concurrency: int
    jobs: int
    warm_up: int


@dataclass(frozen=True)
class Variant:
    """The programs that take jobs; `start` begins the ones that pop the queue."""

    name: str
    waiting: list[Program]
    start: Callable[[], list[Program]]


@contextmanager
def ours(world: World, url: str, concurrency: int, processes: int) -> Iterator[Variant]:
    """Services that are ready, and shims to be started."""
    pairs = [world.start_ready_service(f"service-{number}", url) for number in range(processes)]
    services = [service for service, _ in pairs]
    running: list[Program] = []

    def start() -> list[Program]:
        running.extend(
            world.start_shim(f"shim-{number}", address, concurrency // processes)
            for number, (_, address) in enumerate(pairs)
        )
        return running

    try:
        yield Variant(OURS, services, start)
    finally:
        for program in (*running, *services):
            program.stop()


@contextmanager
def peer(world: World, name: str, url: str, concurrency: int, processes: int) -> Iterator[Variant]:
    """Workers to be started."""
    running: list[Program] = []

    def start() -> list[Program]:
        running.extend(
            start_peer(world, name, url, concurrency // processes, port)
            for port in free_ports(processes)
        )
        return running

    try:
        yield Variant(name, [], start)
    finally:
        for program in running:
            program.stop()


def start_peer(world: World, name: str, url: str, concurrency: int, port: int) -> Program:
    """One worker."""
    environment = {
        "DATABASE_URL": url,
        "REDIS_URL": world.redis_url,
        "OPENAI_API_KEY": "sk-bench",
        "OPENAI_BASE_URL": f"{world.stand_ins_url}/whole/v1",
        "CORE_API_INTERNAL_URL": world.stand_ins_url,
        "CORE_API_INTERNAL_SECRET": SECRET,
        "CONCURRENCY": str(concurrency),
        "SHARED_CLIENT": PEERS[name],
        "PORT": str(port),
    }
    command = (peer_python(), "-m", "bench.peer.worker")
    return started(f"peer-{port}", command, environment, world.folder)


def measured(world: World, variant: Variant, url: str, size: Size) -> Row:
    """One variant at one concurrency."""
    numbers = list(islice(world.jobs, size.warm_up + size.jobs))
    world.fill(url, numbers[0], numbers[-1] + 1)
    queue = redis.Redis.from_url(world.redis_url)
    queue.flushall()
    world.enqueue(numbers)
    programs = [*variant.waiting, *variant.start()]

    def cpu() -> dict[str, float]:
        info = queue.info("cpu")
        return {
            **{program.name: program.cpu_seconds() for program in programs},
            "postgres": world.postgres.cpu_seconds(),
            "redis": info["used_cpu_user"] + info["used_cpu_sys"],
            "stand-ins": world.stand_ins.cpu_seconds(),
            "all": busy_cpu_seconds(),
        }

    until_completed(world, queue, size.warm_up)
    first, before, started_at = queue.zcard(COMPLETED), cpu(), time.monotonic()
    until_completed(world, queue, len(numbers))
    seconds, after = time.monotonic() - started_at, cpu()
    memory = sum(program.memory_mb() for program in programs)
    done = len(numbers) - first
    took = {name: after[name] - before[name] for name in after}
    overhead = _overhead_ms(world, skipped=first)
    others = took.pop("all") - sum(took.values())
    each_ms = {name: 1000 * value / done for name, value in took.items()}
    own_ms = sum(each_ms[program.name] for program in programs)
    return {
        "variant": variant.name,
        "at a time": size.concurrency,
        "jobs": done,
        "jobs/s": done / seconds,
        "of ideal": done / seconds / (size.concurrency / LATENCY_SECONDS),
        "CPU ms": own_ms,
        "PostgreSQL": each_ms["postgres"],
        "Redis": each_ms["redis"],
        "stand-ins": each_ms["stand-ins"],
        "p50 over ms": statistics.median(overhead),
        "p99 over ms": statistics.quantiles(overhead, n=100)[-1],
        "memory MB": memory,
        "others' cores": others / seconds,
        "each ms": {name: round(value, 2) for name, value in each_ms.items()},
    }


def until_completed(world: World, queue: "redis.Redis", count: int) -> None:
    """Return when so many jobs of the queue are completed.

    Raises:
        RuntimeError: one failed.
        TimeoutError: they take too long.
    """

    def is_so() -> bool:
        if queue.zcard("bull:ai-jobs:failed"):
            reasons = (job.get("failedReason") for job in world.ended_jobs())
            raise RuntimeError(f"a job failed: {next(filter(None, reasons))}")
        time.sleep(POLL_SECONDS)
        return int(queue.zcard(COMPLETED)) >= count

    wait_until(is_so, f"{count} jobs", LIMIT_SECONDS)


def _overhead_ms(world: World, skipped: int) -> list[float]:
    """How much longer than the model each job took, from the queue's own times."""
    jobs = sorted(world.ended_jobs(), key=lambda job: float(str(job["finishedOn"])))[skipped:]
    took = (float(str(job["finishedOn"])) - float(str(job["processedOn"])) for job in jobs)
    return [each - 1000 * LATENCY_SECONDS for each in took]


def run(world: World, sizes: list[Size], only: str | None) -> Iterator[Row]:
    """Every variant at every size, in turn."""
    url = world.create_service_database("ours")
    peer_url = world.create_peer_database("peer")
    for size in sizes:
        processes = 2 if size.concurrency >= TWO_PROCESSES_FROM else 1
        if only != "peer":
            with ours(world, url, size.concurrency, processes) as variant:
                yield measured(world, variant, url, size)
        for name in PEERS if only != "ours" else ():
            with peer(world, name, peer_url, size.concurrency, processes) as variant:
                yield measured(world, variant, peer_url, size)


def told(row: Row) -> Row:
    """The row, after saying how it goes while it goes."""
    place = f"{row['variant']} at {row['at a time']}"
    print(f"{place}: {row['jobs/s']:.1f} jobs/s, {row['each ms']}", flush=True)
    return row


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concurrency", type=int, nargs="+", default=list(CONCURRENCIES))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", choices=("ours", "peer"))
    chosen = parser.parse_args()
    sizes = [
        Size(each, chosen.rounds * each, math.ceil(chosen.rounds * WARM_UP_SHARE) * each)
        for each in chosen.concurrency * chosen.repeats
    ]
    with running_world() as world:
        rows = [told(row) for row in run(world, sizes, chosen.only)]
    show("throughput", rows)


if __name__ == "__main__":
    main()
