"""A tailoring and an analysis for reading: quotes, scores, gaps, planted lies refused."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from app.analysing.answer import analysis_from_answer
from app.api.posting_analyses import PostingAnalysisOut
from app.api.tailorings import TailoringOut
from app.demo.screen import marked
from app.resume.edits import Edit
from app.tailoring.judgement import judged
from app.tailoring.proposal import Proposal

# What a model that lies would find in the demo's posting: skills, and quotes nobody wrote.
LYING_ANALYSIS = {
    "skills": [
        {"name": "Rust", "kind": "hard", "mark": "must", "quote": "strong Rust skills"},
        {"name": "Scala", "kind": "hard", "mark": "must", "quote": "good Python and SQL"},
        {"name": "Python", "kind": "hard", "mark": "must", "quote": "good Python and SQL"},
    ],
    "experience": {"quote": "at least 8 years of experience"},
}

# One of each habit of tailoring models: the posting's tool, a puffed verb, a skill put in.
LYING_PROPOSAL = Proposal(
    edits=(
        Edit(
            "projects.0.bullets.0",
            "Made a website on Kubernetes where 400 hostel students can see the mess menu and give "
            "feedback every day",
        ),
        Edit(
            "experience.0.bullets.0",
            "Leveraged Flask for REST APIs for the shipment tracking page used by 14 warehouse "
            "staff",
        ),
        Edit("summary", "Computer science student who likes backend systems."),
    ),
    skills_first=("Kubernetes", "Kafka"),
)

STATUS_STYLES = {"matched": "green", "elsewhere": "yellow", "missing": "red"}


def analysed(stored: PostingAnalysisOut) -> Iterator[RenderableType]:
    """Skills by importance with their quotes, then everything else that was found."""
    found = stored.analysis
    grid = _grid("skill", "asked for", "importance", "the posting's words")
    for skill in found.skills:
        grid.add_row(skill.name, skill.mark, f"{skill.importance:.2f}", Text(skill.quote, "cyan"))
    yield grid
    level = found.seniority.level if found.seniority else "not said"
    culture = ", ".join(signal.label for signal in found.culture_signals) or "not said"
    yield Text(f"\nSeniority: {level}. Culture: {culture}.", "dim")
    for requirement in found.key_requirements:
        yield marked("·", requirement.text)


def refused_analysis(title: str, posting: str) -> Iterator[RenderableType]:
    """What a model that lies would find in the posting, and what is kept of it."""
    kept = analysis_from_answer(title, f"{title}\n{posting}", LYING_ANALYSIS)
    for unfounded in kept.unfounded:
        told = Text.assemble(
            (unfounded.label or unfounded.at, "bold red"), f": “{unfounded.quote}”"
        )
        reason = "The posting has no such words, or they do not name it."
        yield Group(marked("✗", told, mark_style="bold red"), marked(" ", Text(reason, "yellow")))
    for skill in kept.skills:
        yield marked("✓", f"{skill.name}: “{skill.quote}”", mark_style="bold green")


def scored(tailoring: TailoringOut) -> Iterator[RenderableType]:
    """Every attempt's scores, then the gap report."""
    grid = _grid("attempt", "keywords", "relevance", "ATS", "overall", "changes")
    for attempt in tailoring.history:
        found = attempt.evaluation
        scores = (
            (
                found.keyword_coverage,
                found.relevance_ranking,
                found.ats_compatibility,
                found.overall,
            )
            if found
            else ()
        )
        mark = " (kept)" if attempt.is_best else ""
        cells = [f"{score:.2f}" for score in scores] or ["-"] * 4
        grid.add_row(f"{attempt.number}{mark}", *cells, str(len(attempt.changes)))
    yield Text("\nAttempts", "bold underline")
    yield grid
    yield Text("\nWhat the posting asks for", "bold underline")
    gaps = _grid("skill", "importance", "in the résumé", "where")
    for gap in tailoring.gaps:
        where = ", ".join(place.path for place in gap.places)
        status = Text(gap.status, STATUS_STYLES[gap.status])
        gaps.add_row(gap.skill, f"{gap.importance:.2f}", status, Text(where, "dim"))
    yield gaps
    yield Text(f"GET /tailorings/{tailoring.id}", "dim")


def refused_proposal(resume: Mapping[str, Any], posting: str) -> Iterator[RenderableType]:
    """What a model that lies would make of the résumé, and why nobody sees it."""
    found = judged(resume, LYING_PROPOSAL, posting)
    for refusal in found.refusals:
        text = Text(refusal.text)
        text.highlight_words([refusal.span], "bold red underline")
        reason = Text.assemble((refusal.code, "yellow"), "  ", refusal.reason)
        yield Group(marked("✗", text, mark_style="bold red"), marked(" ", reason))
    for leaked in (*found.accepted.edits, *found.accepted.skills_first):
        yield marked("!", f"{leaked}  (NOT REFUSED)", mark_style="bold yellow")


def _grid(*headings: str) -> Table:
    grid = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        grid.add_column(heading)
    return grid
