"""Plants 5,000 lies and 1,000 honest variants and prints how many were refused, by kind.

Run: python bench/guard_generated.py [seed]
"""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.guard import review
from tests.guard.corpus_files import resume
from tests.guard.planted import Planted, disguises, lies

LIES, DISGUISES, SEED = 5_000, 1_000, 20261120


def _is_refused(planted: Planted) -> bool:
    return not review(resume(planted.resume), [planted.edit]).accepted


def main() -> None:
    """Prints a table by kind and every verdict that was wrong."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else SEED
    planted: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    wrong: list[Planted] = []
    for one in (*lies(LIES, seed), *disguises(DISGUISES, seed)):
        is_refused = _is_refused(one)
        planted[one.kind] += 1
        refused[one.kind] += is_refused
        if is_refused == (one.kind == "honest"):
            wrong.append(one)
    print("| kind | planted | refused |\n|---|---|---|")
    for kind, count in sorted(planted.items()):
        print(f"| {kind} | {count} | {refused[kind]} |")
    for one in dict.fromkeys(wrong):
        print(one.kind, one.resume, one.edit.path, ascii(one.edit.text))


if __name__ == "__main__":
    main()
