"""The guard on texts that its word lists were not made with: keep them unseen.

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


def _refused(rows: list[dict[str, Any]]) -> str:
    return f"{sum(map(_is_refused, rows))} of {len(rows)}"


def main() -> None:
    """Prints how many of each were refused."""
    print("| unseen, twenty-one résumés | refused |")
    print("|---|---|")
    fabrications, honest = _rows("fabrications"), _rows("honest")
    print(f"| fabrications | {_refused(fabrications)} |")
    print(f"| honest | {_refused(honest)} |")
    for strength in ("light", "medium", "strong"):
        rows = [row for row in honest if row["strength"] == strength]
        print(f"| honest, {strength} | {_refused(rows)} |")


if __name__ == "__main__":
    main()
