"""A text in ordinary spelling, in which the same is said the same way."""

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

_QUOTES = str.maketrans(dict.fromkeys("\u2018\u2019", "'") | dict.fromkeys("\u201c\u201d", '"'))
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2212\u2013\u2014", "-"))
_POWERS = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]")
_LIST_MARKS = frozenset({"- ", "* ", "\u2022 ", "\u00b7 "})
_BY_RATE = {"day": "daily"}


class _Rule(NamedTuple):
    """What is written otherwise, and how; only looked for where one of the hints is."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    instead: str | Callable[[re.Match[str]], str]


def _rule(hints: str, pattern: str, instead: str | Callable[[re.Match[str]], str]) -> _Rule:
    return _Rule(tuple(hints.split("|")), re.compile(pattern, re.IGNORECASE), instead)


_RULES = (
    # 7:00 a.m., 7 am
    _rule("a.m|p.m|am|pm", r"\b(\d{1,2})(?:[:.]00)? ?([ap])(?:\.m\.?|m\b)", r"\1 \2m"),
    # m\u00b2, square metre
    _rule("sq|^2", r"\b(?:sq\.?|square)[ -]?m(?:et(?:re|er)s?|trs?)?\b|\bm\^2", "sqm"),
    _rule("sq|^2", r"\b(?:sq\.?|square)[ -]?(?:ft\b|feet|foot)|\bft\^2", "sqft"),
    _rule("sq|^2", r"\b(?:sq\.?|square)[ -]?(?:cm|centimet(?:re|er)s?)\b|\bcm\^2", "sqcm"),
    _rule("sq|^2", r"\b(?:sq\.?|square)[ -]?(?:km|kilomet(?:re|er)s?)\b|\bkm\^2", "sqkm"),
    _rule("cu|^3", r"\b(?:cu\.?|cubic)[ -]?m(?:et(?:re|er)s?)?\b|\bm\^3", "cum"),
    _rule(
        "\u00b0|deg",
        r" ?(?:\u00b0 ?|(?<=\d )deg(?:rees?)?\.? )(?:c\b|celsius|centigrade)",
        " degc",
    ),
    # day by day
    _rule(
        "by-| by ",
        r"\b(hour|day|week|month|year)[ -]by[ -]\1\b",
        lambda found: _BY_RATE.get(found[1].lower(), found[1] + "ly"),
    ),
    # "First- and second-year students" are first-year and second-year students.
    _rule("- ", r"\b(\w+)- (and|or|to) (\w+)-(\w+)", r"\1-\4 \2 \3-\4"),
    # "A graduate-to-be" is soon to be one.
    _rule("-to-be", r"(?<!soon-)\b(?!soon\b|yet\b)(\w+)-to-be\b(?!-)", r"soon-to-be \1"),
    # "S. aureus" ends no sentence.
    _rule(". ", r"(?-i:\b([A-Z])\. (?=[a-z]))", r"\1 "),
    _rule("looking to ", r"\blooking to (?-i:(?=[a-z]))", "aiming to "),
    # "Had it fabricated" is what "got it fabricated" says.
    _rule("had ", r"\bhad (?=(?:it|them|this) \w+ed\b)", "got "),
    # "Handed it over" is "handed over it".
    _rule(
        " it | them | these | over | down | back ",
        r"\b(?!(?:with|by|for|from|to|of|in|on|at|and|under|through) )"
        r"([a-z]+) (it|them|these|(?:the|my|our) [a-z]+) "
        r"(over|down|up|out|off|back|together|away)\b",
        r"\1 \3 \2",
    ),
)


def plain(text: str) -> str:
    """Compatibility forms, typographic quotes, dashes and gaps made ordinary; one spelling each."""
    if not text.isascii():
        marked = _POWERS.sub(lambda found: "^" + found[0], text)
        text = unicodedata.normalize("NFKC", marked).translate(_QUOTES | _DASHES)
    text = " ".join(text.split())
    if text[:2] in _LIST_MARKS:
        text = text[2:]
    low = text.lower()
    for hints, pattern, instead in _RULES:
        for hint in hints:
            if hint in low:
                text = pattern.sub(instead, text)
                break
    return text
