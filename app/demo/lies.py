"""What a model that lies would propose for the demo's résumé, and what the guard says to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.guard.review import Refusal, review
from app.resume.edits import Edit
from app.resume.paths import text_at

# One of each habit that models are known for; the demo's posting asks for Kubernetes.
LIES = (
    Edit(
        "experience.0.bullets.0",
        "Made REST APIs in Flask for the shipment tracking page used by 140 warehouse staff",
    ),
    Edit(
        "experience.0.bullets.3",
        "Led the team with moving old Excel sheets of around 2,000 customers to PostgreSQL",
    ),
    Edit(
        "projects.0.bullets.0",
        "Made a website on Kubernetes where 400 hostel students can see the mess menu and give "
        "feedback every day",
    ),
    Edit(
        "projects.1.bullets.0",
        "Developed a command line tool in Python and Flask that verifies bus passes from a SQLite "
        "file",
    ),
    Edit("experience.0.title", "Backend Engineer"),
)


@dataclass(frozen=True)
class CaughtLie:
    """What the student wrote, what was proposed instead, and why not; no refusal is a leak."""

    before: str
    edit: Edit
    refusals: tuple[Refusal, ...]


def caught_lies(resume: Mapping[str, Any], posting: str) -> list[CaughtLie]:
    """The planted edits before the guard, in order."""
    return [
        CaughtLie(
            text_at(resume, edit.path) or "",
            edit,
            review(resume, [edit], posting=posting).refusals,
        )
        for edit in LIES
    ]
