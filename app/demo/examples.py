"""The files under `examples/`, as bodies for the record routes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.demo.failure import DemoFailed
from app.wire import JsonObject

EXAMPLES = Path(__file__).parents[2] / "examples"

# A résumé belongs to a student, so students come first.
KINDS = ("students", "postings", "resumes")


@dataclass(frozen=True)
class Example:
    """A record: `PUT /{kind}/{id}` with `body`, as a tenant."""

    kind: str
    id: str
    tenant_id: str
    body: JsonObject


def read_examples(folder: Path = EXAMPLES) -> list[Example]:
    """Every example, students first.

    Raises:
        DemoFailed: this is not a clone of the repository.
    """
    files = [file for kind in KINDS for file in sorted((folder / kind).glob("*.json"))]
    if not files:
        raise DemoFailed(f"There are no examples in {folder}: the demo needs the whole repository.")
    return [_example(file) for file in files]


def find_example(examples: Sequence[Example], kind: str, record_id: str) -> Example:
    """The example of this kind and id.

    Raises:
        DemoFailed: it is not among them.
    """
    for example in examples:
        if (example.kind, example.id) == (kind, record_id):
            return example
    raise DemoFailed(f"examples/{kind} holds no {record_id}.")


def _example(file: Path) -> Example:
    body = json.loads(file.read_text(encoding="utf-8"))
    return Example(file.parent.name, body.pop("id"), body.pop("tenantId"), body)
