"""What happened, as lines of JSON in a folder: one file for each writer, one line for each event.

A line is handed to the kernel before what it tells of goes on, so a `kill -9` loses none.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

Line: TypeAlias = dict[str, Any]
Write: TypeAlias = Callable[..., None]


def recorder(folder: Path, name: str) -> Write:
    """A function that appends an event to the history, with the seconds since 1970 as `at`."""
    descriptor = os.open(_file(folder, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(event: str, **fields: object) -> None:
        line = {"at": round(time.time(), 4), "event": event, **fields}
        os.write(descriptor, json.dumps(line, ensure_ascii=False).encode() + b"\n")

    return write


def lines(folder: Path, name: str) -> Iterator[Line]:
    """Everything one writer wrote, oldest first; nothing when it wrote nothing."""
    file = _file(folder, name)
    if not file.exists():
        return
    with file.open(encoding="utf-8") as content:
        for line in content:
            yield json.loads(line)


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.jsonl"
