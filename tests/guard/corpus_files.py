"""The corpus: résumés in many fields, fabrications and honest rewordings of them."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "corpus"


class Case(NamedTuple):
    """One edit; `expected` is the class of a fabrication, empty for an honest rewording."""

    resume: str
    path: str
    text: str
    expected: str


@cache
def resume(name: str) -> dict[str, Any]:
    """One of the reference résumés."""
    found: dict[str, Any] = json.loads((FOLDER / "resumes" / f"{name}.json").read_text("utf-8"))
    return found


def fields() -> list[str]:
    """Every field of study there is a résumé for."""
    return sorted(path.stem for path in (FOLDER / "resumes").glob("*.json"))


@cache
def cases(name: str) -> tuple[Case, ...]:
    """The cases of `fabrications` or `honest`."""
    lines = (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return tuple(
        Case(row["resume"], row["path"], row["text"], row.get("class", "")) for row in rows
    )
