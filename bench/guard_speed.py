"""Times the review of a whole résumé, 30 bullets reworded, and prints medians over many runs.

CPU time is what the review itself takes; on a busy machine the time on the clock is longer.

`first look` empties the store of texts read before each run, as for a résumé never seen;
`again` is what a repair round or a second job costs. Run: python bench/guard_speed.py
"""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

_STARTED = time.perf_counter()
from app.guard import review  # noqa: E402  its import is timed
from app.guard.orders import told  # noqa: E402  its import is timed
from app.guard.passages import read  # noqa: E402  its import is timed

_IMPORT_SECONDS = time.perf_counter() - _STARTED

from app.resume.edits import Edit  # noqa: E402  the path comes first
from tests.guard.corpus_files import cases, resume  # noqa: E402  the path comes first

RUNS, BULLETS = 300, 30
MERGED = ("software", "mechanical", "civil", "commerce")


def whole_resume() -> tuple[dict[str, Any], list[Edit]]:
    """Four references in one, and an honest rewording for each of 30 bullets."""
    merged: dict[str, Any] = json.loads(json.dumps(resume(MERGED[0])))
    edits: dict[str, Edit] = {}
    shifts = {"experience": 0, "projects": 0}
    for name in MERGED:
        for case in (case for case in cases("honest") if case.resume == name):
            section, _, place = case.path.partition(".")
            number, _, rest = place.partition(".")
            if section in shifts:
                path = f"{section}.{int(number) + shifts[section]}.{rest}"
                edits.setdefault(path, Edit(path, case.text))
        for section in shifts:
            if name != MERGED[0]:
                merged[section] += resume(name)[section]
            shifts[section] = len(merged[section])
    return merged, list(edits.values())[:BULLETS]


def main() -> None:
    """Prints milliseconds."""
    document, edits = whole_resume()
    accepted = len(review(document, edits).accepted)
    times: dict[str, list[tuple[float, float]]] = {"first look": [], "again": []}
    for _ in range(RUNS):
        read.cache_clear()
        told.cache_clear()
        for found in times.values():
            start, start_cpu = time.perf_counter(), time.process_time()
            review(document, edits)
            taken = time.perf_counter() - start, time.process_time() - start_cpu
            found.append((1000 * taken[0], 1000 * taken[1]))
    print(f"{len(edits)} edits, {accepted} accepted; import {1000 * _IMPORT_SECONDS:.0f} ms")
    print("| | median ms | 95 % ms | median ms of CPU | least |\n|---|---|---|---|---|")
    for name, found in times.items():
        clock, cpu = zip(*found, strict=True)
        slow = statistics.quantiles(clock, n=20)[-1]
        print(
            f"| {name} | {statistics.median(clock):.2f} | {slow:.2f} "
            f"| {statistics.median(cpu):.2f} | {min(cpu):.2f} |"
        )


if __name__ == "__main__":
    main()
