"""Text that does not belong into a résumé: addresses, hidden letters, markup, orders."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from app.guard.lexicon import words_of
from app.guard.orders import is_unseen, orders_in
from app.guard.passages import Passage

_ADDRESS = re.compile(
    r"https?\s*:|\bwww\s*\.|\bhxxp|[\[(]\s?(?:dot|at)\s?[\])]|@"
    r"|\b[\w-]{2,40}\.(?:com|org|net|io|in|dev|ai|co|edu|gov|xyz|app|me|ly|link|info|site|online|tech"
    r"|page)\b",
    re.IGNORECASE,
)
_SIGN_OF_ADDRESS = re.compile(r"[.:@(\[]")
_DIGIT = re.compile(r"\d")
_DIGITS_OF_A_PHONE = 9
_ALLOWED_DOTS = frozenset({"asp.net", "vb.net", "ado.net", "socket.io"})
_PHONE = re.compile(r"\+?\d(?:[\s().-]{0,3}\d){8,}")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_\u00b7•/|]{1,3}){3,}[^\W\d_](?![^\W_])")
# In all that `_SPACED` finds, and quicker to search for.
_LETTER_APART = re.compile(r"[ .\-_\u00b7•/|][^\W\d_][ .\-_\u00b7•/|]")
_FOREIGN = words_of("foreign.txt")
# Signs that are markup or code unless the student uses them too.
_MARKUP = frozenset("<>{}[]|\\`*_#^~@=")
# Typography a careful editor may bring in.
_TYPOGRAPHY = frozenset(
    "\u2018\u2019\u201c\u201d\u2013\u2014\u2011\u2010\u2026\u2212\u00d7\u00b7"
    "\u00bd\u00bc\u00be\u00b2\u00b3\u00b0\u20b9\u20ac\u00a3\u00a5"
)
# "electroencephalographically" has 27 letters; keys and base64 are longer.
_LONGEST_WORD = 34
_FOREIGN_SHARE = 0.25

# An honest rewording is at most about twice as long; short bullets need room to breathe.
MAX_GROWTH, GROWTH_ROOM_CHARS = 2.0, 60
# A text that kept less than a sixth of its words says something else, or nothing.
MIN_KEPT_SHARE = 1 / 6


class Intrusion(NamedTuple):
    """A span of the proposal and what is wrong with it."""

    span: str
    reason: str


def intrusions(
    proposal: Passage, source: Passage, known_characters: frozenset[str]
) -> Iterator[Intrusion]:
    """Everything in a proposal that looks smuggled in.

    `known_characters` are those of the student's own texts around it; where the proposal is plainly
    typed they need not be known.
    """
    if not proposal.text.strip():
        yield Intrusion("", "The proposed text is empty.")
        return
    if not is_plainly_typed(proposal.raw):
        yield from _strange_characters(proposal.raw, known_characters)
    yield from _addresses(proposal.text, source.text)
    if _LETTER_APART.search(proposal.text) and (found := _SPACED.search(proposal.text)):
        yield Intrusion(found[0], "Letters set apart hide a word.")
    for order in orders_in(proposal.text):
        if order not in source.raw:
            yield Intrusion(order, "This talks to a model, not about your work.")
    yield from _odd_words(proposal, source)
    yield from _odd_length(proposal.text, source.text)


def is_plainly_typed(raw: str) -> bool:
    """Whether it is in ASCII without anything that might be markup: almost every text is."""
    return raw.isascii() and raw.isprintable() and _MARKUP.isdisjoint(raw)


def _strange_characters(raw: str, known: frozenset[str]) -> Iterator[Intrusion]:
    strange = [
        letter
        for letter in dict.fromkeys(raw)
        if is_unseen(letter)
        or (letter not in known and letter not in _TYPOGRAPHY and _is_strange(letter))
    ]
    if strange:
        shown = " ".join(f"U+{ord(letter):04X}" for letter in strange[:5])
        yield Intrusion(
            "".join(letter for letter in strange if letter.isprintable()) or shown,
            f"It contains characters you do not use ({shown}): hidden, look-alike or markup.",
        )


def _is_strange(letter: str) -> bool:
    if letter.isascii():
        return letter in _MARKUP or not letter.isprintable()
    category = unicodedata.category(letter)
    if category == "Nd":
        return unicodedata.name(letter, "").startswith("MATHEMATICAL")
    if category in ("Ll", "Lu"):
        base = unicodedata.normalize("NFD", letter)[0]
        return unicodedata.normalize("NFKC", letter) != letter or not base.isascii()
    return letter != "\u00a0"


def _addresses(text: str, source: str) -> Iterator[Intrusion]:
    # Cheap first: almost no bullet has any of these.
    if _SIGN_OF_ADDRESS.search(text) or "hxxp" in text:
        yield from _spans(_ADDRESS, text, source, "An address")
    if len(_DIGIT.findall(text)) >= _DIGITS_OF_A_PHONE:
        yield from _spans(_PHONE, text, source, "A telephone number")


def _spans(pattern: re.Pattern[str], text: str, source: str, what: str) -> Iterator[Intrusion]:
    for found in pattern.finditer(text):
        span = found[0].strip(" .,")
        if span.lower() not in source.lower() and span.lower() not in _ALLOWED_DOTS:
            yield Intrusion(span, f"{what} that you did not write here.")


def _odd_words(proposal: Passage, source: Passage) -> Iterator[Intrusion]:
    words = proposal.text.split()
    if len(max(words, key=len)) > _LONGEST_WORD:
        for found in words:
            if len(found) > _LONGEST_WORD and found not in source.text:
                yield Intrusion(found, "This is not a word.")
    if _FOREIGN.isdisjoint(proposal.spelled):
        return
    lows = [token.low for token in proposal.tokens if token.word]
    foreign = [low for low in lows if low in _FOREIGN]
    if len([low for low in foreign if low not in source.spelled]) > _FOREIGN_SHARE * len(lows):
        yield Intrusion(" ".join(foreign), "This is not in the language of your text.")


def _odd_length(text: str, source: str) -> Iterator[Intrusion]:
    if len(text) > MAX_GROWTH * len(source) + GROWTH_ROOM_CHARS:
        yield Intrusion(text[:40], "It is far longer than what you wrote.")
    if len(text.split()) < MIN_KEPT_SHARE * len(source.split()):
        yield Intrusion(text, "It leaves out almost everything you wrote.")
