"""Where the service's time goes at 50 jobs at a time: `python -m bench.profile`."""

import json
import math
from itertools import islice

import redis

from bench.processes import PYTHON
from bench.results import Row, show
from bench.sampled_service import IDLE
from bench.throughput import WARM_UP_SHARE, until_completed
from bench.world import World, running_world

AT_A_TIME = 50
ROUNDS = 12


def run(world: World) -> list[Row]:
    """Each layer's share of what the main thread did, idling aside."""
    url, file = world.create_service_database("ours"), world.folder / "samples.json"
    command = (*PYTHON, "bench.sampled_service", file)
    queue = redis.Redis.from_url(world.redis_url)
    service, address = world.start_ready_service("service", url, command=command)
    jobs = ROUNDS * AT_A_TIME + math.ceil(ROUNDS * WARM_UP_SHARE) * AT_A_TIME
    numbers = list(islice(world.jobs, jobs))
    world.fill(url, numbers[0], numbers[-1] + 1)
    world.enqueue(numbers)
    shim = world.start_shim("shim", address, AT_A_TIME)
    try:
        until_completed(world, queue, jobs)
    finally:
        shim.stop()
        service.stop()
    counts: dict[str, int] = json.loads(file.read_text())
    busy = sum(counts.values()) - counts.get(IDLE, 0)
    return [
        {"layer": layer, "share of busy samples": f"{count / busy:.0%}", "samples": count}
        for layer, count in sorted(counts.items(), key=lambda each: -each[1])
        if layer != IDLE
    ]


def main() -> None:
    """Print the table."""
    with running_world() as world:
        rows = run(world)
    show("profile", rows)


if __name__ == "__main__":
    main()
