"""Which of the skills that a posting asks for a résumé names, and where."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.analysing.analysis import PostingAnalysis, Skill
from app.analysing.keywords import keyword
from app.guard.passages import read
from app.resume.paths import Bullet

# Contact data names no skill.
_APART = frozenset({"url", "urls", "links", "profiles", "email", "phone", "verified"})

# Document 002: "A resume missing 2+ required skills scores below 0.80 on keyword_coverage".
MANY_MISSING = 2
MOST_WITH_MANY_MISSING = 0.79


@dataclass(frozen=True)
class Coverage:
    """`score` from 0 to 1; the hard skills of the posting that a résumé names, and the others."""

    score: float
    found: tuple[Skill, ...]
    missing: tuple[Skill, ...]


def coverage(analysis: PostingAnalysis, texts: Sequence[Bullet]) -> Coverage:
    """The share of required skills that are named; of preferred ones if none is required.

    A posting that asks for no hard skill is covered.

    Source: document 002, "what fraction of required_skills appear in the resume".
    """
    asked = (*analysis.required, *analysis.preferred)
    missing = [skill for skill in asked if not any(places_of(skill, texts))]
    wanted = analysis.required or analysis.preferred
    lacking = [skill for skill in wanted if skill in missing]
    score = 1 - len(lacking) / len(wanted) if wanted else 1.0
    if analysis.required and len(lacking) >= MANY_MISSING:
        score = min(score, MOST_WITH_MANY_MISSING)
    found = tuple(skill for skill in asked if skill not in missing)
    return Coverage(round(score, 4), found, tuple(missing))


def places_of(skill: Skill, texts: Sequence[Bullet]) -> Iterator[Bullet]:
    """The texts that name the skill, in another form or under another name too."""
    sought = keyword(skill.name)
    return (text for text in texts if sought.is_in(read(text.text)))


def texts_of(resume: Mapping[str, Any]) -> list[Bullet]:
    """Every text of a résumé with its path; of the basics only what the student is called."""
    label = resume["basics"].get("label") if isinstance(resume.get("basics"), Mapping) else None
    told = {key: value for key, value in resume.items() if key != "basics"}
    named = [Bullet("basics.label", label)] if isinstance(label, str) and label.strip() else []
    return [*_below("", told), *named]


def _below(path: str, value: object) -> Iterator[Bullet]:
    if isinstance(value, str):
        if value.strip():
            yield Bullet(path, value)
    elif isinstance(value, Mapping) and isinstance(value.get("text"), str):
        yield from _below(path, value["text"])
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key.lower() not in _APART:
                yield from _below(f"{path}.{key}" if path else key, inner)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _below(f"{path}.{position}", inner)
