"""Summaries of students and of cohorts: sentences that the checks were not made with.

Run: python bench/summaries_unseen.py [--each]
"""

import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from app.analytics.prose import Sentence as Told
from app.analytics.prose import refusals
from app.analytics.table import Table, table
from app.jobs.generate_analytics_summary import GenerateAnalyticsSummaryPayload
from app.summarising.facts import Facts, facts_of
from app.summarising.judgement import judged
from app.summarising.sentence import Sentence

FOLDER = Path(__file__).parent / "unseen"
SETS = ("first", "second", "third")

Row = dict[str, Any]
# The codes for which a sentence is refused; none if it is let through.
Codes = tuple[str, ...]


@cache
def _facts(name: str) -> Facts:
    known = json.loads((FOLDER / "students/known" / f"{name}.json").read_text("utf-8"))
    return facts_of(known["name"], known["profile"], known["resume"])


@cache
def _table(name: str) -> Table:
    told = json.loads((FOLDER / "analytics/cohorts" / f"{name}.json").read_text("utf-8"))
    payload = GenerateAnalyticsSummaryPayload.model_validate(told)
    earlier = payload.previous
    before = (earlier.period, earlier.figures) if earlier else None
    return table(payload.period, payload.figures, payload.audience, before)


def _of_student(row: Row) -> Codes:
    sentence = Sentence(row["topic"], row["text"], tuple(row["paths"]))
    return tuple(each.code for each in judged(_facts(row["student"]), [sentence]).refusals)


def _of_cohort(row: Row) -> Codes:
    sentence = Told("sentences.0", row["text"], tuple(row["cells"]))
    return tuple(each.code for each in refusals([sentence], _table(row["cohort"])))


CHECKS: dict[str, Callable[[Row], Codes]] = {"students": _of_student, "analytics": _of_cohort}


def _rows(kind: str, which: str, name: str) -> list[Row]:
    file = FOLDER / kind / which / f"{name}.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def main() -> None:
    """Prints how many lies pass and how many honest sentences do not; `--each` names them."""
    print("| unseen sentences | lies let through | honest refused |")
    print("|---|---|---|")
    for kind, check in CHECKS.items():
        for which in SETS:
            lies, honest = _rows(kind, which, "lies"), _rows(kind, which, "honest")
            passed = [row for row in lies if not check(row)]
            lost = [row for row in honest if check(row)]
            counts = f"{len(passed)} of {len(lies)} | {len(lost)} of {len(honest)}"
            print(f"| {kind}, {which} set | {counts} |")
            if "--each" in sys.argv:
                for row in passed:
                    print("  LIE PASSES:", row["text"])
                for row in lost:
                    print("  REFUSED:", row["text"], sorted(set(check(row))))


if __name__ == "__main__":
    main()
