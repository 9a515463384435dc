"""Times the review of a whole résumé, 30 bullets reworded, and prints medians over many runs.

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
    times: dict[str, list[float]] = {"first look": [], "again": []}
    for _ in range(RUNS):
        read.cache_clear()
        told.cache_clear()
        for found in times.values():
            start = time.perf_counter()
            review(document, edits)
            found.append(1000 * (time.perf_counter() - start))
    print(f"{len(edits)} edits, {accepted} accepted; import {1000 * _IMPORT_SECONDS:.0f} ms")
    print("| | median ms | 95 % ms |\n|---|---|---|")
    for name, found in times.items():
        slow = statistics.quantiles(found, n=20)[-1]
        print(f"| {name} | {statistics.median(found):.2f} | {slow:.2f} |")


if __name__ == "__main__":
    main()
