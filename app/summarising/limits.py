"""What a text says of a part, of a wish or with a lesser name is not told of the whole."""

import re
from collections.abc import Iterator, Sequence

from app.guard.passages import Passage, read
from app.summarising.facts import Fact
from app.summarising.misuse import names_in
from app.summarising.wording import WISHING, WORDS

_LIMITS = WORDS["limits"]


def _any_of(key: str) -> str:
    return "|".join(sorted(_LIMITS[key].split(), key=len, reverse=True))


# `semi-finalist`, `vice captain`: a lesser name of the thing.
_LESSER = re.compile(rf"\b({_any_of('lesser')})[- ]([a-z]{{3,}})", re.IGNORECASE)
# `the section on results of the group report`
_PART = re.compile(
    rf"\b({_any_of('parts')})\b(?:\s+(?!of\b)\w+){{0,4}}\s+of\s+"
    rf"(?!an?\s+(?:\w+\s+)?(?:team|group|committee|pair))([^.,;:()]+)",
    re.IGNORECASE,
)
# `24 motifs, of which 6 went into production`
_OF_WHICH = re.compile(
    r"\b(?:(?P<first>[^\s,;]{1,20}) )?of (?:which|whom|them)(?: only)? (?P<told>[^.;()]+)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.;!?])\s+")


def overstepped(proposal: Passage, rests_on: Sequence[Fact]) -> Iterator[tuple[str, str, str]]:
    """`(span, code, reason)` of what is told of more than the cited texts tell it of."""
    texts = [str(fact.value) for fact in rests_on if not fact.is_number]
    yield from _wished_for(proposal, texts)
    yield from _raised_names(proposal, texts)
    said = names_in(proposal.raw)
    for text in texts:
        for part in _PART.finditer(text):
            if names_in(part[1]).isdisjoint(said) and (span := _shared(proposal, part[2])):
                yield span, "scope", f"The text speaks of a part of it only: '{part[1]}'."
        for found in _OF_WHICH.finditer(text):
            few = read(f"{found['first'] or ''} {found['told']}").quantities[:1]
            is_told = any(one.value == few[0].value for one in proposal.quantities if few)
            if few and not is_told and (span := _shared(proposal, found["told"])):
                yield span, "number", "The text says this of some of them only."


def _wished_for(proposal: Passage, texts: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Words that the cited texts only have after a wish, told without one before them."""
    wished: set[str] = set()
    stated: set[str] = set()
    for text in texts:
        for sentence in _SENTENCE.split(text):
            wish = WISHING.search(sentence)
            end = wish.end() if wish else len(sentence)
            stated |= names_in(sentence[:end])
            wished |= names_in(sentence[end:])
    looking = WISHING.search(proposal.text)
    for token in proposal.tokens:
        is_before = looking is None or token.start < looking.start()
        if token.word and is_before and token.word.names & (wished - stated):
            yield token.text, "scope", f"'{token.text}' is hoped for or being learned, no more."


def _raised_names(proposal: Passage, texts: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for text in texts:
        for lesser in _LESSER.finditer(text):
            whole = re.compile(rf"(?<!{lesser[1]}[- ])\b{lesser[2]}\b", re.IGNORECASE)
            bare = whole.search(proposal.text)
            if bare and not whole.search(text):
                yield bare[0], "scope", f"The text says '{lesser[0]}'."


def _shared(proposal: Passage, told: str) -> str | None:
    """The first word of the proposal that a stretch of text has, too."""
    names = names_in(told)
    return next(
        (token.text for token in proposal.tokens if token.word and token.word.names & names), None
    )
