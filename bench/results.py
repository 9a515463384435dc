"""A bench's table on the screen, and its figures as JSON in bench/results/, which git ignores."""

import json
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]

FOLDER = Path(__file__).parent / "results"
PERCENT = frozenset({"of ideal"})
SMALL = 10


def pace_ms() -> float:
    """CPU time of a fixed piece of Python: how fast this machine is now, whoever else uses it."""
    started, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return 1000 * (time.process_time() - started)


def show(name: str, rows: list[Row]) -> None:
    """Print the rows as a Markdown table and write them down, with what else the machine did."""
    columns = [column for column, value in rows[0].items() if not isinstance(value, dict)]
    print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(_shown(column, row[column]) for column in columns)} |")
    load, pace = os.getloadavg(), pace_ms()
    print(
        f"load average {', '.join(f'{each:.1f}' for each in load)} on {os.cpu_count()} cores; "
        f"{pace:.0f} ms of CPU for a million additions\n"
    )
    FOLDER.mkdir(exist_ok=True)
    written = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "load_average": load,
        "pace_ms": pace,
        "rows": rows,
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(written, indent=1) + "\n")


def _shown(column: str, value: object) -> str:
    if isinstance(value, float):
        if column in PERCENT:
            return f"{value:.0%}"
        return f"{value:.2f}" if abs(value) < SMALL else f"{value:,.1f}"
    return str(value)
