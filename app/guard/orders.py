"""What in a student's own text is said to a reader or a model: it vouches for nothing."""

import re
import unicodedata
from functools import lru_cache

from app.guard.lexicon import pairs_of
from app.guard.passages import PASSAGES_KEPT, Passage

# Each with what a text must contain to be worth the search: almost none does.
_SPEECH = [
    (tuple(hint.strip() for hint in hints.split(", ")), re.compile(pattern, re.IGNORECASE))
    for name in ("instructions.txt", "spoken_to.txt")
    for hints, pattern in pairs_of(name, " :: ")
]
_HINTS = tuple({hint for hints, _ in _SPEECH for hint in hints})
_SIGNS_OF_CODE = frozenset("<`{\\[")
_LONG_RUN = re.compile(r"\S{28}")
_CODE = re.compile(
    r"</?[a-z]+\b[^<]{0,40}>|<<<|>>>|```|\{\s*\"|\\[a-z]+\{|\[/?(?:inst|system|user)\b"
    r"|(?=[a-z0-9+/]*\d)(?=[a-z0-9+/]*[a-z])[a-z0-9+/]{28,}=*",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")
# Unassigned, private, control, format: nobody types them.
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})


def is_unseen(letter: str) -> bool:
    """Whether a character shows nothing and is no line break."""
    return letter not in "\n\t\r" and unicodedata.category(letter) in _UNSEEN


@lru_cache(maxsize=PASSAGES_KEPT)
def told(raw: str) -> Passage:
    """The passage of a student's text without what gives orders.

    Of a text that gives orders only the first sentence counts, and only if it gives none: an order
    may be led up to.
    """
    orders = orders_in(raw)
    if not orders:
        return Passage(raw)
    first = sentences_of(raw)[0]
    return Passage(raw, said="" if first in orders else first)


def sentences_of(text: str) -> list[str]:
    """The sentences and lines of a text."""
    return _SENTENCE_END.split(text)


def orders_in(text: str) -> list[str]:
    """The sentences that speak to a reader or a model, or that nobody can read."""
    if not _may_speak(text):
        return []
    return [sentence for sentence in sentences_of(text) if _is_order(sentence)]


def _may_speak(text: str) -> bool:
    """Whether it is worth the searches: almost no text has any of their hints."""
    if not text.isascii() or _SIGNS_OF_CODE & {*text} or _LONG_RUN.search(text):
        return True
    low = text.lower()
    for hint in _HINTS:  # noqa: SIM110  a generator takes twice as long
        if hint in low:
            return True
    return False


def _is_order(sentence: str) -> bool:
    low = sentence.lower()
    if any(
        any(map(low.__contains__, hints)) and found.search(sentence) for hints, found in _SPEECH
    ):
        return True
    if (_SIGNS_OF_CODE & {*sentence} or _LONG_RUN.search(sentence)) and _CODE.search(sentence):
        return True
    return not sentence.isascii() and any(map(is_unseen, sentence))
