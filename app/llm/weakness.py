"""What makes a true text weak, told by rule from its words; the facts in it play no part."""

import re
from typing import Literal

from app.llm.english_verbs import (
    BY_BASE,
    BY_GERUND,
    BY_PARTICIPLE,
    BY_PAST,
    BY_THIRD,
    RULES,
    is_verb,
)

Weakness = Literal["duty", "no_verb", "passive", "first_person", "filler", "long"]

# What a reader loses: the deed itself, then who did it, then time.
POINTS: dict[Weakness, int] = {
    "duty": 5,
    "no_verb": 4,
    "passive": 3,
    "first_person": 1,
    "filler": 1,
    "long": 1,
}

# A bullet has about 20 words; two lines of a page hold 30.
LONG_WORDS = 30


def _either(phrases: list[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))


_NEARNESS = [
    *("was involved in", "involved in", "got involved in", "worked on", "work on", "took part in"),
    *(
        "was part of",
        "was a part of",
        "part of",
        "helped",
        "helped out",
        "helped in",
        "helped with",
    ),
    *(
        "assisted",
        "assisted in",
        "assisted with",
        "participated in",
        "exposure to",
        "contributed to",
    ),
]
_DUTY = re.compile(
    rf"^(?:I )?(?:{_either([*RULES['openers']['doing'], *_NEARNESS])})\b", re.IGNORECASE
)
_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|being) (?:\w+ly )?(?P<word>\w+)", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|I'm|I've|[Mm]y|[Mm]e)\b")
_FILLER = re.compile(
    rf"\b(?:{_either([*RULES['fillers']['concise'], *RULES['phrases']['concise']])})(?!\w)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
# The offline editor does not inflect these, and their endings do not tell.
_UNINFLECTED = """
became began bought brought came caught chose did dug fell flew got had knew laid left lost paid
read rebuilt redrew rewrote rode sang sat saw shot shown sought spent stood swam swept thought told
took went won wore wove wrote
"""
_OTHER_VERBS = frozenset(_UNINFLECTED.split())
_VERB_FORMS = frozenset().union(BY_BASE, BY_GERUND, BY_PARTICIPLE, BY_PAST, BY_THIRD)


def weaknesses(text: str) -> frozenset[Weakness]:
    """What is weak about a bullet or a summary; empty for one that reads well."""
    words = _WORD.findall(text)
    found: set[Weakness] = set()
    if _DUTY.search(text):
        found.add("duty")
    if not any(map(_is_act, words, [*words[1:], ""])):
        found.add("no_verb")
    if any(_is_participle(match["word"].lower()) for match in _PASSIVE.finditer(text)):
        found.add("passive")
    if _FIRST_PERSON.search(text):
        found.add("first_person")
    if _FILLER.search(text):
        found.add("filler")
    if len(words) > LONG_WORDS:
        found.add("long")
    return frozenset(found)


def weight(text: str) -> int:
    """How weak a text is: the points of its weaknesses, 0 for none."""
    return sum(POINTS[weakness] for weakness in weaknesses(text))


def _is_act(word: str, next_word: str) -> bool:
    low = word.lower()
    is_known = low in _VERB_FORMS and is_verb(low, next_word)
    return is_known or low in _OTHER_VERBS or low.endswith(("ed", "ing"))


def _is_participle(word: str) -> bool:
    # "was responsible" and "is used to" tell a state; what was worked on is the duty's own.
    return word in BY_PARTICIPLE or (word.endswith("ed") and word not in {"involved", "tasked"})
