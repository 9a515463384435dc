"""The guard on an examiner's set that its word lists were not made with: keep it unseen.

Run: python bench/guard_unseen.py
"""

import json
from pathlib import Path
from typing import Any

from app.guard import review
from app.resume.edits import Edit

FOLDER = Path(__file__).parent / "unseen"


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _is_refused(row: dict[str, Any]) -> bool:
    resume = json.loads((FOLDER / "resumes" / f"{row['resume']}.json").read_text("utf-8"))
    return not review(resume, [Edit(row["path"], row["text"])]).accepted


def main() -> None:
    """Prints how many of each were refused."""
    print("| unseen, nine fields | refused |")
    print("|---|---|")
    for name in ("fabrications", "honest"):
        rows = _rows(name)
        print(f"| {name} | {sum(map(_is_refused, rows))} of {len(rows)} |")


if __name__ == "__main__":
    main()
