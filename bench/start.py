"""How soon a service answers, and its memory when idle: `python -m bench.start [--times 5]`.

From the start of the process to the first 200 of `/health` and of `/ready`, against a database that
has our schema already; then its memory after a pause. Document 000's worker, with its imports, its
pool and its health endpoint, beside it.
"""

import argparse
import statistics
import time
from collections.abc import Callable

from bench.peer.install import peer_python
from bench.processes import START_SECONDS, Program, answers_ok, wait_until
from bench.results import Row, show
from bench.throughput import OURS, PEERS, start_peer
from bench.world import World, running_world
from tests.chaos.processes import free_ports

IDLE_SECONDS = 3


def seconds_until(url: str, since: float) -> float:
    """How long after `since` it is answered with 200."""
    wait_until(lambda: answers_ok(url), url, START_SECONDS)
    return time.monotonic() - since


def once(start: Callable[[], tuple[Program, str]], *, has_ready: bool) -> dict[str, float]:
    """One start and end."""
    since = time.monotonic()
    program, address = start()
    try:
        health = seconds_until(f"{address}/health", since)
        ready = seconds_until(f"{address}/ready", since) if has_ready else health
        cpu = program.cpu_seconds()
        time.sleep(IDLE_SECONDS)
        return {"health": health, "ready": ready, "cpu": cpu, "memory": program.memory_mb()}
    finally:
        program.stop()


def run(world: World, times: int) -> list[Row]:
    """Medians of several starts, taking turns."""
    url, peer_url = world.create_service_database("ours"), world.create_peer_database("peer")
    peer = next(iter(PEERS))
    peer_python()

    def start_ours() -> tuple[Program, str]:
        return world.start_service("service", url)

    def start_other() -> tuple[Program, str]:
        (port,) = free_ports(1)
        return start_peer(world, peer, peer_url, 3, port), f"http://127.0.0.1:{port}"

    found: dict[str, list[dict[str, float]]] = {OURS: [], peer: []}
    for _ in range(times):
        found[OURS].append(once(start_ours, has_ready=True))
        found[peer].append(once(start_other, has_ready=False))
    return [
        {
            "variant": name,
            "starts": times,
            "/health s": statistics.median(each["health"] for each in measured),
            "/ready s": statistics.median(each["ready"] for each in measured),
            "CPU s": statistics.median(each["cpu"] for each in measured),
            "idle memory MB": statistics.median(each["memory"] for each in measured),
        }
        for name, measured in found.items()
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    chosen = parser.parse_args()
    with running_world() as world:
        rows = run(world, chosen.times)
    show("start", rows)


if __name__ == "__main__":
    main()
