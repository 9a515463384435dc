"""The bodies the docs page offers: the demo's own records, so that "Try it out" works as given."""

import json
from pathlib import Path

from fastapi.openapi.models import Example

FOLDER = Path(__file__).parents[2] / "examples"

TENANT = "demo-college"
STUDENT = "asha-verma"
POSTING = "backend-intern-northwind"
RESUME = "asha-verma-base"
NOTE = "asha-verma-worklog"


def example_id(record_id: str) -> dict[str, Example]:
    """One value for a path's or a header's field on the page."""
    return {record_id: {"value": record_id}}


def example_body(kind: str, record_id: str, folder: Path = FOLDER) -> dict[str, Example]:
    """The stored example as a PUT takes it; nothing where an image leaves the folder out."""
    file = folder / kind / f"{record_id}.json"
    if not file.exists():
        return {}
    record = json.loads(file.read_text(encoding="utf-8"))
    body = {key: value for key, value in record.items() if key not in {"id", "tenantId"}}
    return {record_id: {"value": body}}
