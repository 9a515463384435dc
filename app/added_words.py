"""Where an operator's additions to the guard's word lists are; set before the guard is imported.

Why not read from the environment there: the guard is pure, and its lists are read once, at import.
"""

from pathlib import Path

folder: Path | None = None


def added_lines(name: str) -> list[str]:
    """What the operator adds to one list; nothing where there is no such file."""
    file = folder / name if folder else None
    return file.read_text(encoding="utf-8").splitlines() if file and file.is_file() else []
