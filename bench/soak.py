"""Whether memory grows: `python -m bench.soak [--jobs 20000]`, through the queue, 50 at a time.

The memory of the service and of the shim is read after every 1,000 jobs; the slope is a straight
line through the readings after the warm-up, in MB for 1,000 jobs.
"""

import argparse
import statistics
from itertools import islice

import redis

from bench.processes import Program
from bench.results import Row, show
from bench.throughput import ours, until_completed
from bench.world import World, running_world

JOBS = 20_000
STEP = 1_000
AT_A_TIME = 50
# Pools, caches and the first collections have found their size by then.
WARM_UP_STEPS = 5


def slope(readings: list[float]) -> float:
    """MB for each further step."""
    return statistics.linear_regression(range(len(readings)), readings).slope


def run(world: World, jobs: int) -> list[Row]:
    """A row for each program."""
    url = world.create_service_database("ours")
    queue = redis.Redis.from_url(world.redis_url)
    readings: dict[str, list[float]] = {}
    with ours(world, url, AT_A_TIME, processes=1) as variant:
        programs: list[Program] = []
        for step in range(jobs // STEP):
            # In portions, so that Redis and PostgreSQL do not hold all of them before they begin.
            numbers = list(islice(world.jobs, STEP))
            world.fill(url, numbers[0], numbers[-1] + 1)
            world.enqueue(numbers)
            programs = programs or [*variant.waiting, *variant.start()]
            until_completed(world, queue, (step + 1) * STEP)
            for program in programs:
                readings.setdefault(program.name, []).append(program.memory_mb())
            told = ", ".join(f"{name} {each[-1]:.0f} MB" for name, each in readings.items())
            print(f"{(step + 1) * STEP:,} jobs: {told}", flush=True)
    return [
        {
            "program": name,
            "jobs": jobs,
            "MB after 1,000": each[0],
            "MB after warm-up": each[WARM_UP_STEPS - 1],
            "MB at the end": each[-1],
            "MB per 1,000 jobs": slope(each[WARM_UP_STEPS - 1 :]),
            "readings": dict(enumerate(each, start=1)),
        }
        for name, each in readings.items()
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=JOBS)
    chosen = parser.parse_args()
    with running_world() as world:
        rows = run(world, chosen.jobs)
    show("soak", rows)


if __name__ == "__main__":
    main()
