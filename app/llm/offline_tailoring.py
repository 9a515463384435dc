"""What the offline editor does to tailor a résumé: plainer words, and what fits best first.

It also judges one, by counting: shares of what a reader of a résumé looks for, and no opinion.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from app.guard.passages import Passage, read
from app.llm.weakness import weaknesses

# `- Python (0.82)` under the heading of the skills that a student has.
ASKED = re.compile(r"^- (?P<name>.+) \((?P<importance>\d\.\d+)\)$", re.MULTILINE)
# What systems that read résumés stumble over.
UNREADABLE = re.compile(r"[│┃|▪■●★☆►✓✔➢➤\t]|https?://")
# A line and a half of a page.
LONG_CHARS = 240
MAX_ISSUES = 3


class Wanted(NamedTuple):
    """A skill that the posting asks for and the student has, 0 to 1."""

    name: str
    importance: float


class Line(NamedTuple):
    """A bullet; `entry` is the path of what it belongs to."""

    path: str
    text: str

    @property
    def entry(self) -> str:
        """The path without the bullet's own place."""
        return self.path.rpartition(".bullets.")[0]


def in_front(posting: str, bullets: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The part of an answer that puts first what the posting asks for: bullets and skills."""
    wanted = _wanted(posting)
    lines = [Line(*bullet) for bullet in bullets]
    best = sorted(lines, key=lambda line: -_weight(line.text, wanted))
    return {
        "bullets_first": [line.path for line in best if _weight(line.text, wanted) > 0],
        "skills_first": [skill.name for skill in wanted],
    }


def evaluated(
    posting: str, bullets: Sequence[tuple[str, str]], skills: Sequence[str]
) -> dict[str, object]:
    """The answer of a model: two counted scores, quotes of what was counted, and issues."""
    wanted = _wanted(posting)
    lines = [Line(*bullet) for bullet in bullets]
    texts = [line.text for line in lines] or list(skills)
    clumsy = [text for text in texts if UNREADABLE.search(text) or len(text) > LONG_CHARS]
    weak = [text for text in texts if "duty" in weaknesses(text)]
    clean = [text for text in texts if text not in clumsy] or texts
    return {
        "relevance_ranking": {
            "score": round(_ranking(lines, wanted), 3),
            "evidence": texts[:1],
        },
        "ats_compatibility": {
            "score": round(1 - len(clumsy) / len(texts), 3) if texts else 0,
            "evidence": clean[:1],
        },
        "issues": [
            *_issues("It is hard to read for an applicant tracking system.", clumsy),
            *_issues("It begins with a duty instead of what was done.", weak),
        ],
    }


def _issues(issue: str, texts: Sequence[str]) -> Iterator[dict[str, str]]:
    yield from ({"issue": issue, "quote": text} for text in texts[:MAX_ISSUES])


def _ranking(lines: Sequence[Line], wanted: Sequence[Wanted]) -> float:
    """The share of entries whose first bullet fits best of its own; 1 without any."""
    by_entry: dict[str, list[float]] = {}
    for line in lines:
        by_entry.setdefault(line.entry, []).append(_weight(line.text, wanted))
    weights: Mapping[str, list[float]] = {
        entry: listed for entry, listed in by_entry.items() if any(listed)
    }
    led = sum(listed[0] == max(listed) for listed in weights.values())
    return led / len(weights) if weights else 1.0


def _weight(text: str, wanted: Sequence[Wanted]) -> float:
    said = read(text).names
    return sum(skill.importance for skill in wanted if _names(skill.name) <= said)


def _names(name: str) -> frozenset[str]:
    return frozenset(
        word.stem if not word.is_skill else f"§{word.text}" for word in Passage(name).words
    )


def _wanted(posting: str) -> list[Wanted]:
    found = (Wanted(match["name"], float(match["importance"])) for match in ASKED.finditer(posting))
    return [skill for skill in found if _names(skill.name)]
