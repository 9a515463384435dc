"""`python -m tests.chaos --jobs 10000 --kills 200 --seed N`: does a job survive anything?

The seed decides the jobs, the faults and who is killed when, counted in jobs that ended. How the
processes' steps fall in between is the machine's and is not repeated.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from tests.chaos.evidence import SERVICES, History, read_history
from tests.chaos.history import recorder
from tests.chaos.postgres import write_down
from tests.chaos.run import run_to_the_end
from tests.chaos.schedule import Trial
from tests.chaos.verdict import SENTENCES
from tests.chaos.world import ROOT, running_world, write_down_queue

# What was killed last is back by then.
READ_SECONDS = 60

# What a shell says of a command that was.
INTERRUPTED = 130

screen = Console(highlight=False, soft_wrap=True)


async def chaos(trial: Trial) -> bool:
    """Run it, tell of it, and give whether every sentence is true."""
    started = time.monotonic()
    trial.history.mkdir(parents=True)
    parts, states = recorder(trial.history, "parts"), recorder(trial.history, "states")

    def tell(line: str) -> None:
        screen.print(f"{time.monotonic() - started:5.0f} s  {line}")

    tell(
        f"starting PostgreSQL, Redis, model, core-api, two services and two shims in {trial.folder}"
    )
    async with running_world(trial, parts) as world:
        await run_to_the_end(trial, world, parts, tell)
        for name in ("postgres", "redis", *SERVICES):
            await world.parts[name].until_ready(READ_SECONDS)
        await world.scraper.scrape()
        await write_down_queue(world, states)
        await write_down(world.database_url, states)
        exits = {part.name: part.exits for part in world.parts.values() if part.exits}
    return _show(read_history(trial), seconds=time.monotonic() - started, exits=exits)


def _show(history: History, *, seconds: float, exits: dict[str, int]) -> bool:
    findings = [sentence(history) for sentence in SENTENCES]
    width = max(len(finding.sentence) for finding in findings)
    screen.print()
    for finding in findings:
        result = "PASS" if finding.is_true else "FAIL"
        screen.print(f"{result}  {finding.sentence:{width}}  {finding.figures}")
    killed = Counter(kill["part"] for kill in history.kills)
    screen.print(f"\n{len(history.kills)} kills: {_counted(killed)}")
    if exits:
        screen.print(f"ended by themselves and were started again: {_counted(exits)}")
    is_passed = all(finding.is_true for finding in findings)
    result = "PASS" if is_passed else "FAIL"
    screen.print(f"{result}: {history.jobs} jobs, seed {history.seed}, {seconds:.0f} s")
    return is_passed


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave history and logs behind")
    given = parser.parse_args()
    if not (ROOT / "shim" / "node_modules").is_dir() or shutil.which("node") is None:
        sys.stderr.write("Node 20 and the shim's packages are needed: cd shim && npm ci\n")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="ai-worker-chaos-"))
    # Ended in whatever way, it stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        is_passed = asyncio.run(chaos(Trial(folder, given.jobs, given.kills, given.seed)))
    except KeyboardInterrupt:
        screen.print("interrupted; everything is stopped")
        return INTERRUPTED
    finally:
        if given.keep:
            screen.print(f"history and logs are in {folder}")
        else:
            shutil.rmtree(folder)
    return 0 if is_passed else 1


if __name__ == "__main__":
    sys.exit(main())
