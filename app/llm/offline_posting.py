"""The offline editor's analysis of a posting: tools it knows by name, and lines that ask for them.

It knows the guard's list of tools and a few dozen cue words; what it does not know it leaves out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.guard.passages import Passage

Mark = Literal["must", "preferred", "nice"]

# The last heading or cue before a skill says how it is asked for.
NICE = re.compile(
    r"\b(?:nice to have|bonus|a plus|good to have|ideally|exposure to|familiarity with)\b",
    re.IGNORECASE,
)
PREFERRED = re.compile(r"\b(?:prefer\w*|desir\w*|advantage\w*|would like|welcome)\b", re.IGNORECASE)
ASKING = re.compile(
    r"\b(?:you (?:bring|have|know|will need)|require\w*|qualification\w*|must|looking for"
    r"|who you are|skills?|eligibility)\b",
    re.IGNORECASE,
)
OF_THE_EMPLOYER = re.compile(
    r"\b(?:about us|we offer|benefits?|perks|who we are|what you get)\b", re.IGNORECASE
)
# Not after `B.Sc.`; each sentence of a paragraph asks in its own way.
SENTENCE_END = re.compile(r"(?<=[a-z]{3}[.;])\s+(?=[A-Z])|(?<=[A-Z)]{2}[.;])\s+(?=[A-Z])")
MARKER = re.compile(r"^(?:[-*•·▪]|\d{1,2}[.)])\s+")
YEARS = re.compile(r"\b\d{1,2}\s*\+?[^.;\n\d]{0,6}(?:years?|yrs?)\b", re.IGNORECASE)
STOP = re.compile(r"[.;\n]")

LEVELS = (
    ("director", r"director|head of|vice president"),
    ("principal", r"principal"),
    ("staff", r"staff (?:engineer|developer|scientist)"),
    ("senior", r"senior|sr\.?|lead"),
    ("junior", r"intern(?:ship)?|trainee|junior|jr\.?|graduate|fresher|entry[- ]level|apprentice"),
)
CULTURE = (
    ("remote", r"remote|work from home"),
    ("startup", r"start-?up"),
    ("fast-paced", r"fast[- ]paced"),
    ("collaborative", r"collaborat\w+|code reviews?|teamwork"),
    ("flexible", r"flexible"),
    ("on site", r"on[- ]site"),
)
SOFT = (
    ("communication", r"communicat\w+|clear documentation"),
    ("teamwork", r"team ?work|work in a team|team player"),
    ("attention to detail", r"attention to detail|careful\w*"),
    ("punctuality", r"punctual\w*"),
)
MAX_REQUIREMENTS = 7
# `What you will bring to the team`; longer lines are sentences.
MAX_HEADING_WORDS = 7
# A sentence or two; what is longer is no requirement but prose.
MAX_QUOTE_CHARS = 300


@dataclass(frozen=True)
class Line:
    """A line without its bullet, how it asks, and whether it stands in a list."""

    text: str
    mark: Mark
    is_item: bool
    is_asking: bool


def analysed(title: str, posting: str) -> dict[str, object]:
    """The answer of a model: every quote a line of the posting, or the words of one."""
    lines = [line for line in _lines(posting) if len(line.text) <= MAX_QUOTE_CHARS]
    asked = [line.text for line in lines if line.is_item and line.is_asking]
    items = asked or [line.text for line in lines if line.is_item]
    return {
        "seniority": _seniority(title, posting),
        "domain": None,
        "tone": None,
        "culture_signals": list(_labelled(CULTURE, posting)),
        "skills": [*_tools(lines), *_soft(posting)],
        "key_requirements": [{"text": item, "quote": item} for item in items[:MAX_REQUIREMENTS]],
        "experience": _experience(posting),
    }


def _lines(posting: str) -> Iterator[Line]:
    mark: Mark = "must"
    is_asking = is_of_employer = False
    for raw in posting.splitlines():
        text = raw.strip()
        if not text:
            continue
        item = MARKER.sub("", text)
        is_item = item != text
        own = _mark(item)
        if not is_item and (text.endswith(":") or len(text.split()) <= MAX_HEADING_WORDS):
            # A heading speaks for all that is below it.
            mark, is_asking = own or "must", bool(ASKING.search(text) or own)
            is_of_employer = bool(OF_THE_EMPLOYER.search(text))
        if not is_of_employer:
            for sentence in SENTENCE_END.split(item):
                yield Line(sentence, _mark(sentence) or mark, is_item, is_asking)


def _mark(text: str) -> Mark | None:
    if NICE.search(text):
        return "nice"
    return "preferred" if PREFERRED.search(text) else None


def _tools(lines: list[Line]) -> Iterator[dict[str, object]]:
    seen: set[str] = set()
    for line in lines:
        for token in Passage(line.text).tokens:
            if token.word is not None and token.word.is_skill and token.low not in seen:
                seen.add(token.low)
                yield {
                    "name": token.text,
                    "kind": "hard",
                    "mark": line.mark,
                    "quote": line.text,
                }


def _soft(posting: str) -> Iterator[dict[str, object]]:
    for said in _labelled(SOFT, posting):
        yield {"name": said["label"], "kind": "soft", "mark": "preferred", "quote": said["quote"]}


def _labelled(cues: tuple[tuple[str, str], ...], posting: str) -> Iterator[dict[str, str]]:
    for label, pattern in cues:
        if found := re.search(rf"\b(?:{pattern})\b", posting, re.IGNORECASE):
            yield {"label": label, "quote": found[0]}


def _seniority(title: str, posting: str) -> dict[str, str | None] | None:
    for level, pattern in LEVELS:
        if found := re.search(rf"\b(?:{pattern})(?!\w)", title, re.IGNORECASE):
            return {"level": level, "quote": found[0]}
    found = re.search(rf"\b(?:{LEVELS[-1][1]})(?!\w)", posting, re.IGNORECASE)
    return {"level": "junior", "quote": found[0]} if found else None


def _experience(posting: str) -> dict[str, str] | None:
    found = YEARS.search(posting)
    if found is None:
        return None
    before = STOP.split(posting[: found.start()])[-1]
    after = STOP.split(posting[found.end() :], maxsplit=1)[0]
    return {"quote": f"{before}{found[0]}{after}".strip(" -*•\t")}
