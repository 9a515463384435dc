"""Suggestions for reading: what a student would decide about, and what is not shown to them."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from app.api.suggestions import SuggestionOut, SuggestionSetOut
from app.demo.screen import marked
from app.demo.show import before_and_after, place_of, refused_edits
from app.resume.paths import text_at
from app.runs.receipt import refusals_out
from app.suggesting.judgement import judged
from app.suggesting.suggestion import Suggestion

# One of each habit: a rewording that climbs, a question that tells, an original nobody wrote.
LYING = (
    (
        "rewording",
        "experience.0.bullets.3",
        "Led the team that moved 20,000 customers to PostgreSQL",
    ),
    ("question", "projects.0.bullets.0", "How did the 5,000 daily users like it on Kubernetes?"),
)
STALE = Suggestion(
    "rewording",
    "projects.1.bullets.0",
    "Developed a command line tool in Java",
    "Developed a command line tool",
    "It is shorter.",
)


def suggested(resume: Mapping[str, Any], whole: SuggestionSetOut) -> Iterator[RenderableType]:
    """Each suggestion at its place, the weakest text first."""
    for each in whole.suggestions:
        yield place_of(resume, each.section)
        yield _drawn(each)
    if not whole.suggestions:
        yield Text("There is nothing to improve.", "dim")


def refused_suggestions(resume: Mapping[str, Any], posting: str) -> Iterator[RenderableType]:
    """What a model that lies would suggest, and why no student sees it; no model wrote these."""
    planted = [
        Suggestion(
            "question" if kind == "question" else "rewording",
            path,
            text_at(resume, path) or "",
            text,
            "It reads better.",
        )
        for kind, path, text in LYING
    ]
    verdict = judged(resume, [*planted, STALE], posting)
    yield from refused_edits(resume, refusals_out(verdict.refusals))
    for leaked in verdict.accepted:
        yield marked("!", f"{leaked.text}  (NOT REFUSED)", mark_style="bold yellow")


def _drawn(each: SuggestionOut) -> RenderableType:
    reason = marked(" ", Text(each.reason, "cyan"))
    if each.suggested is None:
        asked = marked("?", Text(each.question or "", "bold"), mark_style="bold cyan")
        return Group(marked("·", Text(each.original, "dim")), asked, reason)
    return Group(*before_and_after(each.original, each.suggested), reason)
